package inbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"assetguard/sandbox/api"
)

// Slack's limits, in characters and items.
// https://docs.slack.dev/reference/block-kit/blocks
const (
	maxBlocks      = 50
	maxAttachments = 100
	maxHeader      = 150
	maxSection     = 3000
	maxFields      = 10
	maxField       = 2000
	maxContext     = 10
	maxActions     = 25
	maxButton      = 75
	maxURL         = 3000
	maxIdentifier  = 255
)

// payload is what a webhook takes.
type payload struct {
	Text        string       `json:"text"`
	Blocks      []block      `json:"blocks"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	Color    string  `json:"color"`
	Fallback string  `json:"fallback"`
	Title    string  `json:"title"`
	Text     string  `json:"text"`
	Blocks   []block `json:"blocks"`
}

// block is one block of any of the types that are known here.
type block struct {
	Type      string    `json:"type"`
	BlockID   string    `json:"block_id"`
	Text      *words    `json:"text"`
	Fields    []words   `json:"fields"`
	Accessory *element  `json:"accessory"`
	Elements  []element `json:"elements"`
	ImageURL  string    `json:"image_url"`
	AltText   string    `json:"alt_text"`
	Title     *words    `json:"title"`
}

// words is a text object; in elements of a context its members stand in the element itself.
type words struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// element is a button, or a text or an image of a context.
type element struct {
	Type     string          `json:"type"`
	Text     json.RawMessage `json:"text"` // words of a button, a string in a context
	URL      string          `json:"url"`
	Style    string          `json:"style"`
	ActionID string          `json:"action_id"`
	ImageURL string          `json:"image_url"`
	AltText  string          `json:"alt_text"`
}

// label is the text of an element of either form.
func (e element) label() words {
	var w words
	if json.Unmarshal(e.Text, &w) == nil && w.Text != "" {
		return w
	}
	var text string
	if json.Unmarshal(e.Text, &text) != nil {
		return words{}
	}
	return words{Type: e.Type, Text: text}
}

// Post answers a post to the webhook with the given path as Slack answers it, and keeps what is taken.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
func (b *Box) Post(webhook string, body []byte) *api.Answer {
	var p payload
	switch {
	case json.Unmarshal(body, &p) != nil:
		return b.refusePost("invalid_payload", "")
	case p.Text == "" && len(p.Blocks) == 0 && len(p.Attachments) == 0:
		return b.refusePost("no_text", "")
	case len(p.Attachments) > maxAttachments:
		return b.refusePost("too_many_attachments", "")
	}
	if fault := p.flaw(); fault != "" {
		return b.refusePost("invalid_blocks", fault)
	}
	b.add(Message{Kind: KindSlack, Slack: &Slack{Webhook: webhook, Payload: slices.Clone(body)}})
	return plain(http.StatusOK, "ok")
}

// FaultHeader tells what is wrong with a post that is refused, of which Slack says one word only.
const FaultHeader = "X-Sandbox-Fault"

func (b *Box) refusePost(word, why string) *api.Answer {
	b.refuse()
	a := plain(http.StatusBadRequest, word)
	if why != "" {
		a.Header.Set(FaultHeader, why)
	}
	return a
}

func plain(status int, text string) *api.Answer {
	return &api.Answer{Status: status, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: []byte(text)}
}

// flaw says what Slack refuses in the blocks; "" for nothing.
func (p payload) flaw() string {
	if fault := flawOf("blocks", p.Blocks); fault != "" {
		return fault
	}
	for i, a := range p.Attachments {
		if fault := flawOf(fmt.Sprintf("attachments[%d].blocks", i), a.Blocks); fault != "" {
			return fault
		}
	}
	return ""
}

func flawOf(where string, blocks []block) string {
	if len(blocks) > maxBlocks {
		return fmt.Sprintf("%s has %d blocks, more than %d", where, len(blocks), maxBlocks)
	}
	ids := map[string]bool{}
	for i, one := range blocks {
		fault := one.flaw()
		if one.BlockID != "" && ids[one.BlockID] {
			fault = "block_id " + one.BlockID + " is there twice"
		}
		if ids[one.BlockID] = true; fault != "" {
			return fmt.Sprintf("%s[%d]: %s", where, i, fault)
		}
	}
	return ""
}

func (b block) flaw() string {
	if utf8.RuneCountInString(b.BlockID) > maxIdentifier {
		return "block_id is too long"
	}
	switch b.Type {
	case "divider":
		return ""
	case "header":
		return b.Text.flaw(maxHeader, "plain_text")
	case "section":
		return b.flawOfSection()
	case "context":
		return b.flawOfContext()
	case "actions":
		return b.flawOfActions()
	case "image":
		return flawOfImage(b.ImageURL, b.AltText)
	default:
		return fmt.Sprintf("a block of type %q is not known here", b.Type)
	}
}

// flaw says what is wrong with a text of a bounded length and one of some types.
func (w *words) flaw(longest int, types ...string) string {
	switch {
	case w == nil || w.Text == "":
		return "text is missing"
	case !slices.Contains(types, w.Type):
		return fmt.Sprintf("text has type %q", w.Type)
	case utf8.RuneCountInString(w.Text) > longest:
		return fmt.Sprintf("text has %d characters, more than %d", utf8.RuneCountInString(w.Text), longest)
	}
	return ""
}

func (b block) flawOfSection() string {
	if b.Text == nil && len(b.Fields) == 0 {
		return "section has neither text nor fields"
	}
	if b.Text != nil {
		if fault := b.Text.flaw(maxSection, "mrkdwn", "plain_text"); fault != "" {
			return fault
		}
	}
	if len(b.Fields) > maxFields {
		return fmt.Sprintf("section has %d fields, more than %d", len(b.Fields), maxFields)
	}
	for i := range b.Fields {
		if fault := b.Fields[i].flaw(maxField, "mrkdwn", "plain_text"); fault != "" {
			return fmt.Sprintf("fields[%d]: %s", i, fault)
		}
	}
	if b.Accessory != nil {
		return b.Accessory.flaw("button", "image")
	}
	return ""
}

func (b block) flawOfContext() string {
	if len(b.Elements) == 0 || len(b.Elements) > maxContext {
		return fmt.Sprintf("context has %d elements, not 1 to %d", len(b.Elements), maxContext)
	}
	for i, e := range b.Elements {
		if fault := e.flaw("mrkdwn", "plain_text", "image"); fault != "" {
			return fmt.Sprintf("elements[%d]: %s", i, fault)
		}
	}
	return ""
}

func (b block) flawOfActions() string {
	if len(b.Elements) == 0 || len(b.Elements) > maxActions {
		return fmt.Sprintf("actions has %d elements, not 1 to %d", len(b.Elements), maxActions)
	}
	for i, e := range b.Elements {
		if fault := e.flaw("button"); fault != "" {
			return fmt.Sprintf("elements[%d]: %s", i, fault)
		}
	}
	return ""
}

func (e element) flaw(types ...string) string {
	if !slices.Contains(types, e.Type) {
		return fmt.Sprintf("an element of type %q is not taken there", e.Type)
	}
	label := e.label()
	switch e.Type {
	case "image":
		return flawOfImage(e.ImageURL, e.AltText)
	case "mrkdwn", "plain_text":
		return label.flaw(maxSection, e.Type)
	}
	if len(e.URL) > maxURL || e.URL != "" && !isWeb(e.URL) {
		return "url is no web address of up to 3000 characters"
	}
	if !slices.Contains([]string{"", "primary", "danger"}, e.Style) {
		return fmt.Sprintf("style is %q", e.Style)
	}
	return label.flaw(maxButton, "plain_text")
}

func flawOfImage(address, alternative string) string {
	if !isWeb(address) || alternative == "" {
		return "an image needs image_url and alt_text"
	}
	return ""
}

// isWeb says whether a link leads to a web page, and nowhere else.
func isWeb(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
