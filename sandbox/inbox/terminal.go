package inbox

import (
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"time"
)

// Write shows messages in a terminal: a head line, then what people read, indented.
func Write(w io.Writer, messages []Message) error {
	for _, m := range messages {
		if _, err := fmt.Fprintf(w, "── %d  %s  %s\n%s\n", m.ID, m.At.Local().Format(time.TimeOnly), m.heading(), indented(m.Text())); err != nil {
			return err
		}
	}
	return nil
}

func (m Message) heading() string {
	if m.Email != nil {
		return fmt.Sprintf("e-mail to %s\n   %s", printable(m.Email.To), printable(m.Email.Subject))
	}
	return "Slack " + printable(m.Slack.Webhook)
}

// Text is what people read of a message, without formatting. Links keep their addresses.
func (m Message) Text() string {
	if m.Email != nil {
		return printable(m.Email.Text)
	}
	shown := m.show()
	var out strings.Builder
	if shown.Text != "" {
		fmt.Fprintln(&out, bare(string(shown.Text)))
	}
	writeBlocks(&out, shown.Blocks)
	for _, a := range shown.Attachments {
		if a.Text != "" {
			fmt.Fprintln(&out, bare(string(a.Text)))
		}
		writeBlocks(&out, a.Blocks)
	}
	return printable(strings.TrimRight(out.String(), "\n"))
}

func writeBlocks(out *strings.Builder, blocks []shownBlock) {
	for _, b := range blocks {
		if b.Text != "" {
			fmt.Fprintln(out, bare(string(b.Text)))
		}
		for _, field := range b.Fields {
			fmt.Fprintln(out, strings.ReplaceAll(bare(string(field)), "\n", " "))
		}
		for _, e := range b.Elements {
			fmt.Fprintln(out, bare(string(e)))
		}
		for _, button := range b.Buttons {
			fmt.Fprintf(out, "[%s] %s\n", button.Label, button.URL)
		}
	}
}

var (
	anchor = regexp.MustCompile(`<a href="([^"]*)"[^>]*>(.*?)</a>`)
	tag    = regexp.MustCompile(`<[^>]*>`)
)

// bare is rendered text without its tags.
func bare(rendered string) string {
	rendered = anchor.ReplaceAllString(rendered, "$2 ($1)")
	rendered = strings.NewReplacer("<br>", "\n", "<pre>", "\n", "</pre>", "\n", "<blockquote>", "\n| ", "</blockquote>", "\n").Replace(rendered)
	return html.UnescapeString(tag.ReplaceAllString(rendered, ""))
}

// printable takes control characters out, which a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0) {
			return -1
		}
		return r
	}, text)
}

func indented(text string) string { return "   " + strings.ReplaceAll(text, "\n", "\n   ") + "\n" }
