package compliance

import "strings"

// ruleSeparator stands between the name that the pack's template gives a rule and the id that AWS Config gives the
// pack: access-keys-rotated-conformance-pack-6cruwvtg2.
const ruleSeparator = "-conformance-pack-"

// PackOfRule takes the name of a rule that a conformance pack made apart: the check behind it, if the name is one of
// ours, and the pack's id (conformance-pack-6cruwvtg2). Empty for a rule that no pack made.
func PackOfRule(rule string) (check Check, known bool, pack string) {
	at := strings.LastIndex(rule, ruleSeparator)
	if at < 0 {
		return Check{}, false, ""
	}
	check, known = CheckByName(rule[:at])
	return check, known, rule[at+1:]
}

// CheckByName finds a check by the name of its rule: access-keys-rotated.
func CheckByName(name string) (Check, bool) {
	for _, c := range Checks() {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}

// PackBaseName is the name of the conformance pack without project and stack.
const PackBaseName = "k-isms"

// PackName tells whether a conformance pack of an account is the named one: made in the account itself, or by the
// organisation, which puts its own words around the name.
// https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
func PackName(found, name string) bool {
	return found == name || strings.HasPrefix(found, "OrgConformsPack-"+name+"-")
}
