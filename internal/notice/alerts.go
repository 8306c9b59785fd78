package notice

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Alerts are what the alert manager of Managed Prometheus puts on a topic, in the form of Alertmanager's webhook. The
// JSON comes from a template that does not escape values, so what is no JSON is mended first.
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
type Alerts struct {
	Status string  `json:"status"` // firing or resolved
	Alerts []Alert `json:"alerts"`
}

// Alert is one of them.
type Alert struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Starts      string            `json:"startsAt"`
	Source      string            `json:"generatorURL"`
}

// alertSeverities are the marks of the values of the label severity.
var alertSeverities = map[string]string{"critical": "🔴", "error": "🔴", "page": "🔴", "high": "🟠", "warning": "🟡", "info": "🔵"}

var (
	alertFiring   = phrase{"Firing", "경보 발생"}
	alertResolved = phrase{"Resolved", "경보 해제"}
	alertSince    = phrase{"since %s", "%s부터"}
	alertList     = phrase{"Alerts", "경보"}
	alertMore     = phrase{"%s and %s more", "%s 외 %s건"}
)

// shownAlerts is how many of a group are shown one by one.
const shownAlerts = 15

func readAlerts(body string) (Message, bool) {
	if !strings.Contains(body, `"alerts"`) {
		return nil, false
	}
	var a Alerts
	if json.Unmarshal([]byte(body), &a) != nil {
		a = Alerts{}
		if json.Unmarshal([]byte(mended(body)), &a) != nil {
			return nil, false
		}
	}
	if len(a.Alerts) == 0 || !slices.ContainsFunc(a.Alerts, func(one Alert) bool { return len(one.Labels) > 0 }) {
		return nil, false
	}
	return a, true
}

// About is alerts.
func (Alerts) About() string { return "alerts" }

func (a Alerts) sheet(l Locale) sheet {
	first := a.Alerts[0]
	s := sheet{mark: "🔔", subject: "alert", label: l.say(alertFiring), title: first.title()}
	for _, one := range a.Alerts {
		if mark, known := alertSeverities[strings.ToLower(one.Labels["severity"])]; known {
			s.mark = mark
			break
		}
	}
	if a.resolved() {
		s.mark, s.subject, s.label = "✅", "alert is over", l.say(alertResolved)
	}
	if names := a.names(); len(names) > 1 {
		s.title = l.sayf(alertMore, first.title(), l.count(len(a.Alerts)-1))
	}
	s.add(l.say(wordSeverity), first.Labels["severity"])
	var items []item
	for _, one := range a.Alerts {
		items = append(items, one.item(l))
	}
	s.list(l, l.say(alertList), shownAlerts, items)
	for _, one := range a.Alerts {
		s.link(l.say(linkRunbook), one.Annotations["runbook_url"])
	}
	s.link(l.say(linkSource), first.Source)
	return s
}

// resolved says that none of them fires any more.
func (a Alerts) resolved() bool {
	for _, one := range a.Alerts {
		status := one.Status
		if status == "" {
			status = a.Status
		}
		if status != "resolved" {
			return false
		}
	}
	return true
}

// names are the different alert names.
func (a Alerts) names() []string {
	names := map[string]bool{}
	for _, one := range a.Alerts {
		names[one.title()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func (a Alert) title() string {
	for _, candidate := range []string{a.Annotations["summary"], a.Labels["alertname"], a.Annotations["description"]} {
		if candidate = oneLine(candidate); candidate != "" {
			return candidate
		}
	}
	return "-"
}

// item is the alert with what it says and the labels that tell it from its kind.
func (a Alert) item(l Locale) item {
	out := item{mark: "🔔", text: a.title()}
	if a.Status == "resolved" {
		out.mark = "✅"
	}
	if text := a.Annotations["description"]; text != "" && oneLine(text) != a.title() {
		out.details = append(out.details, text)
	}
	var labels []string
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		labels = append(labels, name+"="+a.Labels[name])
	}
	out.details = append(out.details, strings.Join(labels, ", "))
	if since := alertTime(a.Starts, l); since != "" {
		out.details = append(out.details, l.sayf(alertSince, since))
	}
	return out
}

// alertTime reads the time of an alert: RFC 3339, or as Go's templates print a time.
func alertTime(text string, l Locale) string {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05.999999999 -0700 MST"} {
		if at, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			return l.time(at)
		}
	}
	return ""
}

// mended is a document whose strings were put in as they were, with the quotes, backslashes and control characters
// within them escaped. A quote ends a string when what follows can only stand outside: after a key a colon, after a value
// a closing bracket, or a comma before the next key or object.
func mended(body string) string {
	var b strings.Builder
	b.Grow(len(body) + 16)
	within, value := false, false
	for i := 0; i < len(body); i++ {
		c := body[i]
		if !within {
			within = c == '"'
			if !blank(c) && c != '"' {
				value = c == ':'
			}
			b.WriteByte(c)
			continue
		}
		if c == '\\' && strings.HasPrefix(body[i+1:], `"`) && !ends(body[i+2:], value) {
			i++ // the template escaped this quote
			b.WriteString(`\"`)
			continue
		}
		if c == '"' && ends(body[i+1:], value) {
			within = false
			b.WriteByte(c)
			continue
		}
		b.WriteString(quoted(c))
	}
	return b.String()
}

// quoted is a byte as it stands within a string of JSON.
func quoted(c byte) string {
	switch {
	case c == '"':
		return `\"`
	case c == '\\':
		return `\\`
	case c == '\n':
		return `\n`
	case c < ' ':
		return " "
	default:
		return string([]byte{c})
	}
}

// ends says that a string, of a value or a key, can end before the rest.
func ends(rest string, value bool) bool {
	rest = blanksOff(rest)
	switch {
	case rest == "":
		return true
	case !value:
		return rest[0] == ':'
	case rest[0] == ',':
		next := blanksOff(rest[1:])
		return next != "" && (next[0] == '"' || next[0] == '{')
	default:
		return rest[0] == '}' || rest[0] == ']'
	}
}

// blanksOff looks no further than a few blanks: a template has no more, and a message of nothing else costs nothing.
func blanksOff(text string) string {
	for n := 0; n < 8 && text != "" && blank(text[0]); n++ {
		text = text[1:]
	}
	return text
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
