package notice

import (
	"net/url"
	"slices"
	"strings"
)

// sheet is what is said, before it has the form of an e-mail or of a Slack message. Texts are as they come, unescaped.
type sheet struct {
	mark     string // a sign of how bad it is, where signs can be shown
	subject  string // ASCII, of an e-mail
	label    string // a word or two: the severity, how a repair ended
	title    string
	lead     []string // paragraphs
	facts    []fact   // short
	sections []section
	links    []link
	foot     []string // what was left out, who says so
}

type fact struct{ label, value string }

type section struct {
	heading string
	items   []item
	more    string // says how many items there are beyond
}

// item is a thing in a list: a name as machines write it, or a text, and what is said about it.
type item struct {
	mark    string // where signs can be shown
	code    string
	text    string
	details []string
}

type link struct{ label, url string }

// add appends a fact that has a value.
func (s *sheet) add(label, value string) {
	if value = strings.TrimSpace(value); value != "" {
		s.facts = append(s.facts, fact{label, value})
	}
}

// list appends a section that has items, at most limit of them.
func (s *sheet) list(l Locale, heading string, limit int, items []item) {
	if len(items) == 0 {
		return
	}
	out := section{heading: heading, items: items}
	if len(items) > limit {
		out.items, out.more = items[:limit], l.sayf(wordMore, l.count(len(items)-limit))
	}
	s.sections = append(s.sections, out)
}

// paragraph appends a section of one text, if there is one.
func (s *sheet) paragraph(l Locale, heading, text string) {
	if text = strings.TrimSpace(text); text != "" {
		s.list(l, heading, 1, []item{{text: text}})
	}
}

// link appends a link that a browser can follow, once. One with a name before its host looks like a link to that name.
func (s *sheet) link(label, address string) {
	parsed, err := url.Parse(strings.TrimSpace(address))
	if err != nil || parsed.Host == "" || parsed.User != nil || (parsed.Scheme != "https" && parsed.Scheme != "http") {
		return
	}
	address = parsed.String() // escaped, which is what readers take at most so much of
	if len(address) > maxURL || slices.ContainsFunc(s.links, func(l link) bool { return l.url == address }) {
		return
	}
	s.links = append(s.links, link{label, address})
}

// joined are the parts that are not empty, in one line.
func joined(parts ...string) string {
	var there []string
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return strings.Join(there, " · ")
}
