package findings

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

// task is a message of the queue: an event with findings, or what ends a digest.
type task struct {
	id       string
	receives int // how often it was received, this time included
	last     bool
	digest   string // to be ended
	items    []*item
	result   result // of a message without items
}

// item is a finding of a message.
type item struct {
	finding.Finding
	task *task
	kind finding.Kind
	at   time.Time // when Security Hub sent the event
	key  string    // of its state

	assets    []notice.Asset
	severity  finding.Severity // for people: raised for an asset with personal information
	audiences []contract.Audience
	prior     *state    // what the table had
	version   int       // of the state as this item read or wrote it last
	known     time.Time // when people were told before, of what came back
	result    result    // zero while it is open
	unmarked  bool      // told, and not NOTIFIED yet
}

func (i *item) exploited() int {
	for _, cve := range i.CVEs {
		if cve.Exploited {
			return 1
		}
	}
	return 0
}

// endMessage ends a digest.
type endMessage struct {
	Source string `json:"source"` // contract.DigestSource
	Digest string `json:"digest"`
}

func (h *Handler) receive(raw *events.SQSMessage) *task {
	receives, _ := strconv.Atoi(raw.Attributes["ApproximateReceiveCount"])
	t := &task{id: raw.MessageId, receives: max(receives, 1)}
	t.last = t.receives >= h.MaxReceives
	var end endMessage
	if json.Unmarshal([]byte(raw.Body), &end) == nil && end.Source == contract.DigestSource && end.Digest != "" {
		t.digest = end.Digest
		return t
	}
	event, err := finding.Parse([]byte(raw.Body))
	if err != nil {
		t.result = again(reasonMalformed, err)
		return t
	}
	for _, f := range event.Findings {
		t.items = append(t.items, &item{Finding: f, task: t, kind: event.Kind, at: event.Time, key: contract.StateFinding + f.Identity()})
	}
	return t
}

// skip gives a result to what nobody is to be told of.
func (i *item) skip() {
	var why string
	switch {
	case i.kind == finding.CustomAction:
		why = reasonCustomAction
	case i.Record != finding.RecordActive:
		why = reasonArchived
	case i.Workflow != finding.WorkflowNew:
		why = reasonNotNew
	case i.Compliance == finding.CompliancePassed:
		why = reasonPassed
	default:
		return
	}
	i.result = result{outcome: contract.OutcomeSkipped, reason: why}
}
