package compliance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"assetguard/internal/contract"
	"assetguard/internal/strict"
	"assetguard/internal/tagpolicy"
)

// Limits of conformance packs.
// https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html
// https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html
const (
	MaxInlineBody  = 51_200  // bytes of a template that is given inline
	MaxBody        = 300_000 // bytes of a template in S3: the documents say 300 KB
	MaxRules       = 130     // of one pack; all packs of an account together have 150, of an organisation 180
	maxDescription = 256     // characters of a rule's description
	maxInput       = 1_024   // characters of a rule's parameters as JSON (recalled, not looked up)
)

// Target is where a pack is deployed.
type Target struct {
	Region string
	Home   bool // whether global resources are recorded in this region
}

// Tag is a tag that assets must carry.
type Tag struct {
	Key    string
	Values []string // that are allowed; empty for any
}

// ClassificationTags are the tags that every asset must carry, with the values that the tag policy knows: Y or N
// for personal information, and the asset types by display value. An asset of type unclassified does not pass.
func ClassificationTags(policy *tagpolicy.Policy) []Tag {
	var types []string
	for _, t := range policy.AssetTypes {
		types = append(types, t.Value)
	}
	values := map[string][]string{contract.TagPersonalInformation: {"Y", "N"}, contract.TagAssetType: types}
	var tags []Tag
	for _, key := range contract.ClassificationTags() {
		tags = append(tags, Tag{Key: key, Values: values[key]})
	}
	return tags
}

// Pack is a conformance pack.
type Pack struct {
	Body    string // the template, YAML; equal input gives equal bytes
	Inline  bool   // whether it may be given inline; else it goes through S3
	Rules   []PackRule
	LeftOut []LeftOut
	// SwitchOff are controls of enabled standards that would evaluate again what the pack evaluates, or what the settings
	// switch off.
	SwitchOff []SwitchOff
	Notes     []string // what the reader of a preview should know
}

// PackRule is a rule of a pack.
type PackRule struct {
	Check      Check
	Parameters map[string]string
	Reason     string // why the pack evaluates it
}

// LeftOut is a check that the pack does not evaluate.
type LeftOut struct {
	Check    Check
	Reason   string
	Controls []string // of Security Hub that evaluate it instead; empty when nothing does here
}

// SwitchOff is a Security Hub control to switch off, and why.
type SwitchOff struct {
	Control string
	Reason  string
}

// Render makes the conformance pack for a region. The error lists all faults of the settings, or says which limit of
// AWS the pack passes.
func Render(settings Settings, tags []Tag, target Target) (Pack, error) {
	faults := settings.Faults("")
	if target.Region == "" {
		faults = append(faults, strict.Fault{Path: "region", Problem: "is missing: name the region of the pack"})
	}
	if len(faults) > 0 {
		return Pack{}, faults
	}
	p := Pack{}
	for _, check := range Checks() {
		p.add(check, settings, tags, target)
	}
	if len(p.Rules) == 0 {
		return Pack{}, errors.New("no rule is left in the conformance pack: switch fewer off, or make no pack")
	}
	if len(p.Rules) > MaxRules {
		return Pack{}, fmt.Errorf("the conformance pack has %d rules and AWS takes %d: enable a standard that evaluates "+
			"some, or switch rules off", len(p.Rules), MaxRules)
	}
	p.Body = p.template()
	p.Inline = len(p.Body) <= MaxInlineBody
	if len(p.Body) > MaxBody {
		return Pack{}, fmt.Errorf("the template of the conformance pack has %d bytes and AWS takes %d: shorten the lists "+
			"in the parameters of rules", len(p.Body), MaxBody)
	}
	return p, nil
}

// add puts the check into the pack or among what is left out.
func (p *Pack) add(c Check, settings Settings, tags []Tag, target Target) {
	rule := settings.Rules[c.ID]
	d := Decide(c, settings)
	leave := func(reason string, controls ...string) {
		p.LeftOut = append(p.LeftOut, LeftOut{c, reason, controls})
	}
	switch {
	case rule.Off != "":
		leave(d.Reason)
		p.switchOff(d.SwitchOff, d.Reason)
		return
	case d.By == BySecurityHub:
		leave("Security Hub evaluates it: "+d.Reason, d.Controls...)
		return
	case c.Global && !target.Home:
		leave("its resources are global: the home region evaluates it")
		p.switchOff(d.SwitchOff, "the pack of the home region evaluates "+c.ID+": "+d.Reason)
		return
	case slices.Contains(c.NotIn, target.Region) && !rule.Force:
		leave("AWS Config lacks the rule in " + target.Region)
		return
	}
	parameters := c.values(rule.Parameters)
	maps.Copy(parameters, p.tagParameters(c, tags))
	if missing := c.missing(parameters); missing != "" {
		leave("needs a value for " + missing)
		return
	}
	p.Rules = append(p.Rules, PackRule{c, parameters, d.Reason})
	p.switchOff(d.SwitchOff, "the pack evaluates "+c.ID+": "+d.Reason)
}

// switchOff keeps a control that is to be switched off; empty for none.
func (p *Pack) switchOff(control, reason string) {
	if control != "" {
		p.SwitchOff = append(p.SwitchOff, SwitchOff{control, reason})
	}
}

// values are the parameters of the check: what is given, else the defaults.
func (c *Check) values(given map[string]string) map[string]string {
	values := map[string]string{}
	for _, p := range c.Parameters {
		if p.Default != "" {
			values[p.Name] = p.Default
		}
	}
	maps.Copy(values, given)
	return values
}

// missing is the first parameter that the rule cannot do without and has no value for; empty for none.
func (c *Check) missing(values map[string]string) string {
	derived := false
	for _, p := range c.Parameters {
		if p.Required && values[p.Name] == "" {
			return p.Name
		}
		derived = derived || p.Derived
	}
	if derived && len(values) == 0 {
		return "the classification tags"
	}
	return ""
}

// tagParameters are the parameters that are made from tags. Values that a rule cannot take, or that do not fit, are
// left out with a note: the rule then asks for the key only.
func (p *Pack) tagParameters(c Check, tags []Tag) map[string]string {
	values := map[string]string{}
	for i, tag := range tags {
		key, value := fmt.Sprintf("tag%dKey", i+1), fmt.Sprintf("tag%dValue", i+1)
		if parameter, known := c.parameter(key); !known || !parameter.Derived {
			continue
		}
		values[key] = tag.Key
		if len(tag.Values) == 0 {
			continue
		}
		values[value] = strings.Join(tag.Values, ",")
		comma := slices.ContainsFunc(tag.Values, func(v string) bool { return strings.Contains(v, ",") })
		if comma || utf8.RuneCountInString(quoted(values)) > maxInput {
			delete(values, value)
			p.Notes = append(p.Notes, fmt.Sprintf("%s asks for the tag %s without judging its value: the allowed values "+
				"hold a comma or are longer than a rule takes", c.ID, tag.Key))
		}
	}
	return values
}

// template writes the pack as people review it: one rule after the other, values as JSON texts.
func (p *Pack) template() string {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for _, rule := range p.Rules {
		fmt.Fprintf(&b, "  %s:\n    Type: AWS::Config::ConfigRule\n    Properties:\n", logicalName(rule.Check.Name))
		fmt.Fprintf(&b, "      ConfigRuleName: %s\n", rule.Check.Name)
		fmt.Fprintf(&b, "      Description: %s\n", quoted(description(rule.Check)))
		if len(rule.Parameters) > 0 {
			b.WriteString("      InputParameters:\n")
			for _, name := range strict.Keys(rule.Parameters) {
				fmt.Fprintf(&b, "        %s: %s\n", name, quoted(rule.Parameters[name]))
			}
		}
		fmt.Fprintf(&b, "      Source:\n        Owner: AWS\n        SourceIdentifier: %s\n", rule.Check.ID)
	}
	return b.String()
}

// description is the codes that the rule is evidence for, as an auditor sees them in AWS Config.
func description(c Check) string {
	var parts []string
	for _, edition := range Editions() {
		var ids []string
		for _, code := range CodesOfCheck(c.ID) {
			if code.Edition == edition {
				ids = append(ids, code.ID)
			}
		}
		if len(ids) > 0 {
			parts = append(parts, string(edition)+": "+strings.Join(ids, ", "))
		}
	}
	return c.Title.En + ". " + strings.Join(parts, "; ")
}

// logicalName is the name of the rule as a key of the template: letters and digits only.
func logicalName(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// quoted is a value as JSON, which is YAML too, Korean as it is.
func quoted(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil { // texts and maps of texts always encode
		panic(err)
	}
	return strings.TrimSpace(b.String())
}
