package compliance

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"assetguard/internal/strict"

	"github.com/agext/levenshtein"
)

// Settings are what the company decides about the checks.
type Settings struct {
	// Security Hub standards that are enabled: fsbp, cis-3.0.0, nist-800-53-r5, resource-tagging. What they evaluate
	// the conformance pack leaves out. Absent means fsbp and cis-3.0.0, an empty list none.
	Standards *[]Standard `json:"standards,omitempty"`
	// Changes to single rules, by identifier (IAM_PASSWORD_POLICY). docs/compliance.md lists them.
	Rules map[string]Rule `json:"rules,omitempty"`
}

// Rule changes one rule.
type Rule struct {
	// Why the rule is not evaluated, neither by the pack nor by the Security Hub control on the same rule. Empty means it
	// is.
	Off string `json:"off,omitempty"`
	// Who evaluates: pack or securityhub. Empty means the platform chooses.
	By Evaluator `json:"by,omitempty"`
	// Evaluate even in a region that is said to lack the rule.
	Force bool `json:"force,omitempty"`
	// Values of the rule's parameters, as texts.
	Parameters map[string]string `json:"parameters,omitempty"`
}

func (s *Settings) enabled() []Standard {
	if s.Standards == nil {
		return DefaultStandards()
	}
	return *s.Standards
}

// Faults are all that is wrong with the settings, each with its path below the given one and the mend.
func (s *Settings) Faults(path string) strict.Faults {
	v := &validation{settings: s}
	for i, standard := range s.enabled() {
		if !slices.Contains(Standards(), standard) {
			v.fault(strict.Element(strict.Child(path, "standards"), i), "%q is no standard that the checks know: %s",
				standard, strict.Suggest(string(standard), texts(Standards())))
		}
	}
	for _, id := range strict.Keys(s.Rules) {
		at := strict.Child(strict.Child(path, "rules"), id)
		if check, known := CheckByID(id); known {
			v.rule(at, check, s.Rules[id])
		} else {
			v.fault(at, "there is no such rule: did you mean %s? docs/compliance.md lists all", nearest(id))
		}
	}
	return v.faults
}

// Validate checks the settings. The error is [strict.Faults].
func (s *Settings) Validate() error { return s.Faults("").Err() }

type validation struct {
	settings *Settings
	faults   strict.Faults
}

func (v *validation) fault(path, format string, args ...any) {
	v.faults = append(v.faults, strict.Fault{Path: path, Problem: fmt.Sprintf(format, args...)})
}

func (v *validation) rule(path string, c Check, r Rule) {
	if r.Off != "" && (r.By != "" || r.Force || len(r.Parameters) > 0) {
		v.fault(path+".off", "the rule is off and has other settings too: remove off, or remove them")
	}
	switch {
	case r.By == "" || r.By == ByPack:
	case r.By != BySecurityHub:
		v.fault(path+".by", "%q evaluates nothing: write %s or %s", r.By, ByPack, BySecurityHub)
	case !evaluates(c.Control, v.settings.enabled()) && !c.covered(v.settings.enabled()):
		v.fault(path+".by", "%s", noControl(c))
	case len(c.changed(r.Parameters)) > 0:
		v.fault(path+".parameters", "Security Hub evaluates with its own values: remove the parameters, or write by: %s", ByPack)
	}
	v.parameters(path+".parameters", c, r.Parameters)
}

func (v *validation) parameters(path string, c Check, values map[string]string) {
	for _, name := range strict.Keys(values) {
		at := strict.Child(path, name)
		p, known := c.parameter(name)
		switch {
		case !known && len(c.Parameters) == 0:
			v.fault(at, "the rule takes no parameters: remove it")
		case !known:
			v.fault(at, "the rule has no such parameter: %s", strict.Suggest(name, c.settable()))
		case p.Derived:
			v.fault(at, "is made from the classification: remove it")
		default:
			if problem := p.problem(values[name]); problem != "" {
				v.fault(at, "%s", problem)
			}
		}
	}
	if size := utf8.RuneCountInString(quoted(c.values(values))); size > maxInput {
		v.fault(path, "are %d characters long as JSON, and AWS Config takes %d: shorten the lists", size, maxInput)
	}
}

func noControl(c Check) string {
	var standards []Standard
	for _, id := range append([]string{c.Control}, c.CoveredBy...) {
		if control, known := ControlByID(id); known {
			standards = append(standards, control.Standards...)
		}
	}
	if len(standards) == 0 {
		return "no Security Hub control evaluates this rule: remove it"
	}
	slices.Sort(standards)
	return "no enabled standard evaluates this rule: add to standards one of " +
		strings.Join(texts(slices.Compact(standards)), ", ") + ", or remove it"
}

// settable are the parameters that the settings may give.
func (c *Check) settable() []string {
	var names []string
	for _, p := range c.Parameters {
		if !p.Derived {
			names = append(names, p.Name)
		}
	}
	return names
}

// problem says what is wrong with a value and how to mend it; empty for nothing.
func (p *Parameter) problem(value string) string {
	switch p.Type {
	case TypeInt:
		n, err := strconv.Atoi(value)
		if err != nil || p.Min != nil && n < *p.Min || p.Max != nil && n > *p.Max {
			return fmt.Sprintf("is %q: write a whole number %s", value, p.bounds())
		}
	case TypeBool:
		if value != "true" && value != "false" {
			return fmt.Sprintf("is %q: write \"true\" or \"false\", in lower case", value)
		}
	case TypeChoice:
		if !slices.Contains(p.Values, value) {
			return fmt.Sprintf("is %q: write one of %s", value, strings.Join(p.Values, ", "))
		}
	case TypeText:
		return p.elementProblem(value)
	case TypeList:
		return p.listProblem(strings.Split(value, ","))
	}
	return ""
}

func (p *Parameter) listProblem(elements []string) string {
	if p.MaxItems > 0 && len(elements) > p.MaxItems {
		return fmt.Sprintf("has %d elements: write at most %d", len(elements), p.MaxItems)
	}
	for _, element := range elements {
		if problem := p.elementProblem(element); problem != "" {
			return problem
		}
	}
	return ""
}

func (p *Parameter) elementProblem(value string) string {
	pattern := regexp.MustCompile("^(?:" + cmp.Or(p.Pattern, `\S.*`) + ")$")
	if pattern.MatchString(value) {
		return ""
	}
	if p.Type == TypeList {
		return fmt.Sprintf("has the element %q: write elements that match %s, separated by commas without spaces",
			value, cmp.Or(p.Pattern, "some text"))
	}
	return fmt.Sprintf("is %q: write a text that matches %s", value, cmp.Or(p.Pattern, "something"))
}

func (p *Parameter) bounds() string {
	switch {
	case p.Min != nil && p.Max != nil:
		return fmt.Sprintf("from %d to %d", *p.Min, *p.Max)
	case p.Min != nil:
		return fmt.Sprintf("of %d or more", *p.Min)
	default:
		return "in digits"
	}
}

func nearest(id string) string {
	return slices.MaxFunc(Checks(), func(a, b Check) int {
		return cmp.Compare(levenshtein.Match(id, a.ID, nil), levenshtein.Match(id, b.ID, nil))
	}).ID
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}
