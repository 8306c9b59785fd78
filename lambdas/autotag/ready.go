package autotag

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
)

// reasonCreationFirst: a database is ready and lacks tags, but its create event, which knows the creator, may still
// be on its way or come again.
const reasonCreationFirst = "creation-first"

// readyEvent is an event by which RDS says what became of an asset. It has the asset's tags only since lately, so
// they are read.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html
type readyEvent struct {
	ID         string    `json:"id"`
	DetailType string    `json:"detail-type"`
	Time       time.Time `json:"time"`
	Detail     struct {
		EventID   string `json:"EventID"`
		SourceArn string `json:"SourceArn"`
	} `json:"detail"`
}

// readReady adds the asset that is ready.
func (b *batch) readReady(m *message, body string) {
	a, err := parseReady(body)
	switch {
	case err != nil:
		b.close(m, nil, again(reasonMalformed, err))
	case !a.onlyReady():
		b.close(m, a.record, result{outcome: contract.OutcomeUnknownEvent})
	default:
		b.add(a, m)
	}
}

// parseReady reads the asset of an event of RDS. The error joins all that the event lacks.
func parseReady(body string) (*asset, error) {
	var e readyEvent
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return nil, fmt.Errorf("body is no event of RDS: %w", err)
	}
	var faults []error
	named, err := arn.Parse(e.Detail.SourceArn)
	switch {
	case err != nil:
		faults = append(faults, fmt.Errorf("SourceArn: %w", err))
	case named.Service != "rds" || named.Region == "" || named.AccountID == "":
		faults = append(faults, fmt.Errorf("SourceArn %q is no database's", e.Detail.SourceArn))
	}
	if e.Detail.EventID == "" {
		faults = append(faults, errors.New("lacks EventID"))
	}
	if e.Time.IsZero() {
		faults = append(faults, errors.New("lacks time"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("body is no event of RDS: %w", err)
	}
	kind, _, _ := strings.Cut(named.Resource, ":")
	return &asset{
		record: &record{
			id: e.ID, event: createevent.Of("rds", e.Detail.EventID), region: named.Region, account: named.AccountID,
			partition: named.Partition, at: e.Time.UTC(), ready: createevent.IsReady(e.DetailType, e.Detail.EventID),
		},
		Asset: tagpolicy.Asset{
			Service: named.Service, ResourceType: named.Service + ":" + kind, ARN: e.Detail.SourceArn, Region: named.Region,
			Account: named.AccountID, Names: []string{lastPart(e.Detail.SourceArn)},
		},
	}, nil
}

// onlyReady reports whether the asset is in the batch because it became ready, and its create event is not there.
func (a *asset) onlyReady() bool { return a.record != nil && a.record.ready }

// decideReady decides about an asset that is ready. Where the create event tagged it, its work is done, and what was
// removed since is a matter of its own. Else the create event goes first, for one round of the queue; then the asset
// gets what it lacks, without a creator, whom the event does not name.
func (h *Handler) decideReady(a *asset) {
	_, tagged := a.Tags[contract.TagCreatedAt]
	switch {
	case tagged || len(a.missing) == 0:
		a.missing = nil
		a.result = result{outcome: contract.OutcomeAlreadyTagged}
	case a.messages[0].receives == 1 && h.maxReceives > 1:
		a.result = again(reasonCreationFirst, errors.New("the asset's create event goes first"))
	}
}
