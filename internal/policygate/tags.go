package policygate

import (
	"strings"

	"assetguard/internal/contract"
)

// tagRules see to it that every asset says what it is and whose.
var tagRules = []Rule{{
	ID: "tags", Group: groupTags, Source: "ISMS-P 1.2.1, 2.1.3",
	Title: "A resource is made by a provider that gives it the classification tags " + strings.Join(contract.ClassificationTags(), ", ") +
		" by default.",
	Across: defaultTags,
	Mend:   "pass the provider of the stack's site: parent the resource to its component, or give it pulumi.Provider",
}}

// defaultTags looks at the provider that makes a resource: the tags that it adds are not among the resource's inputs.
func defaultTags(r *Resource, p *Program) []string {
	if r.Provider == "" {
		return []string{"it has no explicit provider"}
	}
	provider := p.byURN[r.Provider]
	if provider == nil {
		return []string{"its provider was not declared by this program"}
	}
	tags := provider.at("defaultTags", "tags")
	var lacking []string
	for _, key := range contract.ClassificationTags() {
		if !isSet(within(tags, key)) {
			lacking = append(lacking, key)
		}
	}
	return when(len(lacking) > 0, "its provider "+provider.Name+" lacks the default tags "+strings.Join(lacking, ", "))
}
