package inbox

import (
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// marks are what Slack formats within a line: links and mentions, code, bold, italic, struck out, emoji.
// https://docs.slack.dev/messaging/formatting-message-text
var marks = regexp.MustCompile("<([^<>\n]+)>|`([^`\n]+)`|\\*([^*\n]+)\\*|_([^_\n]+)_|~([^~\n]+)~|:([a-z0-9_+-]+):")

// Groups of marks.
const (
	groupLink = iota + 1
	groupCode
	groupBold
	groupItalic
	groupStruck
	groupEmoji
)

// emoji are the names that notices use, and some more.
var emoji = map[string]string{
	"rotating_light": "🚨", "warning": "⚠️", "white_check_mark": "✅", "heavy_check_mark": "✔️", "x": "❌", "no_entry": "⛔",
	"no_entry_sign": "🚫", "red_circle": "🔴", "large_orange_circle": "🟠", "large_yellow_circle": "🟡", "large_green_circle": "🟢",
	"large_blue_circle": "🔵", "white_circle": "⚪", "black_circle": "⚫", "information_source": "ℹ️", "wrench": "🔧",
	"hammer_and_wrench": "🛠️", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "repeat": "🔁", "lock": "🔒", "unlock": "🔓",
	"bust_in_silhouette": "👤", "bell": "🔔", "moneybag": "💰", "money_with_wings": "💸", "chart_with_upwards_trend": "📈",
	"inbox_tray": "📥", "package": "📦", "eyes": "👀", "tada": "🎉", "fire": "🔥", "shield": "🛡️", "memo": "📝", "clock1": "🕐",
}

// render is text of one of Slack's types as HTML. All of it is escaped; only the tags made here are not.
func (w words) render() template.HTML {
	if w.Type != "mrkdwn" {
		return template.HTML(lines(html.EscapeString(named(w.Text)))) //nolint:gosec // G203: escaped in this line
	}
	return mrkdwn(w.Text)
}

// mrkdwn renders Slack's markup.
func mrkdwn(text string) template.HTML {
	var out strings.Builder
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			out.WriteString("<pre>" + html.EscapeString(unescaped(strings.Trim(part, "\n"))) + "</pre>")
			continue
		}
		out.WriteString(quoted(part))
	}
	return template.HTML(out.String()) //nolint:gosec // G203: every part of it is escaped where it is written
}

// quoted renders lines; those that begin with > stand in a quotation.
func quoted(text string) string {
	var out strings.Builder
	inside := false
	for i, line := range strings.Split(text, "\n") {
		rest, isQuote := strings.CutPrefix(strings.Replace(line, "&gt;", ">", 1), ">")
		switch {
		case isQuote && !inside:
			out.WriteString("<blockquote>")
		case !isQuote && inside:
			out.WriteString("</blockquote>")
		case i > 0:
			out.WriteString("<br>")
		}
		if inside = isQuote; isQuote {
			line = strings.TrimPrefix(rest, " ")
		}
		out.WriteString(inline(line))
	}
	if inside {
		out.WriteString("</blockquote>")
	}
	return out.String()
}

// inline renders the marks of one line.
func inline(text string) string {
	var out strings.Builder
	for at := 0; at < len(text); {
		found := marks.FindStringSubmatchIndex(text[at:])
		if found == nil {
			out.WriteString(html.EscapeString(unescaped(text[at:])))
			break
		}
		start, end := at+found[0], at+found[1]
		out.WriteString(html.EscapeString(unescaped(text[at:start])))
		group, inner := groupOf(text[at:], found)
		if group >= groupBold && group <= groupStruck && !stands(text, start, end) {
			out.WriteString(text[start : start+1]) // the mark itself: *, _ or ~
			at = start + 1
			continue
		}
		out.WriteString(marked(group, inner, text[start:end]))
		at = end
	}
	return out.String()
}

func groupOf(text string, found []int) (group int, inner string) {
	for group = groupLink; group <= groupEmoji; group++ {
		if found[2*group] >= 0 {
			return group, text[found[2*group]:found[2*group+1]]
		}
	}
	return 0, ""
}

// stands says whether a mark stands apart from words, as Slack wants it: not in snake_case, nor before a particle.
func stands(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return !isWord(before) && !isWord(after)
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func marked(group int, inner, whole string) string {
	switch group {
	case groupLink:
		return link(inner)
	case groupCode:
		return "<code>" + html.EscapeString(unescaped(inner)) + "</code>"
	case groupBold:
		return "<b>" + inline(inner) + "</b>"
	case groupItalic:
		return "<i>" + inline(inner) + "</i>"
	case groupStruck:
		return "<s>" + inline(inner) + "</s>"
	}
	if sign, ok := emoji[inner]; ok {
		return sign
	}
	return html.EscapeString(unescaped(whole))
}

// link renders what stands between < and >: an address with or without a text, or a mention.
func link(inner string) string {
	address, text, named := strings.Cut(inner, "|")
	if strings.HasPrefix(address, "!") || strings.HasPrefix(address, "@") || strings.HasPrefix(address, "#") {
		if !named {
			text = strings.TrimPrefix(address, "!")
		}
		return `<span class="mention">@` + html.EscapeString(unescaped(strings.TrimPrefix(text, "@"))) + "</span>"
	}
	if !named {
		text = address
	}
	address = unescaped(address)
	u, err := url.Parse(address)
	if err != nil || !isWeb(address) && u.Scheme != "mailto" {
		return html.EscapeString(unescaped(text))
	}
	return `<a href="` + html.EscapeString(u.String()) + `" rel="noreferrer noopener" target="_blank">` + html.EscapeString(unescaped(text)) + "</a>"
}

// unescaped undoes the three escapes of Slack's texts.
func unescaped(text string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(text)
}

// named puts emoji in place of their names.
func named(text string) string {
	return marks.ReplaceAllStringFunc(text, func(whole string) string {
		if sign, ok := emoji[strings.Trim(whole, ":")]; ok && strings.HasPrefix(whole, ":") {
			return sign
		}
		return whole
	})
}

func lines(escaped string) string { return strings.ReplaceAll(escaped, "\n", "<br>") }
