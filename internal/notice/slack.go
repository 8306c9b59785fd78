package notice

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// Post is a message as an incoming webhook of Slack takes it. The types are those parts of Block Kit that are used.
// https://api.slack.com/reference/block-kit/blocks
type Post struct {
	Text   string  `json:"text"` // of the push notice, and for readers without blocks
	Blocks []Block `json:"blocks,omitempty"`
}

// Block is a header, section, actions, context or divider.
type Block struct {
	Type     string    `json:"type"`
	Text     *Words    `json:"text,omitempty"`
	Fields   []Words   `json:"fields,omitempty"`   // of a section
	Elements []Element `json:"elements,omitempty"` // of actions and of a context
}

// Words are a text object.
type Words struct {
	Type string `json:"type"` // mrkdwn or plain_text
	Text string `json:"text"`
	// Verbatim keeps Slack from making links and mentions of what only looks like them.
	Verbatim bool `json:"verbatim,omitempty"`
}

// Element is a button that is a plain link, or a text of a context.
type Element struct {
	Type     string `json:"type"`
	Text     any    `json:"text"` // Words of a button, a string in a context
	Verbatim bool   `json:"verbatim,omitempty"`
	URL      string `json:"url,omitempty"`
	ActionID string `json:"action_id,omitempty"`
	Style    string `json:"style,omitempty"`
}

// What Slack takes at most, in characters.
const (
	maxBlocks  = 50
	maxHeader  = 150
	maxText    = 3000
	maxField   = 2000
	maxFields  = 10
	maxButton  = 75
	maxButtons = 5 // Slack takes 25; more than a row is no help
	maxLine    = 700
)

// Slack says a message in Block Kit.
func Slack(m Message, l Locale) Post {
	s := m.sheet(l)
	head := strings.TrimSpace(s.mark + " " + s.label)
	title := oneLine(s.title)
	post := Post{Text: escaped(head+": "+title, maxLine)}
	post.add(Block{Type: "header", Text: plain(head+" · "+title, maxHeader)})
	var lead lines
	if length(head+" · "+title) > maxHeader {
		lead.add("*" + formatted(title, maxLine) + "*")
	}
	for _, paragraph := range s.lead {
		lead.add(formatted(strings.TrimSpace(printable(paragraph)), maxText/2))
	}
	post.section(&lead)
	post.facts(s.facts)
	for i := range s.sections {
		post.section(s.sections[i].lines())
	}
	post.buttons(s.links)
	var foot lines
	for _, remark := range s.foot {
		foot.add(formatted(oneLine(remark), maxLine))
	}
	if text := foot.String(); text != "" {
		post.add(Block{Type: "context", Elements: []Element{{Type: "mrkdwn", Text: text, Verbatim: true}}})
	}
	return post
}

// SlackText says a message as one text without blocks, for when Slack does not take the blocks.
func SlackText(m Message, l Locale) Post {
	_, text := Email(m, l)
	return Post{Text: escaped(text, maxText)}
}

func (p *Post) add(b Block) {
	if len(p.Blocks) < maxBlocks {
		p.Blocks = append(p.Blocks, b)
	}
}

func (p *Post) section(text *lines) {
	if s := text.String(); s != "" {
		p.add(Block{Type: "section", Text: &Words{Type: "mrkdwn", Text: s, Verbatim: true}})
	}
}

func (p *Post) facts(facts []fact) {
	for len(facts) > 0 {
		n := min(len(facts), maxFields)
		b := Block{Type: "section"}
		for _, f := range facts[:n] {
			b.Fields = append(b.Fields, Words{Type: "mrkdwn", Text: "*" + formatted(f.label, maxLine) + "*\n" + formatted(oneLine(f.value), maxLine), Verbatim: true})
		}
		p.add(b)
		facts = facts[n:]
	}
}

func (p *Post) buttons(links []link) {
	if len(links) == 0 {
		return
	}
	b := Block{Type: "actions"}
	for i, k := range links[:min(len(links), maxButtons)] {
		b.Elements = append(b.Elements, Element{Type: "button", Text: plain(k.label, maxButton), URL: k.url, ActionID: fmt.Sprintf("link-%d", i+1)})
	}
	p.add(b)
}

func (s *section) lines() *lines {
	var out lines
	out.add("*" + formatted(s.heading, maxLine) + "*")
	for _, entry := range s.items {
		if entry.code != "" {
			out.add(code(oneLine(entry.code), maxLine))
		}
		if entry.text != "" {
			out.add(formatted(strings.TrimSpace(entry.mark+" "+printable(entry.text)), maxText/2))
		}
		for _, detail := range entry.details {
			out.add("    " + formatted(oneLine(detail), maxLine))
		}
	}
	if s.more != "" {
		out.add("_" + s.more + "_")
	}
	return &out
}

// lines is a text of one block. What goes beyond maxText is left out as whole lines, and said so.
type lines struct {
	b    strings.Builder
	size int
	full bool
}

func (t *lines) add(line string) {
	if strings.TrimSpace(line) == "" || t.full {
		return
	}
	size := length(line) + 1
	if t.size+size > maxText-2 {
		t.b.WriteString("…\n")
		t.full = true
		return
	}
	t.b.WriteString(line + "\n")
	t.size += size
}

func (t *lines) String() string { return strings.TrimSuffix(t.b.String(), "\n") }

func plain(text string, limit int) *Words {
	return &Words{Type: "plain_text", Text: substituted(oneLine(text), limit)}
}

// length is what Slack counts at most: UTF-16 units, of which an emoji has two.
func length(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// escapes are the characters that have a meaning in every text of Slack.
// https://api.slack.com/reference/surfaces/formatting#escaping
var escapes = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}

// unquoted takes away the quotes that begin code in mrkdwn, which knows no escape for them.
var unquoted = map[rune]string{'`': "'"}

// escaped escapes a text and cuts it to a length that counts the escapes.
func escaped(text string, limit int) string { return substituted(text, limit, escapes) }

// formatted is escaped for mrkdwn, in which an asterisk is left as it is: policies are full of them.
func formatted(text string, limit int) string { return substituted(text, limit, escapes, unquoted) }

// code is a text as machines write it, in which Slack sees no emoji and no link.
func code(text string, limit int) string {
	return "`" + substituted(text, limit-2, escapes, unquoted) + "`"
}

func substituted(text string, limit int, tables ...map[rune]string) string {
	var b strings.Builder
	size, room := 0, limit-1
	last := 0 // where the text ends that leaves room for an ellipsis
	for _, r := range text {
		s := string(r)
		for _, table := range tables {
			if other, there := table[r]; there {
				s = other
			}
		}
		if size+length(s) > limit {
			return b.String()[:last] + "…"
		}
		b.WriteString(s)
		if size += length(s); size <= room {
			last = b.Len()
		}
	}
	return b.String()
}
