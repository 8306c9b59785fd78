package notice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Message is anything that arrives on a topic and can be told.
type Message interface {
	// About says what it is, for logs and metrics: finding, digest, repair, alarm, alerts, budget, image or text.
	About() string
	// sheet is what is said about it, in one language.
	sheet(Locale) sheet
}

// envelope is what SNS puts around a message where raw delivery is off.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
type envelope struct {
	Type     string
	TopicArn string
	Subject  string
	Message  string
}

// Read reads the body of a message, raw or in the envelope of SNS. It refuses empty ones and notices that Parse refuses;
// every other text is at least a Text.
func Read(body string) (Message, error) {
	var e envelope
	if json.Unmarshal([]byte(body), &e) == nil && e.Type == "Notification" && e.TopicArn != "" {
		body = e.Message
	}
	if strings.TrimSpace(printable(body)) == "" {
		return nil, errors.New("notice: the message is empty")
	}
	n, err := Parse([]byte(body))
	if err == nil {
		return n, nil
	}
	if !errors.Is(err, ErrNotOurs) {
		return nil, err
	}
	for _, recognise := range []func(string) (Message, bool){readAlarm, readAlerts, readBudget, readGoldenImage} {
		if m, ok := recognise(body); ok {
			return m, nil
		}
	}
	return Text{Subject: e.Subject, Body: body}, nil
}

// About is the kind of the notice.
func (n Notice) About() string { return string(n.Kind) }

// Publication is a notice as sns:Publish takes it, with MessageStructure "json".
type Publication struct {
	Subject string // ASCII, at most 100 characters
	Message string // JSON with a text for each protocol: default, email, sqs
}

// Publish makes a publication of at most MaxBytes. default is one line, email the text that Email gives, sqs the JSON of
// the notice. What does not fit is cut in all of them alike.
func Publish(n Notice, l Locale) (Publication, error) {
	n.Version = Version
	if err := n.validate(); err != nil {
		return Publication{}, err
	}
	for _, r := range rooms {
		cut := n.within(r)
		raw, err := encode(cut)
		if err != nil {
			return Publication{}, err
		}
		subject, text := Email(cut, l)
		document, err := encode(map[string]string{"default": Line(cut, l), "email": text, "sqs": string(raw)})
		if err != nil {
			return Publication{}, err
		}
		if len(document)+len(subject) <= MaxBytes {
			return Publication{Subject: subject, Message: string(document)}, nil
		}
	}
	return Publication{}, fmt.Errorf("notice: larger than %d bytes however much is cut", MaxBytes)
}
