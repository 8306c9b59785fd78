package contract

// The classification tags. The keys are frozen (docs/adr/0003-tag-keys.md): policies, dashboards and the
// auditor's register refer to them.
const (
	TagEnvironment         = "Environment"         // DEV, PROD, ...
	TagAssetType           = "AssetType"           // display value of an asset type, or Unclassified
	TagPersonalInformation = "PersonalInformation" // Y or N
	TagOwner               = "Owner"               // the team that answers for the asset

	// The next two exist only at run time: the auto-tag function sets them from the create event.
	TagCreator   = "Creator"   // principal or role session name
	TagCreatedAt = "CreatedAt" // event time to the minute, RFC 3339, UTC
)

// Unclassified is the AssetType of an asset that no rule and no default decides, so that it is seen.
const Unclassified = "unclassified"

// GlobalRegion is the region, in rules and in the register, of an asset whose service has no regions.
const GlobalRegion = "global"

// ClassificationTags are the keys that every asset must carry.
func ClassificationTags() []string {
	return []string{TagEnvironment, TagAssetType, TagPersonalInformation, TagOwner}
}

// RuntimeTags are the keys that only exist at run time. The providers ignore them, so that refresh and
// up never strip what the auto-tag function added.
func RuntimeTags() []string {
	return []string{TagCreator, TagCreatedAt}
}
