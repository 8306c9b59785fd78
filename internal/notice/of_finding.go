package notice

import (
	"strings"

	"assetguard/internal/finding"
)

// How many of each a message shows; the notice itself may have more.
const (
	shownAssets   = 10
	shownCVEs     = 15
	shownFindings = 10
	shownControls = 10
	shownAccounts = 10
)

// sheet is what is said about the notice.
func (n Notice) sheet(l Locale) sheet {
	var s sheet
	switch n.Kind {
	case KindDigest:
		s = n.Digest.sheet(l)
	case KindRepair:
		s = n.Repair.sheet(l)
	default:
		s = n.Finding.sheet(l)
	}
	if cut := n.cuts(l); cut != "" {
		s.foot = append(s.foot, cut)
	}
	s.foot = append(s.foot, l.sayf(footFrom, n.Stack, l.time(n.At)))
	if n.Stack != "" {
		s.subject = n.Stack + ": " + s.subject
	}
	return s
}

// cuts says what the notice lacks.
func (n Notice) cuts(l Locale) string {
	var parts []string
	for _, c := range n.Cut {
		if c.What == "text" {
			parts = append(parts, l.sayf(cutText, l.count(c.Kept), l.count(c.Of)))
			continue
		}
		name := c.What
		if known, ok := cutNames[c.What]; ok {
			name = l.say(known)
		}
		parts = append(parts, l.sayf(cutList, l.count(c.Kept), l.count(c.Of), name))
	}
	if len(parts) == 0 {
		return ""
	}
	return l.sayf(footCut, strings.Join(parts, ", "))
}

func (f *Finding) sheet(l Locale) sheet {
	kind := severities[f.Severity]
	s := sheet{mark: kind.mark, subject: kind.label + " finding", label: l.severity(f.Severity), title: f.headline()}
	if f.Text != "" && f.Text != f.Title {
		s.lead = append(s.lead, f.Text)
	}
	if f.Raised {
		s.lead = append(s.lead, l.say(wordRaised))
	}
	if !f.Known.IsZero() {
		s.lead = append(s.lead, l.sayf(wordCameBack, l.time(f.Known)))
	}
	f.place(&s, l)
	s.add(l.say(wordProduct), f.Product)
	s.add(l.say(wordControl), f.Control)
	s.add(l.say(wordCodes), strings.Join(f.Codes, ", "))
	s.add(l.say(wordFirstSeen), l.time(f.FirstSeen))
	s.list(l, l.say(wordWhere), shownAssets, f.items(l))
	s.list(l, l.say(wordVulnerable), shownCVEs, f.vulnerabilities(l))
	s.paragraph(l, l.say(wordFix), f.Fix.Text)
	f.link(&s, l)
	return s
}

// severity is its name; in Korean with the label by which people search in Security Hub.
func (l Locale) severity(value finding.Severity) string {
	kind := severities[value]
	if l.korean {
		return kind.name.ko + "(" + kind.label + ")"
	}
	return kind.name.en
}

// headline is the title, or the next best thing that a product gave.
func (f *Finding) headline() string {
	for _, candidate := range []string{f.Title, f.Control, f.Generator, f.ID} {
		if candidate = strings.TrimSpace(candidate); candidate != "" {
			return candidate
		}
	}
	return "-"
}

// place adds who owns it and where it is. Of several assets each has its own classification, in the list of them.
func (f *Finding) place(s *sheet, l Locale) {
	if len(f.Assets) == 1 {
		for _, tag := range f.Assets[0].tags() {
			s.add(l.say(tag.name), tag.value)
		}
	}
	s.add(l.say(wordAccount), f.Account)
	s.add(l.say(wordRegion), f.Region)
}

func (f *Finding) link(s *sheet, l Locale) {
	s.link(l.say(linkResource), f.Links.Resource)
	s.link(l.say(linkFinding), f.Links.Finding)
	s.link(l.say(linkRunbook), f.Links.Runbook)
	s.link(l.say(linkGuide), f.Fix.URL)
}

// items are the resources with their classification, or without it where nobody looked it up.
func (f *Finding) items(l Locale) []item {
	var out []item
	for i := range f.Assets {
		out = append(out, f.Assets[i].item(l, len(f.Assets) > 1))
	}
	if len(out) > 0 {
		return out
	}
	for _, resource := range f.Resources {
		out = append(out, item{code: resource.ID, details: []string{joined(resource.Type, resource.Region)}})
	}
	return out
}

// tag is a classification tag as people call it.
type tag struct {
	name  phrase
	value string
}

func (a *Asset) tags() []tag {
	return []tag{{wordOwner, a.Owner}, {wordEnvironment, a.Environment}, {wordAssetType, a.AssetType}, {wordPersonal, a.PersonalInformation}}
}

// classification is the tags in one line, or that there are none.
func (a *Asset) classification(l Locale) string {
	var parts []string
	for _, tag := range a.tags() {
		if tag.value != "" {
			parts = append(parts, l.say(tag.name)+" "+tag.value)
		}
	}
	if len(parts) == 0 {
		return l.say(wordUntagged)
	}
	return joined(parts...)
}

// item is the asset, with its classification where that does not stand elsewhere or is not known.
func (a *Asset) item(l Locale, classified bool) item {
	name := a.Name
	if name == a.ID {
		name = ""
	}
	out := item{code: a.ID}
	if what := joined(name, a.Type); what != "" {
		out.details = append(out.details, what)
	}
	if tags := a.classification(l); classified || tags == l.say(wordUntagged) {
		out.details = append(out.details, tags)
	}
	return out
}

func (f *Finding) vulnerabilities(l Locale) []item {
	var out []item
	for _, cve := range f.CVEs {
		about := l.sayf(wordNoFix, cve.Package, cve.Version)
		if cve.FixedVersion != "" {
			about = l.sayf(wordFixedIn, cve.Package, cve.Version, cve.FixedVersion)
		}
		exploited := ""
		if cve.Exploited {
			exploited = l.say(wordExploited)
		}
		out = append(out, item{text: joined(cve.ID, strings.TrimSpace(about), exploited)})
	}
	return out
}
