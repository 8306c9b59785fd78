package remediation

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/lambdas/internal/reason"
)

// kind is what a message asks for.
type kind int

const (
	kindFinding kind = iota // repair it, if it may be repaired
	kindStatus              // an execution changed its status
	kindStart               // start a repair that waited for the window
	kindWindow              // look for what waits
)

// message is a message of the queue.
type message struct {
	queued   string // id in the queue
	id       string // of the message that first carried the event: what claims a record
	receives int
	body     []byte // of the event that it carries
	tries    int    // how often the event was put off
	kind     kind
	event    finding.Event
	status   status
	key      string // of a record, to start
	fault    error
}

// step is a message that the function sends itself.
type step struct {
	Source string          `json:"source"`
	Step   string          `json:"step"`
	Event  json.RawMessage `json:"event,omitempty"` // again
	ID     string          `json:"id,omitempty"`    // of the message that first carried the event
	Tries  int             `json:"tries,omitempty"`
	Key    string          `json:"key,omitempty"` // start
}

func readMessage(raw *events.SQSMessage) *message {
	receives, _ := strconv.Atoi(raw.Attributes["ApproximateReceiveCount"])
	m := &message{queued: raw.MessageId, id: raw.MessageId, receives: max(receives, 1), body: []byte(raw.Body)}
	var head struct {
		Source string `json:"source"`
	}
	if err := json.Unmarshal(m.body, &head); err != nil {
		m.fault = fmt.Errorf("no JSON: %w", err)
		return m
	}
	if head.Source == contract.RemediationSource {
		m.readStep()
	} else {
		m.readEvent(head.Source)
	}
	return m
}

func (m *message) readStep() {
	var s step
	if m.fault = json.Unmarshal(m.body, &s); m.fault != nil {
		return
	}
	m.tries, m.id = s.Tries, cmp.Or(s.ID, m.id)
	switch s.Step {
	case contract.RemediationStepWindow:
		m.kind = kindWindow
	case contract.RemediationStepDeferred:
		m.kind, m.key = kindStart, s.Key
	case contract.RemediationStepAgain:
		var head struct {
			Source string `json:"source"`
		}
		if m.fault = json.Unmarshal(s.Event, &head); m.fault != nil {
			return
		}
		m.body = s.Event
		m.readEvent(head.Source)
	default:
		m.fault = fmt.Errorf("step %q is unknown", s.Step)
	}
}

func (m *message) readEvent(source string) {
	if source == contract.SourceSystemsManager {
		m.kind = kindStatus
		m.status, m.fault = parseStatus(m.body)
		return
	}
	m.event, m.fault = finding.Parse(m.body)
}

// byPerson tells whether somebody selected the custom action.
func (m *message) byPerson() bool { return m.event.Kind == finding.CustomAction }

// putOff sends the event once more after a while. The result counts as a retry, since the finding's outcome is still to
// come.
func (h *Handler) putOff(ctx context.Context, m *message, why string, delay time.Duration) result {
	s := step{Step: contract.RemediationStepAgain, Event: m.body, ID: m.id, Tries: m.tries + 1}
	if m.kind == kindStart {
		s.Step, s.Event, s.Key = contract.RemediationStepDeferred, nil, m.key
	}
	if err := h.send(ctx, s, delay); err != nil {
		return again(reason.Of(err), err)
	}
	return result{reason: why, put: true}
}

// split sends each finding of an event as an event of its own, so that each is done, and counted, alone.
func (h *Handler) split(ctx context.Context, m *message) result {
	var event, detail map[string]json.RawMessage
	var findings []json.RawMessage
	err := json.Unmarshal(m.body, &event)
	if err == nil {
		err = json.Unmarshal(event["detail"], &detail)
	}
	if err == nil {
		err = json.Unmarshal(detail["findings"], &findings)
	}
	if err != nil {
		return again(reasonMalformed, err)
	}
	for i, one := range findings {
		alone, err := withFinding(event, detail, one)
		if err != nil {
			return again(reasonMalformed, err)
		}
		s := step{Step: contract.RemediationStepAgain, Event: alone, ID: fmt.Sprintf("%s#%d", m.id, i)}
		if err := h.send(ctx, s, 0); err != nil {
			return again(reason.Of(err), err)
		}
	}
	return result{reason: reasonSplit, put: true}
}

// withFinding is an event with one finding only.
func withFinding(event, detail map[string]json.RawMessage, one json.RawMessage) ([]byte, error) {
	copied, inner := maps.Clone(event), maps.Clone(detail)
	list, err := json.Marshal([]json.RawMessage{one})
	if err != nil {
		return nil, err
	}
	inner["findings"] = list
	if copied["detail"], err = json.Marshal(inner); err != nil {
		return nil, err
	}
	return json.Marshal(copied)
}

func (h *Handler) send(ctx context.Context, s step, delay time.Duration) error {
	s.Source = contract.RemediationSource
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = h.Queue.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(h.QueueURL), MessageBody: aws.String(string(body)), DelaySeconds: int32(delay / time.Second),
	})
	return err
}
