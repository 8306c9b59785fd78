package notice

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Text is a message of a publisher that is not known here.
type Text struct {
	Subject string // of the SNS envelope, "" where there is none
	Body    string
}

var (
	textLabel = phrase{"Message", "알림"}
	textTitle = phrase{"Message without a known form", "형식을 알 수 없는 메시지"}
)

// About is text.
func (Text) About() string { return "text" }

func (t Text) sheet(l Locale) sheet {
	body := strings.TrimSpace(printable(t.Body))
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(t.Body), "", "  ") == nil {
		body = printable(indented.String())
	}
	s := sheet{mark: "💬", subject: "message", label: l.say(textLabel), title: strings.TrimSpace(t.Subject)}
	if first, rest, more := strings.Cut(body, "\n"); s.title == "" && len(first) <= 200 && indented.Len() == 0 {
		s.title = first
		if more {
			s.lead = []string{rest}
		}
		return s
	}
	if s.title == "" {
		s.title = l.say(textTitle)
	}
	s.lead = []string{body}
	return s
}
