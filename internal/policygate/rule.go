package policygate

import (
	"slices"

	"assetguard/internal/strict"
)

// Rule is one thing that every resource of some kinds must be or have.
type Rule struct {
	ID    string // names the rule in errors and exceptions; frozen, as exceptions rest on it
	Group string
	Title string // what holds, as a sentence
	// Source are the controls that ask for it: those of AWS Security Hub (the AWS Foundational Security Best Practices
	// where they have one, https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html)
	// and those of ISMS-P (2023).
	Source string
	Kinds  []string // as Resource.Kind gives them; none: every resource of AWS
	// Production says that the rule holds in production only.
	Production bool
	// Exactly one of both. Each returns what is wrong, one line per problem.
	Check  func(*Resource) []string           // looks at the resource alone
	Across func(*Resource, *Program) []string // needs the whole program
	Mend   string
}

// Groups of the table, in its order.
const (
	groupOpaque     = "What the gate can read"
	groupPublic     = "Public access"
	groupEncryption = "Encryption"
	groupRetention  = "Retention"
	groupTags       = "Tags"
	groupDeletion   = "Deletion protection"
	groupIAM        = "IAM"
	groupLambda     = "Lambda"
)

// Rules is the table.
func Rules() []Rule {
	return slices.Concat(opaqueRules, publicRules, encryptionRules, retentionRules, tagRules, deletionRules, iamRules, lambdaRules)
}

// table is Rules, made once.
var table = Rules()

// ids are the ids of all rules.
func ids() []string {
	names := make([]string, len(table))
	for i, rule := range table {
		names[i] = rule.ID
	}
	return names
}

// suggest names the rule that is meant by an id that is none.
func suggest(id string) string { return strict.Suggest(id, ids()) }

// concerns tells whether the rule is about a resource.
func (r *Rule) concerns(resource *Resource) bool {
	kind := resource.Kind()
	return kind != "" && (len(r.Kinds) == 0 || slices.Contains(r.Kinds, kind))
}

// when is a problem that is there or not.
func when(wrong bool, problem string) []string {
	if wrong {
		return []string{problem}
	}
	return nil
}

// needs is the check that an input is set.
func needs(path ...string) func(*Resource) []string {
	return func(r *Resource) []string { return when(!isSet(r.at(path...)), path[len(path)-1]+" is not set") }
}

// needsTrue is the check that an input is true.
func needsTrue(path ...string) func(*Resource) []string {
	return func(r *Resource) []string { return when(!mayBe(r.at(path...), true), path[len(path)-1]+" is not true") }
}

// notTrue is the check that an input is not true.
func notTrue(path ...string) func(*Resource) []string {
	return func(r *Resource) []string { return when(is(r.at(path...), true, "true"), path[len(path)-1]+" is true") }
}
