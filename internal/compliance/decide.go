package compliance

import (
	"slices"
	"strings"
)

// Evaluator is who evaluates a check.
type Evaluator string

// The evaluators.
const (
	ByPack        Evaluator = "pack"
	BySecurityHub Evaluator = "securityhub"
)

// Decision is who evaluates a check, and why.
type Decision struct {
	Check  Check
	By     Evaluator
	Reason string
	// Controls evaluate the check, when By is BySecurityHub.
	Controls []string
	// SwitchOff is the control of an enabled standard that would evaluate the check a second time, when By is
	// ByPack, or at all, when the settings switch the check off. Empty for none.
	SwitchOff string
}

// Decide chooses the one evaluator of a check:
//
//  1. What the settings say. A check that they switch off counts for the pack, which leaves it out.
//  2. Security Hub, when a control of an enabled standard uses the same Config rule and is not content with less.
//  3. Security Hub, when controls of enabled standards together check the same by rules of their own.
//  4. The pack. So it is without standards, when the control is content with less than the check, and when the
//     settings give a parameter, because Security Hub would go on with its own value; the control that uses the same
//     rule is then to be switched off.
func Decide(c Check, settings Settings) Decision {
	enabled := settings.enabled()
	same := c.Control != "" && evaluates(c.Control, enabled)
	d := Decision{Check: c}
	d.By, d.Reason = choose(c, settings.Rules[c.ID], same, c.covered(enabled))
	switch {
	case d.By == ByPack && same:
		d.SwitchOff = c.Control
	case d.By == BySecurityHub && same:
		d.Controls = []string{c.Control}
	case d.By == BySecurityHub:
		d.Controls = c.CoveredBy
	}
	return d
}

// choose is the rule of Decide. Same tells whether an enabled control uses the same Config rule, covered whether
// enabled controls check the same by other rules.
func choose(c Check, rule Rule, same, covered bool) (Evaluator, string) {
	changed := c.changed(rule.Parameters)
	switch {
	case rule.Off != "":
		return ByPack, "switched off: " + rule.Off
	case rule.By != "":
		return rule.By, "the settings say so"
	case same && c.Weaker != "":
		return ByPack, c.Weaker
	case !same && !covered:
		return ByPack, "no control of an enabled standard evaluates it"
	case len(changed) > 0:
		return ByPack, "the settings give " + strings.Join(changed, ", ") + ", which Security Hub would not take"
	case same:
		return BySecurityHub, sameRule(c)
	default:
		return BySecurityHub, strings.Join(c.CoveredBy, " with ") + " checks the same"
	}
}

func sameRule(c Check) string {
	if c.Differs != "" {
		return c.Control + " uses the same rule; " + c.Differs
	}
	return c.Control + " uses the same rule"
}

// Enabled tells whether a standard that the settings enable evaluates the control.
func (s *Settings) Enabled(control string) bool { return evaluates(control, s.enabled()) }

// evaluates tells whether an enabled standard evaluates the control.
func evaluates(control string, enabled []Standard) bool {
	c, known := ControlByID(control)
	return known && slices.ContainsFunc(c.Standards, func(s Standard) bool { return slices.Contains(enabled, s) })
}

// covered tells whether controls of enabled standards together check the same.
func (c *Check) covered(enabled []Standard) bool {
	if len(c.CoveredBy) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.CoveredBy, func(id string) bool { return !evaluates(id, enabled) })
}

// changed are the parameters whose value is not the default.
func (c *Check) changed(values map[string]string) []string {
	var names []string
	for _, p := range c.Parameters {
		if value, given := values[p.Name]; given && value != p.Default {
			names = append(names, p.Name)
		}
	}
	return names
}
