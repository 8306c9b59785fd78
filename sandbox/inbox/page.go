package inbox

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listed is how many messages the page lists, the latest first.
const listed = 200

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Parse(pageText))

// policy lets the page load and run nothing but its own style.
const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP answers GET of the page (?id= chooses a message, ?lang=ko or en), GET .../messages?after=&kind= (Contents)
// and DELETE .../messages.
func (b *Box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	isList := strings.HasSuffix(r.URL.Path, "/messages")
	switch {
	case r.Method == http.MethodDelete && isList:
		b.Clear()
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", "GET")
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
	case isList:
		b.serveJSON(w, r)
	default:
		b.servePage(w, r)
	}
}

func (b *Box) serveJSON(w http.ResponseWriter, r *http.Request) {
	after := 0
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.Atoi(text); err != nil {
			http.Error(w, "after must be the ID of a message", http.StatusBadRequest)
			return
		}
	}
	body, err := json.Marshal(b.Contents(after, Kind(r.URL.Query().Get("kind"))))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body) // a client that left needs no answer
}

func (b *Box) servePage(w http.ResponseWriter, r *http.Request) {
	var out bytes.Buffer
	if err := page.Execute(&out, b.view(r)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	_, _ = w.Write(out.Bytes()) // as above
}

// view is what the page's template gets.
type view struct {
	Style   template.CSS
	Lang    string
	Other   string // the other language
	Say     map[string]string
	Kind    Kind
	Counts  map[string]int
	Entries []entry
	Chosen  *shown
	Refresh bool // the page loads itself anew: nobody reads a chosen message
}

// entry is a line of the list.
type entry struct {
	ID       int
	Kind     Kind
	Title    string
	Time     string
	IsChosen bool
}

// shown is the chosen message.
type shown struct {
	ID          int
	At          string
	Email       *Email
	Slack       *Slack
	Text        template.HTML // of a post without blocks
	Blocks      []shownBlock
	Attachments []shownAttachment
}

type shownAttachment struct {
	Color  string
	Title  string
	Text   template.HTML
	Blocks []shownBlock
}

// shownBlock is a block ready for the template.
type shownBlock struct {
	Type     string
	Text     template.HTML
	Fields   []template.HTML
	Buttons  []button
	Elements []template.HTML
}

type button struct{ Label, URL, Style string }

func (b *Box) view(r *http.Request) view {
	asked := r.URL.Query()
	kind := Kind(asked.Get("kind"))
	if kind != KindEmail && kind != KindSlack {
		kind = ""
	}
	lang := language(asked.Get("lang"), r.Header.Get("Accept-Language"))
	all := b.Contents(0, "").Messages
	v := view{Style: template.CSS(pageStyle), Lang: lang, Other: map[string]string{"ko": "en", "en": "ko"}[lang], Say: said[lang], Kind: kind, Counts: map[string]int{"all": len(all)}} //nolint:gosec // G203: the embedded file
	chosen, err := strconv.Atoi(asked.Get("id"))
	v.Refresh = err != nil
	for _, m := range slices.Backward(all) {
		v.Counts[string(m.Kind)]++
		if kind != "" && m.Kind != kind {
			continue
		}
		if v.Chosen == nil && (err != nil || m.ID == chosen) {
			v.Chosen = m.show()
		}
		if len(v.Entries) < listed {
			v.Entries = append(v.Entries, entry{ID: m.ID, Kind: m.Kind, Title: m.Title(), Time: m.At.Format(time.TimeOnly), IsChosen: v.Chosen != nil && v.Chosen.ID == m.ID})
		}
	}
	return v
}

// language is that of the query, else the first of the browser's that the page speaks.
func language(asked, accepted string) string {
	for _, tag := range append([]string{asked}, strings.Split(accepted, ",")...) {
		for _, known := range []string{"ko", "en"} {
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(tag)), known) {
				return known
			}
		}
	}
	return "en"
}

// said are the page's own words.
var said = map[string]map[string]string{
	"en": {
		"title": "Inbox", "all": "All", "email": "E-mail", "slack": "Slack", "empty": "Nothing has left the platform yet.", "choose": "No such message.",
		"from": "From", "to": "To", "subject": "Subject", "confirm": "Confirm subscription", "app": "APP", "other": "한국어", "note": "What left the platform for people",
	},
	"ko": {
		"title": "받은 편지함", "all": "전체", "email": "이메일", "slack": "Slack", "empty": "아직 플랫폼에서 나간 메시지가 없습니다.", "choose": "해당 메시지가 없습니다.",
		"from": "보낸 사람", "to": "받는 사람", "subject": "제목", "confirm": "구독 확인", "app": "앱", "other": "English", "note": "플랫폼이 사람에게 보낸 메시지",
	},
}

// Title is one line that tells a message from others: the subject, or Slack's text for notifications.
func (m Message) Title() string {
	if m.Email != nil {
		return m.Email.Subject
	}
	p := m.Slack.read()
	title := p.Text
	for _, blocks := range append([][]block{p.Blocks}, blocksOf(p.Attachments)...) {
		for _, one := range blocks {
			if title == "" && one.Text != nil {
				title = one.Text.Text
			}
		}
	}
	first, _, _ := strings.Cut(title, "\n")
	return named(unescaped(first))
}

func blocksOf(attachments []attachment) [][]block {
	all := make([][]block, len(attachments))
	for i, a := range attachments {
		all[i] = a.Blocks
	}
	return all
}

// read decodes a payload that Post has taken.
func (s *Slack) read() payload {
	var p payload
	if err := json.Unmarshal(s.Payload, &p); err != nil {
		panic(fmt.Sprintf("inbox: a payload that was taken is none: %v", err))
	}
	return p
}

func (m Message) show() *shown {
	out := &shown{ID: m.ID, At: m.At.Format(time.DateTime), Email: m.Email, Slack: m.Slack}
	if m.Slack == nil {
		return out
	}
	p := m.Slack.read()
	if len(p.Blocks) == 0 { // else the text is for notifications only
		out.Text = mrkdwn(p.Text)
	}
	out.Blocks = showBlocks(p.Blocks)
	for _, a := range p.Attachments {
		out.Attachments = append(out.Attachments, shownAttachment{Color: color(a.Color), Title: a.Title, Text: mrkdwn(a.Text), Blocks: showBlocks(a.Blocks)})
	}
	return out
}

// color is a colour in hexadecimal digits; Slack's grey for none and for anything else.
func color(text string) string {
	switch text {
	case "good":
		return "#2eb67d"
	case "warning":
		return "#ecb22e"
	case "danger":
		return "#e01e5a"
	}
	digits := strings.TrimPrefix(text, "#")
	if len(digits) != 6 || strings.Trim(strings.ToLower(digits), "0123456789abcdef") != "" {
		return "#dddddd"
	}
	return "#" + digits
}

func showBlocks(blocks []block) []shownBlock {
	out := make([]shownBlock, len(blocks))
	for i, one := range blocks {
		s := shownBlock{Type: one.Type}
		if one.Text != nil {
			s.Text = one.Text.render()
		}
		for _, field := range one.Fields {
			s.Fields = append(s.Fields, field.render())
		}
		elements := one.Elements
		if one.Accessory != nil {
			elements = append(elements, *one.Accessory)
		}
		for _, e := range elements {
			switch e.Type {
			case "button":
				s.Buttons = append(s.Buttons, button{Label: named(e.label().Text), URL: e.URL, Style: e.Style})
			case "image":
				s.Elements = append(s.Elements, words{Text: e.AltText}.render())
			default:
				s.Elements = append(s.Elements, e.label().render())
			}
		}
		if one.Type == "image" {
			s.Text = words{Text: one.AltText}.render()
		}
		out[i] = s
	}
	return out
}
