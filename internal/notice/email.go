package notice

import "strings"

// maxSubject is the most characters that SNS takes for a subject, which must be ASCII without line breaks.
const maxSubject = 100

// Email says a message as an e-mail: the subject in ASCII, at most 100 characters and the same for all messages of its
// kind, and the body as plain text.
func Email(m Message, l Locale) (subject, text string) {
	s := m.sheet(l)
	var b strings.Builder
	line := func(parts ...string) {
		for _, part := range parts {
			b.WriteString(part)
		}
		b.WriteByte('\n')
	}
	line("[", s.label, "] ", oneLine(s.title))
	for _, paragraph := range s.lead {
		line()
		line(strings.TrimSpace(printable(paragraph)))
	}
	if len(s.facts) > 0 {
		line()
	}
	for _, f := range s.facts {
		line(f.label, ": ", oneLine(f.value))
	}
	for _, part := range s.sections {
		line()
		line("■ ", part.heading)
		for _, entry := range part.items {
			entry.write(line)
		}
		if part.more != "" {
			line("  ", part.more)
		}
	}
	if len(s.links) > 0 {
		line()
	}
	for _, k := range s.links {
		line(k.label, ":")
		line("  ", k.url)
	}
	if len(s.foot) > 0 {
		line()
		line("--")
	}
	for _, remark := range s.foot {
		line(oneLine(remark))
	}
	return asciiSubject("[assetguard] " + s.subject), b.String()
}

func (i *item) write(line func(...string)) {
	if i.code != "" {
		line("  ", oneLine(i.code))
	}
	if i.text != "" {
		line("  ", strings.ReplaceAll(strings.TrimSpace(printable(i.text)), "\n", "\n  "))
	}
	for _, detail := range i.details {
		line("    ", oneLine(detail))
	}
}

// Line says a message in one line.
func Line(m Message, l Locale) string {
	s := m.sheet(l)
	return shortened("["+s.label+"] "+oneLine(s.title), 500)
}

// oneLine is a text without line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(printable(text)), " ") }

// asciiSubject is a text with nothing in it that SNS refuses.
func asciiSubject(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	return clean[:min(len(clean), maxSubject)]
}
