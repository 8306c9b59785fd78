package finding

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind is what an event of Security Hub says: its detail-type.
type Kind string

// The events with findings.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-v2-cwe-event-formats.html
const (
	Imported     Kind = "Security Hub Findings - Imported"
	CustomAction Kind = "Security Hub Findings - Custom Action"
	ImportedV2   Kind = "Findings Imported V2"
)

// Source is the source of events of Security Hub.
const Source = "aws.securityhub"

// Event is an event with its findings.
type Event struct {
	ID       string
	Kind     Kind
	Time     time.Time // when Security Hub sent it: the findings stood so then
	Account  string
	Region   string // where it was sent
	Action   string // ARN of the custom action; "" for other kinds
	Findings []Finding
}

// Parse reads an event of EventBridge. It gives all findings of the event, or an error that joins the faults of all of
// them; an event without findings is a fault.
func Parse(event []byte) (Event, error) {
	var e struct {
		ID         string    `json:"id"`
		Source     string    `json:"source"`
		DetailType Kind      `json:"detail-type"`
		Account    string    `json:"account"`
		Region     string    `json:"region"`
		Time       time.Time `json:"time"`
		Resources  []string  `json:"resources"`
		Detail     struct {
			Findings []json.RawMessage `json:"findings"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return Event{}, fmt.Errorf("no event: %w", err)
	}
	read := map[Kind]func(json.RawMessage) (Finding, error){Imported: readASFF, CustomAction: readASFF, ImportedV2: readOCSF}[e.DetailType]
	if e.Source != Source || read == nil {
		return Event{}, fmt.Errorf("an event of %q, %q: want %s with %s, %s or %s", e.Source, e.DetailType, Source, Imported, CustomAction, ImportedV2)
	}
	parsed := Event{ID: e.ID, Kind: e.DetailType, Time: e.Time, Account: e.Account, Region: e.Region}
	if e.DetailType == CustomAction && len(e.Resources) > 0 {
		parsed.Action = e.Resources[0]
	}
	if len(e.Detail.Findings) == 0 {
		return Event{}, errors.New("detail.findings is empty")
	}
	var faults []error
	for i, raw := range e.Detail.Findings {
		f, err := read(raw)
		if err != nil {
			faults = append(faults, fmt.Errorf("detail.findings[%d]: %w", i, err))
			continue
		}
		f.settle(&parsed)
		if err := f.fault(); err != nil {
			faults = append(faults, fmt.Errorf("detail.findings[%d]: %w", i, err))
		}
		parsed.Findings = append(parsed.Findings, f)
	}
	if err := errors.Join(faults...); err != nil {
		return Event{}, err
	}
	return parsed, nil
}

// settle fills in what the event or the finding itself says elsewhere.
func (f *Finding) settle(e *Event) {
	if f.Region == "" {
		f.Region = e.Region
	}
	if f.Account == "" {
		f.Account = e.Account
	}
	for i := range f.Resources {
		if f.Resources[i].Region == "" {
			f.Resources[i].Region = f.Region
		}
	}
}

// fault names what an identity needs and the finding lacks.
func (f *Finding) fault() error {
	var faults []error
	for _, field := range []struct{ name, value string }{
		{"id", f.ID}, {"product ARN", f.ProductARN}, {"account", f.Account}, {"region", f.Region},
	} {
		if field.value == "" {
			faults = append(faults, fmt.Errorf("%s is missing", field.name))
		}
	}
	return errors.Join(faults...)
}
