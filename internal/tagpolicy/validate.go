package tagpolicy

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assetguard/internal/contract"
	"assetguard/internal/strict"
)

// Limits of AWS tags, in characters.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html#tag-conventions
const (
	MaxKeyLength   = 128
	MaxValueLength = 256
)

// Validate checks the document as a policy that stands alone. The error is [strict.Faults], each with its
// path in the document and the mend.
func (p *Policy) Validate() error { return p.faults(&Policy{}).Err() }

// ValidateOverrides checks the document as overrides of base, whose asset types its rules may name too.
func (p *Policy) ValidateOverrides(base *Policy) error { return p.faults(base).Err() }

func (p *Policy) faults(base *Policy) strict.Faults {
	v := &validation{types: slices.Concat(p.AssetTypes, base.AssetTypes)}
	if p.Version != Version {
		v.fault("version", "is %d: write %d, the only version there is", p.Version, Version)
	}
	v.assetTypes(p.AssetTypes, base.AssetTypes)
	v.tags("defaults", p.Defaults)
	v.rules(p.Rules)
	return v.faults
}

type validation struct {
	types  []AssetType // all that may be named
	faults strict.Faults
}

func (v *validation) fault(path, format string, args ...any) {
	v.faults = append(v.faults, strict.Fault{Path: path, Problem: fmt.Sprintf(format, args...)})
}

var assetTypeID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

func (v *validation) assetTypes(types, base []AssetType) {
	ids, values := map[string]string{}, map[string]string{}
	for _, t := range base {
		if !slices.ContainsFunc(types, func(own AssetType) bool { return own.ID == t.ID }) {
			values[t.Value] = "asset type " + t.ID + " of the policy"
		}
	}
	for i, t := range types {
		path := strict.Element("assetTypes", i)
		switch first, seen := ids[t.ID]; {
		case t.ID == contract.Unclassified:
			v.fault(path+".id", "%q is reserved for assets that nothing decides: choose another id", t.ID)
		case !assetTypeID.MatchString(t.ID):
			v.fault(path+".id", "%q: write 1 to 64 characters of a-z, 0-9 and - (IAM conditions take nothing else); "+
				"the Korean name goes into value", t.ID)
		case seen:
			v.fault(path+".id", "%q is the id of %s too: give each its own", t.ID, first)
		default:
			ids[t.ID] = path
		}
		switch first, seen := values[t.Value]; {
		case valueFault(t.Value) != "":
			v.fault(path+".value", "%s", valueFault(t.Value))
		case t.Value == contract.Unclassified:
			v.fault(path+".value", "%q is reserved for assets that nothing decides: choose another value", t.Value)
		case seen:
			v.fault(path+".value", "%q is the value of %s too: give each its own", t.Value, first)
		default:
			values[t.Value] = path
		}
	}
}

// tags checks the tags that a rule or the defaults give.
func (v *validation) tags(path string, tags map[string]string) {
	for _, key := range strict.Keys(tags) {
		at, value := strict.Child(path, key), tags[key]
		if fault := keyFault(key); fault != "" {
			v.fault(at, "%s", fault)
			continue
		}
		switch {
		case slices.Contains(contract.RuntimeTags(), key):
			v.fault(at, "is set from the create event and from nothing else: remove it")
		case key == contract.TagAssetType:
			v.assetTypeNamed(at, value)
		case key == contract.TagPersonalInformation && value != "Y" && value != "N":
			v.fault(at, `is %q: write "Y" or "N"`, value)
		case valueFault(value) != "":
			v.fault(at, "%s", valueFault(value))
		}
	}
}

func (v *validation) assetTypeNamed(path, id string) {
	var ids []string
	for _, t := range v.types {
		if t.ID == id {
			return
		}
		if t.Value == id {
			v.fault(path, "%q is a display value: write the id %q", id, t.ID)
			return
		}
		ids = append(ids, t.ID)
	}
	slices.Sort(ids)
	v.fault(path, "no asset type has the id %q: %s; or add it to assetTypes", id, strict.Suggest(id, slices.Compact(ids)))
}

func (v *validation) rules(rules []Rule) {
	names := map[string]string{}
	for i, r := range rules {
		path := strict.Element("rules", i)
		if first, seen := names[r.Name]; seen {
			v.fault(path+".name", "%q is the name of %s too: give each its own", r.Name, first)
		} else if fault := valueFault(r.Name); fault != "" {
			v.fault(path+".name", "%s", fault)
		}
		names[r.Name] = path
		v.match(path+".match", r.Match)
		v.effect(path, r)
		if by, ok := decidedBefore(rules[:i], r); ok && !r.Exclude {
			v.fault(path, "never decides anything: rule %q before it matches all that it matches and gives the same keys: "+
				"move this rule up, or remove it", by)
		}
	}
}

// effect checks what the rule does to the assets that it matches.
func (v *validation) effect(path string, r Rule) {
	switch {
	case r.Exclude && (len(r.Tags) > 0 || r.Overwrite):
		v.fault(path+".exclude", "an excluding rule gives no tags: remove tags and overwrite, or exclude")
	case r.Exclude && matchesAll(r.Match):
		v.fault(path+".match", "excludes every asset: name at least one service, type, creator, region, name or tag")
	case !r.Exclude && len(r.Tags) == 0:
		v.fault(path+".tags", "gives no tags: add at least one, or set exclude")
	}
	v.tags(path+".tags", r.Tags)
}

// decidedBefore reports the first earlier rule that leaves r nothing to decide.
func decidedBefore(earlier []Rule, r Rule) (name string, ok bool) {
	for _, e := range earlier {
		if e.Exclude || len(r.Tags) == 0 || !matchesAll(e.Match) && !reflect.DeepEqual(e.Match, r.Match) {
			continue
		}
		if !slices.ContainsFunc(strict.Keys(r.Tags), func(key string) bool { _, given := e.Tags[key]; return !given }) {
			return e.Name, true
		}
	}
	return "", false
}

// patternCharacters are what the values of a field can hold, and how to say so.
type patternCharacters struct {
	legal *regexp.Regexp
	mend  string
}

var (
	lowerCase = patternCharacters{regexp.MustCompile(`^[a-z0-9*?-]+$`),
		"use a-z, 0-9, - and the wildcards * and ?"}
	typeNames = patternCharacters{regexp.MustCompile(`^([a-z0-9*?-]+:[A-Za-z0-9*?/-]+|\*)$`),
		"write service:type, such as ec2:instance or rds:*"}
	freeText = patternCharacters{regexp.MustCompile(`^[^\[\]{}\\\x00-\x1f\x7f]+$`),
		`the wildcards are * and ? only, and []{}\ stand in no name`}
)

func (v *validation) match(path string, m Match) {
	v.patterns(path+".services", m.Services, lowerCase)
	v.patterns(path+".resourceTypes", m.ResourceTypes, typeNames)
	v.patterns(path+".creators", m.Creators, freeText)
	v.patterns(path+".regions", m.Regions, lowerCase)
	v.patterns(path+".names", m.Names, freeText)
	for _, key := range strict.Keys(m.Tags) {
		v.pattern(strict.Child(path+".tags", key), m.Tags[key], freeText)
	}
}

func (v *validation) patterns(path string, patterns []string, c patternCharacters) {
	for i, pattern := range patterns {
		v.pattern(strict.Element(path, i), pattern, c)
	}
}

func (v *validation) pattern(path, pattern string, c patternCharacters) {
	switch n := utf8.RuneCountInString(pattern); {
	case n == 0:
		v.fault(path, "is empty: write a pattern (* matches everything), or leave the field out")
	case n > MaxValueLength:
		v.fault(path, "has %d characters: write at most %d", n, MaxValueLength)
	case !utf8.ValidString(pattern) || !c.legal.MatchString(pattern):
		v.fault(path, "%q can match nothing: %s", pattern, c.mend)
	}
}

// keyFault says what is wrong with a tag key, or "".
func keyFault(key string) string {
	if n := utf8.RuneCountInString(key); n < 1 || n > MaxKeyLength {
		return fmt.Sprintf("the key has %d characters: write 1 to %d", n, MaxKeyLength)
	}
	if fault := characterFault(key); fault != "" {
		return "the key " + fault
	}
	for _, known := range slices.Concat(contract.ClassificationTags(), contract.RuntimeTags()) {
		if key != known && strings.EqualFold(key, known) {
			return fmt.Sprintf("tag keys mind case: write %q", known)
		}
	}
	return ""
}

// valueFault says what is wrong with a tag value, or "".
func valueFault(value string) string {
	if n := utf8.RuneCountInString(value); n < 1 || n > MaxValueLength {
		return fmt.Sprintf("has %d characters: write 1 to %d", n, MaxValueLength)
	}
	return characterFault(value)
}

func characterFault(s string) string {
	if !utf8.ValidString(s) {
		return "is not UTF-8: write UTF-8"
	}
	for _, r := range s {
		if !LegalTagCharacter(r) {
			return fmt.Sprintf("%q holds %q: tags take letters, digits, spaces and + - = . _ : / @", s, r)
		}
	}
	switch {
	case strings.TrimSpace(s) != s:
		return fmt.Sprintf("%q begins or ends with a space: remove it", s)
	case len(s) >= 4 && strings.EqualFold(s[:4], "aws:"):
		return fmt.Sprintf("%q begins with aws:, which AWS keeps for itself: choose another", s)
	}
	return ""
}

// LegalTagCharacter reports whether every service takes r in a tag: letters of any script, digits, spaces
// and + - = . _ : / @.
func LegalTagCharacter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' || strings.ContainsRune("+-=._:/@", r)
}

// Legalise makes a legal tag value of any text: illegal characters become _, the rest is cut at 256
// characters. It is empty when nothing is left.
func Legalise(text string) string {
	legal := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !LegalTagCharacter(r) {
			return '_'
		}
		return r
	}, text)
	if runes := []rune(legal); len(runes) > MaxValueLength {
		legal = string(runes[:MaxValueLength])
	}
	legal = strings.TrimSpace(legal)
	if len(legal) >= 4 && strings.EqualFold(legal[:4], "aws:") {
		legal = legal[:3] + "_" + legal[4:]
	}
	return legal
}
