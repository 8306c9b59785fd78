package assetlist

import (
	"slices"
	"strings"
)

// Kind is a kind of asset and the way to list it.
type Kind struct {
	// Name is the resource type as rules of the tag policy and the register name it: ec2:vpc. A kind that is listed
	// in parts has a row for each.
	Name string
	// Type is the CloudFormation type by which Cloud Control lists the kind; "" if it does not.
	// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/supported-resources.html
	Type string
	// ARN is what the type's primary identifier becomes, without "arn:" and the partition. Placeholders: $region,
	// $account, $id (the identifier), $1 to $3 (its parts, of a type that has several), $name (what stands behind its
	// last slash), $path (without a slash in front). "$id" alone, or "$1", is an ARN already.
	ARN string
	// Model is the resource model with which the list is asked, for a type that demands one; $parent is an identifier
	// of Parent, for each of which the list is then asked.
	Model  string
	Parent string
	// Global assets are listed once, in the region where the partition keeps them.
	Global bool
	// Reserved are beginnings, in lower case, of identifiers of what belongs to AWS itself.
	Reserved []string
	// Reads are the actions that the list needs, each with the resource behind an @ if it is not "*". Of what a
	// type's schema asks for its list handler these are the ones that read: some schemas ask for more.
	Reads []string
	// Own says why the service's own list is used.
	Own string
	// Unlisted says why nothing lists the kind.
	Unlisted string
}

// How a kind is listed.
const (
	ByService      = "service"
	ByCloudControl = "cloud-control"
	ByNothing      = ""
)

// By says how the kind is listed.
func (k *Kind) By() string {
	switch {
	case k.Own != "":
		return ByService
	case k.Type != "":
		return ByCloudControl
	}
	return ByNothing
}

// Place is where a list was made.
type Place struct{ Partition, Region, Account string }

// Asset is the ARN of what a list calls by an identifier; ok is false for what belongs to AWS.
func (k *Kind) Asset(p Place, identifier string) (arn string, ok bool) {
	lower := strings.ToLower(identifier)
	if slices.ContainsFunc(k.Reserved, func(begin string) bool { return strings.HasPrefix(lower, begin) }) {
		return "", false
	}
	parts := append(strings.Split(identifier, "|"), "", "", "")
	arn = strings.NewReplacer("$region", p.Region, "$account", p.Account, "$id", identifier, "$1", parts[0], "$2", parts[1], "$3", parts[2],
		"$name", identifier[strings.LastIndex(identifier, "/")+1:], "$path", strings.TrimPrefix(identifier, "/")).Replace(k.ARN)
	if !strings.HasPrefix(arn, "arn:") {
		arn = "arn:" + p.Partition + ":" + arn
	}
	return arn, true
}

// Kinds are all kinds, in the order of docs/covered-events.md.
func Kinds() []Kind { return slices.Clone(kinds) }
