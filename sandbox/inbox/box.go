package inbox

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// bound is how many messages are kept; the oldest go first.
const bound = 20000

// Kind is the way by which a message left.
type Kind string

// The kinds.
const (
	KindEmail Kind = "email"
	KindSlack Kind = "slack"
)

// Message is one message. Email or Slack is set, by Kind.
type Message struct {
	ID    int       `json:"id"` // 1, 2, ... since the start
	At    time.Time `json:"at"`
	Kind  Kind      `json:"kind"`
	Email *Email    `json:"email,omitempty"`
	Slack *Slack    `json:"slack,omitempty"`
}

// Email is an e-mail of a topic.
type Email struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Topic   string `json:"topic"` // ARN
	// Confirm is the link that confirms a subscription; empty in all other mails.
	Confirm string `json:"confirm,omitempty"`
}

// Slack is what was posted to a webhook.
type Slack struct {
	Webhook string          `json:"webhook"` // path of its URL
	Payload json.RawMessage `json:"payload"`
}

// Contents are messages in the order in which they came.
type Contents struct {
	Total    int       `json:"total"`   // since the start or the last Clear, also those that are no longer kept
	Refused  int       `json:"refused"` // posts that Slack would not take
	Messages []Message `json:"messages"`
}

// Box keeps messages. The zero Box is empty and ready; it is safe for concurrent use.
type Box struct {
	mu             sync.Mutex
	last           int
	total, refused int
	kept           []Message
}

// Deliver keeps an e-mail.
func (b *Box) Deliver(e Email) { b.add(Message{Kind: KindEmail, Email: &e}) }

func (b *Box) add(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	b.total++
	m.ID, m.At = b.last, time.Now()
	b.kept = append(b.kept, m)
	if len(b.kept) > bound {
		b.kept = slices.Delete(b.kept, 0, len(b.kept)-bound)
	}
}

// refuse counts a post that is not taken.
func (b *Box) refuse() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused++
}

// Contents are the messages after the one with the given ID, of a kind; "" stands for all kinds.
func (b *Box) Contents(after int, kind Kind) Contents {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := Contents{Total: b.total, Refused: b.refused, Messages: []Message{}}
	for _, m := range b.kept {
		if m.ID > after && (kind == "" || m.Kind == kind) {
			out.Messages = append(out.Messages, m)
		}
	}
	return out
}

// Clear forgets all messages and counts. IDs go on.
func (b *Box) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept, b.total, b.refused = nil, 0, 0
}
