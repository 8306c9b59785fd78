package inbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// attack is text that must never become markup.
const attack = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&`

// hostile is a payload that tries every place of a message.
func hostile(t *testing.T) []byte {
	t.Helper()
	text := func(kind, s string) map[string]any { return map[string]any{"type": kind, "text": s} }
	body, err := json.Marshal(map[string]any{"text": attack, "blocks": []any{
		map[string]any{"type": "header", "text": text("plain_text", attack)},
		map[string]any{"type": "section", "text": text("mrkdwn", "*"+attack+"* `"+attack+"` <javascript:alert(3)|click> <https://a.example/?q=\"><script>|"+attack+">"),
			"fields":    []any{text("mrkdwn", "```"+attack+"```"), text("plain_text", attack)},
			"accessory": map[string]any{"type": "button", "text": text("plain_text", attack), "url": "https://a.example/\"onclick=alert(4)"}},
		map[string]any{"type": "context", "elements": []any{text("mrkdwn", attack)}},
	}, "attachments": []any{map[string]any{"color": "red;background:url(//a.example)", "title": attack, "text": attack}}})
	require.NoError(t, err)
	return body
}

func fetch(t *testing.T, b *Box, target string) *httptest.ResponseRecorder {
	t.Helper()
	got := httptest.NewRecorder()
	b.ServeHTTP(got, httptest.NewRequest(http.MethodGet, target, nil))
	return got
}

// walk visits all elements of a page.
func walk(n *html.Node, visit func(n *html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		walk(child, visit)
	}
}

func TestNothingOfAMessageBecomesMarkup(t *testing.T) {
	b := &Box{}
	require.Equal(t, http.StatusOK, b.Post("/services/T/B/x", hostile(t)).Status)
	b.Deliver(Email{From: attack, To: attack, Subject: attack, Text: attack, Confirm: "javascript:alert(5)"})
	for id := 1; id <= 2; id++ {
		got := fetch(t, b, fmt.Sprintf("/_sandbox/inbox?id=%d", id))
		root, err := html.Parse(got.Body)
		require.NoError(t, err)
		walk(root, func(n *html.Node) {
			assert.NotContains(t, []string{"script", "img", "iframe", "object", "svg"}, n.Data)
			for _, a := range n.Attr {
				assert.False(t, strings.HasPrefix(a.Key, "on"), "%s has %s", n.Data, a.Key)
				if a.Key == "href" {
					assert.NotContains(t, strings.ToLower(a.Val), "javascript:")
				}
				if a.Key == "style" {
					assert.Equal(t, "background:#dddddd", a.Val)
				}
			}
		})
		assert.Contains(t, got.Header().Get("Content-Security-Policy"), "default-src 'none'")
	}
}

// texts are the words of all elements with a name, by the page as it was parsed.
func texts(t *testing.T, page, name string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	var all []string
	walk(root, func(n *html.Node) {
		if n.Data == name {
			var words strings.Builder
			for d := range n.Descendants() {
				if d.Type == html.TextNode {
					words.WriteString(d.Data)
				}
			}
			all = append(all, strings.TrimSpace(words.String()))
		}
	})
	return all
}

func TestPageShowsMessagesInBothLanguages(t *testing.T) {
	b := &Box{}
	assert.Contains(t, fetch(t, b, "/_sandbox/inbox?lang=ko").Body.String(), "아직 플랫폼에서 나간 메시지가 없습니다.")
	b.Deliver(Email{From: "no-reply@sns.amazonaws.com", To: "security@example.com", Subject: "[CRITICAL] S3.8", Text: "버킷이 공개되어 있습니다."})
	require.Equal(t, "ok", string(b.Post("/services/T/B/x", []byte(sample)).Body))

	page := fetch(t, b, "/_sandbox/inbox?lang=en").Body.String()
	assert.Equal(t, []string{"공개된 버킷 & 개인정보"}, texts(t, page, "h3"), "the latest is shown")
	assert.Contains(t, texts(t, page, "b"), "[CRITICAL] S3.8")
	assert.Contains(t, page, `<a class="button primary" href="https://console.example/finding"`)
	assert.Contains(t, page, `http-equiv="refresh"`)

	page = fetch(t, b, "/_sandbox/inbox?lang=ko&id=1").Body.String()
	assert.Equal(t, []string{"버킷이 공개되어 있습니다."}, texts(t, page, "pre"))
	assert.Contains(t, page, "<dt>받는 사람</dt><dd>security@example.com</dd>")
	assert.NotContains(t, page, `http-equiv="refresh"`)

	page = fetch(t, b, "/_sandbox/inbox?kind=slack&lang=en").Body.String()
	assert.NotContains(t, page, "[CRITICAL] S3.8")
	assert.Contains(t, fetch(t, b, "/_sandbox/inbox?id=99&lang=en").Body.String(), "No such message.")
}

// sample uses every block that is shown.
const sample = `{"text": "Critical: public bucket", "attachments": [{"color": "#e01e5a", "blocks": [
 {"type": "header", "text": {"type": "plain_text", "text": "공개된 버킷 & 개인정보"}},
 {"type": "section", "text": {"type": "mrkdwn", "text": ":rotating_light: *S3.8* 버킷 ` + "`lecture-1`" + `이 _공개_ 상태입니다.\n&gt; 누구나 읽을 수 있습니다 &amp; 쓸 수 있습니다"}},
 {"type": "section", "fields": [{"type": "mrkdwn", "text": "*자산*\nlecture-1"}, {"type": "mrkdwn", "text": "*소유자*\nDevOps"}, {"type": "mrkdwn", "text": "*환경*\nProduction"}, {"type": "mrkdwn", "text": "*개인정보*\nY"}]},
 {"type": "divider"},
 {"type": "actions", "elements": [
  {"type": "button", "style": "primary", "text": {"type": "plain_text", "text": "발견 보기"}, "url": "https://console.example/finding"},
  {"type": "button", "style": "danger", "text": {"type": "plain_text", "text": "런북"}, "url": "https://docs.example/s3"}]},
 {"type": "context", "elements": [{"type": "mrkdwn", "text": "처음 본 시각 2026-11-22 14:00 KST"}, {"type": "mrkdwn", "text": "<https://console.example|콘솔>"}]}
]}]}`

func TestMessageInATerminal(t *testing.T) {
	b := &Box{}
	b.Deliver(Email{To: "a@example.com", Subject: "hello", Text: "one\ntwo\x1b[2J"})
	require.Equal(t, http.StatusOK, b.Post("/services/T/B/x", []byte(sample)).Status)
	var out strings.Builder
	require.NoError(t, Write(&out, b.Contents(0, "").Messages))
	assert.Contains(t, out.String(), "e-mail to a@example.com\n   hello\n   one\n   two[2J\n")
	assert.Contains(t, out.String(), "   🚨 S3.8 버킷 lecture-1이 공개 상태입니다.\n   | 누구나 읽을 수 있습니다 & 쓸 수 있습니다\n")
	assert.Contains(t, out.String(), "   [발견 보기] https://console.example/finding\n")
	assert.Contains(t, out.String(), "   콘솔 (https://console.example)\n")
}

func TestMarkup(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                           "plain",
		"*b* _i_ ~s~ `c*d*`":              "<b>b</b> <i>i</i> <s>s</s> <code>c*d*</code>",
		"snake_case_name 2*3*4":           "snake_case_name 2*3*4",
		"*굵게*은 *굵게* 은":                    "*굵게*은 <b>굵게</b> 은",
		"*a _b_ c*":                       "<b>a <i>b</i> c</b>",
		"<https://a.example|one>":         `<a href="https://a.example" rel="noreferrer noopener" target="_blank">one</a>`,
		"<https://a.example?a=1&amp;b=2>": `<a href="https://a.example?a=1&amp;b=2" rel="noreferrer noopener" target="_blank">https://a.example?a=1&amp;b=2</a>`,
		"<mailto:a@b.example|a>":          `<a href="mailto:a@b.example" rel="noreferrer noopener" target="_blank">a</a>`,
		"<data:text/html,x|a>":            "a",
		"<!here> <@U1|kim>":               `<span class="mention">@here</span> <span class="mention">@kim</span>`,
		":warning: :unknown_one:":         "⚠️ :unknown_one:",
		"a\nb":                            "a<br>b",
		"&gt; q\n> r\nend":                "<blockquote>q<br>r</blockquote>end",
		"```x\n*y* &lt;z&gt;```":          "<pre>x\n*y* &lt;z&gt;</pre>",
		"1 &lt; 2 &amp;amp; 3":            "1 &lt; 2 &amp;amp; 3",
	} {
		assert.Equal(t, want, string(mrkdwn(in)), in)
	}
}

func TestWebhookRefusesWhatSlackRefuses(t *testing.T) {
	long := strings.Repeat("가", 3001)
	section := func(text string) string {
		return `{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}}`
	}
	for name, test := range map[string]struct{ body, want string }{
		"no JSON":          {"text=hello", "invalid_payload"},
		"nothing to say":   {`{"channel":"#a"}`, "no_text"},
		"long header":      {`{"blocks":[{"type":"header","text":{"type":"plain_text","text":"` + long[:453] + `"}}]}`, "invalid_blocks: blocks[0]: text has 151 characters, more than 150"},
		"markup in header": {`{"blocks":[{"type":"header","text":{"type":"mrkdwn","text":"a"}}]}`, `invalid_blocks: blocks[0]: text has type "mrkdwn"`},
		"long section":     {`{"blocks":[` + section(long) + `]}`, "invalid_blocks: blocks[0]: text has 3001 characters, more than 3000"},
		"empty section":    {`{"blocks":[` + section("") + `]}`, "invalid_blocks: blocks[0]: text is missing"},
		"many blocks":      {`{"blocks":[` + strings.Repeat(section("a")+",", 50) + section("a") + `]}`, "invalid_blocks: blocks has 51 blocks, more than 50"},
		"many fields":      {`{"blocks":[{"type":"section","fields":[` + strings.Repeat(`{"type":"mrkdwn","text":"a"},`, 10) + `{"type":"mrkdwn","text":"a"}]}]}`, "invalid_blocks: blocks[0]: section has 11 fields, more than 10"},
		"button elsewhere": {`{"blocks":[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"a"},"url":"javascript:x"}]}]}`, "invalid_blocks: blocks[0]: elements[0]: url is no web address of up to 3000 characters"},
		"in an attachment": {`{"attachments":[{"blocks":[{"type":"carousel"}]}]}`, `invalid_blocks: attachments[0].blocks[0]: a block of type "carousel" is not known here`},
		"same block_id":    {`{"blocks":[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]}`, "invalid_blocks: blocks[1]: block_id a is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &Box{}
			got := b.Post("/services/T/B/x", []byte(test.body))
			assert.Equal(t, http.StatusBadRequest, got.Status)
			word, fault, _ := strings.Cut(test.want, ": ")
			assert.Equal(t, word, string(got.Body))
			assert.Equal(t, fault, got.Header.Get(FaultHeader))
			assert.Equal(t, Contents{Refused: 1, Messages: []Message{}}, b.Contents(0, ""))
		})
	}
}

func TestJSON(t *testing.T) {
	b := &Box{}
	b.Deliver(Email{To: "a@example.com", Subject: "one"})
	require.Equal(t, http.StatusOK, b.Post("/services/T/B/x", []byte(`{"text":"two"}`)).Status)
	read := func(query string) Contents {
		var got Contents
		require.NoError(t, json.Unmarshal(fetch(t, b, "/_sandbox/inbox/messages"+query).Body.Bytes(), &got))
		return got
	}
	assert.Len(t, read("").Messages, 2)
	assert.Equal(t, 2, read("?after=1").Messages[0].ID)
	assert.Equal(t, KindEmail, read("?kind=email").Messages[0].Kind)
	assert.Equal(t, http.StatusBadRequest, fetch(t, b, "/_sandbox/inbox/messages?after=x").Code)

	got := httptest.NewRecorder()
	b.ServeHTTP(got, httptest.NewRequest(http.MethodDelete, "/_sandbox/inbox/messages", nil))
	assert.Equal(t, http.StatusNoContent, got.Code)
	assert.Equal(t, Contents{Messages: []Message{}}, read(""))
	b.Deliver(Email{To: "a@example.com"})
	assert.Equal(t, 3, read("").Messages[0].ID)

	got = httptest.NewRecorder()
	b.ServeHTTP(got, httptest.NewRequest(http.MethodPost, "/_sandbox/inbox", nil))
	assert.Equal(t, http.StatusMethodNotAllowed, got.Code)
}

func TestTheOldestGoFirst(t *testing.T) {
	b := &Box{}
	for range bound + 2 {
		b.Deliver(Email{})
	}
	got := b.Contents(0, "")
	assert.Equal(t, bound+2, got.Total)
	assert.Len(t, got.Messages, bound)
	assert.Equal(t, 3, got.Messages[0].ID)
}
