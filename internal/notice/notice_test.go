package notice_test

import (
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

var update = flag.Bool("update", false, "write the golden files anew")

func locale(t testing.TB, language string) notice.Locale {
	t.Helper()
	l, err := notice.NewLocale(language, "Asia/Seoul")
	require.NoError(t, err)
	return l
}

// messages are all fixtures, read as the Slack function reads them.
func messages(t testing.TB) map[string]notice.Message {
	t.Helper()
	out := map[string]notice.Message{}
	for name, n := range notices() {
		b, err := notice.Marshal(n)
		require.NoError(t, err, name)
		out[name], err = notice.Read(string(b))
		require.NoError(t, err, name)
	}
	for name, body := range foreign {
		m, err := notice.Read(body)
		require.NoError(t, err, name)
		out[name] = m
	}
	return out
}

// TestGolden: each message in both languages and both forms, for people to read.
func TestGolden(t *testing.T) {
	for name, m := range messages(t) {
		for _, language := range []string{"en", "ko"} {
			t.Run(name+"-"+language, func(t *testing.T) {
				l := locale(t, language)
				subject, text := notice.Email(m, l)
				golden(t, name+"."+language+".email.txt", "Subject: "+subject+"\n\n"+text)
				post := notice.Slack(m, l)
				withinLimits(t, post)
				b, err := json.MarshalIndent(post, "", "  ")
				require.NoError(t, err)
				golden(t, name+"."+language+".slack.json", string(b)+"\n")
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write it with -update, and read it")
	assert.Equal(t, string(want), got)
}

// withinLimits holds a post against what Slack refuses.
// https://docs.slack.dev/reference/block-kit/blocks
func withinLimits(t testing.TB, p notice.Post) {
	t.Helper()
	units := func(s string) int { return len(utf16.Encode([]rune(s))) }
	text := func(w *notice.Words, limit int) {
		require.NotEmpty(t, strings.TrimSpace(w.Text))
		require.LessOrEqual(t, units(w.Text), limit)
		if w.Type == "mrkdwn" {
			rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(w.Text)
			require.NotContains(t, rest, "<")
			require.NotContains(t, rest, ">")
			require.NotContains(t, rest, "&", "half an escape")
			require.Zero(t, strings.Count(w.Text, "`")%2, "an open quote")
		}
	}
	require.NotEmpty(t, p.Text)
	require.LessOrEqual(t, units(p.Text), 3000)
	require.LessOrEqual(t, len(p.Blocks), 50)
	for _, b := range p.Blocks {
		switch b.Type {
		case "header":
			require.Equal(t, "plain_text", b.Text.Type)
			text(b.Text, 150)
		case "section":
			require.LessOrEqual(t, len(b.Fields), 10)
			require.True(t, b.Text != nil || len(b.Fields) > 0)
			if b.Text != nil {
				text(b.Text, 3000)
			}
			for i := range b.Fields {
				text(&b.Fields[i], 2000)
			}
		case "actions":
			require.NotEmpty(t, b.Elements)
			require.LessOrEqual(t, len(b.Elements), 25)
			for _, e := range b.Elements {
				label, isWords := e.Text.(*notice.Words)
				require.True(t, isWords)
				text(label, 75)
				require.LessOrEqual(t, len(e.URL), 3000)
				require.Regexp(t, `^https?://`, e.URL)
			}
		case "context":
			require.LessOrEqual(t, len(b.Elements), 10)
			for _, e := range b.Elements {
				line, isText := e.Text.(string)
				require.True(t, isText)
				text(&notice.Words{Type: e.Type, Text: line}, 3000)
			}
		default:
			require.Fail(t, "block of type "+b.Type)
		}
	}
}

func TestAbout(t *testing.T) {
	for name, m := range messages(t) {
		kind, _, _ := strings.Cut(name, "-")
		assert.Equal(t, kind, m.About(), name)
	}
}

func TestReadTakesTheEnvelopeOfSNS(t *testing.T) {
	raw, err := notice.Marshal(ofFinding(openSSH()))
	require.NoError(t, err)
	for inner, want := range map[string]string{string(raw): "finding", foreign["budget"]: "budget", "hello": "text"} {
		body, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:r:1:t",
			"Subject": "Greetings", "Message": inner, "Timestamp": "2026-11-22T05:36:00Z", "SignatureVersion": "1"})
		require.NoError(t, err)
		m, err := notice.Read(string(body))
		require.NoError(t, err)
		assert.Equal(t, want, m.About())
		if want == "text" {
			assert.Equal(t, notice.Text{Subject: "Greetings", Body: "hello"}, m)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	valid, err := notice.Marshal(ofFinding(openSSH()))
	require.NoError(t, err)
	for name, c := range map[string]struct{ body, fault string }{
		"nothing":              {" \n\x00", "empty"},
		"another version":      {`{"version":2,"kind":"finding"}`, "version 2: this reader knows 1"},
		"an unknown field":     {strings.Replace(string(valid), `"stack"`, `"stick"`, 1), "unknown field"},
		"an unknown kind":      {`{"version":1,"kind":"party"}`, "want finding, digest or repair"},
		"a kind without parts": {`{"version":1,"kind":"digest"}`, "digest is set: false"},
		"parts of two kinds":   {strings.Replace(string(valid), `"kind":"finding"`, `"kind":"repair"`, 1), "finding is set: true"},
		"a strange severity":   {`{"version":1,"kind":"finding","finding":{"Severity":"BAD"}}`, "notice: "},
		"a strange state":      {`{"version":1,"kind":"repair","repair":{"state":"sleeping"}}`, `state "sleeping"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := notice.Read(c.body)
			require.ErrorContains(t, err, c.fault)
			require.Equal(t, name != "nothing", errors.Is(err, notice.ErrOtherVersion))
		})
	}
	_, err = notice.Parse(append(valid, " {}"...))
	require.ErrorIs(t, err, notice.ErrNotOurs)
	_, err = notice.Marshal(notice.Notice{Kind: notice.KindRepair})
	require.ErrorContains(t, err, "repair is set: false")
	_, err = notice.Publish(notice.Notice{}, notice.Locale{})
	require.ErrorContains(t, err, "want finding, digest or repair")
}

func TestMarshalKeepsWhatFits(t *testing.T) {
	for name, n := range notices() {
		b, err := notice.Marshal(n)
		require.NoError(t, err)
		parsed, err := notice.Parse(b)
		require.NoError(t, err)
		assert.Equal(t, n, parsed, name)
	}
}

// enormous is a notice as no product writes it.
func enormous(text string, many int) notice.Notice {
	n := digest()
	huge := openSSH()
	huge.Title, huge.Text, huge.Fix.Text = strings.Repeat(text, 5000), strings.Repeat(text, 5000), strings.Repeat(text, 5000)
	huge.Links.Runbook = "https://example.com/" + strings.Repeat("a", 5000)
	huge.Fields = map[string]string{}
	for i := range many {
		name := strings.Repeat(text, 50) + string(rune('a'+i%26)) + time.Duration(i).String()
		huge.Resources = append(huge.Resources, finding.Resource{ID: name, Tags: map[string]string{name: name}})
		huge.Assets = append(huge.Assets, notice.Asset{ID: name, Owner: name})
		huge.CVEs = append(huge.CVEs, finding.CVE{ID: name, Package: name})
		huge.Codes = append(huge.Codes, name)
		huge.Fields[name] = name
		n.Digest.Top = append(n.Digest.Top, huge)
		n.Digest.Controls = append(n.Digest.Controls, notice.Count{Name: name, Title: name})
		n.Digest.Accounts[name] = i
		n.Digest.Severity[name] = i
	}
	return n
}

// TestPublishFits: whatever is said fits through SNS, and says what it lacks.
func TestPublishFits(t *testing.T) {
	for _, text := range []string{"a", "한", "\"", "\\", "<", "\x01", "\xff", "🔴"} {
		n := enormous(text, 150)
		b, err := notice.Marshal(n)
		require.NoError(t, err)
		require.LessOrEqual(t, len(b), notice.MaxBytes)
		for _, language := range []string{"ko", "en"} {
			l := locale(t, language)
			p, err := notice.Publish(n, l)
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Message)+len(p.Subject), notice.MaxBytes)
			var texts map[string]string
			require.NoError(t, json.Unmarshal([]byte(p.Message), &texts))
			assert.ElementsMatch(t, []string{"default", "email", "sqs"}, slices.Collect(maps.Keys(texts)))
			read, err := notice.Parse([]byte(texts["sqs"]))
			require.NoError(t, err)
			assert.Equal(t, n.Digest.Total, read.Digest.Total, "the count is never cut")
			cut := map[string]notice.Cut{}
			for _, c := range read.Cut {
				cut[c.What] = c
				assert.Less(t, c.Kept, c.Of)
			}
			assert.Equal(t, notice.Cut{What: "top", Kept: len(read.Digest.Top), Of: 152}, cut["top"])
			assert.Equal(t, "123456789012", mostly(read.Digest.Accounts), "the largest counts are kept")
			withinLimits(t, notice.Slack(read, l))
			_, email := notice.Email(read, l)
			assert.Contains(t, email, map[string]string{"ko": "일부를 생략했습니다", "en": "Cut to fit"}[language])
			assert.Contains(t, texts["email"], email)
		}
	}
}

func mostly(counts map[string]int) string {
	return slices.MaxFunc(slices.Collect(maps.Keys(counts)), func(a, b string) int { return counts[a] - counts[b] })
}

func TestPublishDoesNotTouchTheNotice(t *testing.T) {
	n := enormous("x", 120)
	_, err := notice.Publish(n, notice.Locale{})
	require.NoError(t, err)
	assert.Equal(t, enormous("x", 120), n)
}

func TestSubjectIsASCII(t *testing.T) {
	n := ofFinding(openSSH())
	n.Stack = strings.Repeat("운영\n", 60)
	subject, _ := notice.Email(n, locale(t, "ko"))
	assert.Len(t, subject, 100)
	assert.Regexp(t, `^[ -~]+$`, subject)
}

func TestLinksThatNoBrowserShouldFollowAreNoButtons(t *testing.T) {
	for _, bad := range []string{"https://example.com/" + strings.Repeat("a", 4000), "https://example.com/" + strings.Repeat("한", 600),
		"https://console.aws.amazon.com@evil.example/"} {
		f := openSSH()
		f.Links = notice.Links{Resource: "javascript:alert(1)", Finding: "no link", Runbook: "https://example.com/a|b>c"}
		f.Fix.URL = bad
		post := notice.Slack(ofFinding(f), locale(t, "en"))
		withinLimits(t, post)
		var urls []string
		for _, b := range post.Blocks {
			for _, e := range b.Elements {
				if e.URL != "" {
					urls = append(urls, e.URL)
				}
			}
		}
		assert.Equal(t, []string{"https://example.com/a%7Cb%3Ec"}, urls, bad)
	}
}

func TestNewLocale(t *testing.T) {
	_, err := notice.NewLocale("fr", "Asia/Seoul")
	require.ErrorContains(t, err, `language "fr": want ko or en`)
	_, err = notice.NewLocale("ko", "Asia/Soul")
	require.ErrorContains(t, err, "time zone")
}

func TestLine(t *testing.T) {
	assert.Equal(t, "[심각(CRITICAL)] Security groups should not allow ingress from 0.0.0.0/0 to port 22",
		notice.Line(ofFinding(openSSH()), locale(t, "ko")))
	long := openSSH()
	long.Title = strings.Repeat("가", 9000)
	assert.Len(t, []rune(notice.Line(ofFinding(long), locale(t, "ko"))), 500)
}

// FuzzRead: whatever comes, nothing panics, and what is said stays within Slack's limits.
func FuzzRead(f *testing.F) {
	for _, body := range foreign {
		f.Add(body)
	}
	for _, n := range notices() {
		b, err := notice.Marshal(n)
		require.NoError(f, err)
		f.Add(string(b))
	}
	f.Add(`{"alerts":[{"labels":{"a":"b"},"annotations":{"summary":"` + strings.Repeat("<&>`*", 2000) + `"}}]}`)
	ko := locale(f, "ko")
	f.Fuzz(func(t *testing.T, body string) {
		m, err := notice.Read(body)
		if err != nil {
			return
		}
		post := notice.Slack(m, ko)
		withinLimits(t, post)
		withinLimits(t, notice.SlackText(m, ko))
		subject, text := notice.Email(m, notice.Locale{})
		require.Regexp(t, `^[ -~]{1,100}$`, subject)
		require.NotEmpty(t, text)
		if n, ours := m.(notice.Notice); ours {
			p, err := notice.Publish(n, ko)
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Message), notice.MaxBytes)
		}
	})
}

func BenchmarkSlack(b *testing.B) {
	benchmark(b, func(m notice.Notice, l notice.Locale) { notice.Slack(m, l) })
}
func BenchmarkEmail(b *testing.B) {
	benchmark(b, func(m notice.Notice, l notice.Locale) { notice.Email(m, l) })
}
func BenchmarkPublish(b *testing.B) {
	benchmark(b, func(m notice.Notice, l notice.Locale) {
		if _, err := notice.Publish(m, l); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for name, body := range foreign {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := notice.Read(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchmark runs over a finding, a digest, and a notice that has to be cut.
func benchmark(b *testing.B, say func(notice.Notice, notice.Locale)) {
	l := locale(b, "ko")
	for name, n := range map[string]notice.Notice{"finding": ofFinding(openSSH()), "digest": digest(), "enormous": enormous("한", 150)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				say(n, l)
			}
		})
	}
}
