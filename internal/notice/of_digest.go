package notice

import (
	"cmp"
	"maps"
	"slices"
)

func (d *Digest) sheet(l Locale) sheet {
	s := sheet{
		mark: d.mark(), subject: "digest of findings", label: l.say(digestLabel),
		title: l.findings(d.Total),
		lead:  []string{l.sayf(digestLead, l.time(d.From), l.time(d.To))},
	}
	for _, label := range d.labels() {
		s.add(severityOf(label, l), l.findings(d.Severity[label]))
	}
	s.list(l, l.say(digestTop), shownFindings, d.worst(l))
	if shown := min(len(d.Top), shownFindings); shown > 0 && d.Total > shown { // Top has the worst only
		s.sections[len(s.sections)-1].more = l.sayf(wordMore, l.count(d.Total-shown))
	}
	var controls []item
	for _, control := range d.Controls {
		controls = append(controls, item{text: joined(control.Name, control.Title, l.findings(control.Count))})
	}
	s.list(l, l.say(digestControls), shownControls, controls)
	var accounts []item
	for _, account := range slices.SortedFunc(maps.Keys(d.Accounts), func(a, b string) int {
		return cmp.Or(cmp.Compare(d.Accounts[b], d.Accounts[a]), cmp.Compare(a, b))
	}) {
		accounts = append(accounts, item{text: joined(account, l.findings(d.Accounts[account]))})
	}
	s.list(l, l.say(digestAccounts), shownAccounts, accounts)
	s.link(l.say(linkFindings), d.Link)
	return s
}

// labels are the severities that occur, the worst first, unknown ones last.
func (d *Digest) labels() []string {
	rank := func(label string) int {
		if at := slices.Index(severityLabels, label); at >= 0 {
			return at
		}
		return len(severityLabels)
	}
	return slices.SortedFunc(maps.Keys(d.Severity), func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
}

// mark is that of the worst severity.
func (d *Digest) mark() string {
	for _, label := range d.labels() {
		for _, kind := range severities {
			if kind.label == label && d.Severity[label] > 0 {
				return kind.mark
			}
		}
	}
	return "📋"
}

func severityOf(label string, l Locale) string {
	for value, kind := range severities {
		if kind.label == label {
			return l.severity(value)
		}
	}
	return label
}

// worst are the findings in short: how bad, what, where, whose.
func (d *Digest) worst(l Locale) []item {
	var out []item
	for i := range d.Top {
		f := &d.Top[i]
		line := item{mark: severities[f.Severity].mark, text: joined(l.severity(f.Severity), f.headline())}
		switch {
		case len(f.Assets) > 0:
			line.details = []string{f.Assets[0].ID, f.Assets[0].classification(l)}
		case len(f.Resources) > 0:
			line.details = []string{f.Resources[0].ID}
		default:
			line.details = []string{joined(f.Account, f.Region)}
		}
		out = append(out, line)
	}
	return out
}

// findings is how many there are, in words.
func (l Locale) findings(n int) string {
	if n == 1 {
		return l.say(digestOne)
	}
	return l.sayf(digestCount, l.count(n))
}
