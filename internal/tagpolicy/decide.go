package tagpolicy

import (
	"time"
	"unicode/utf8"

	"assetguard/internal/contract"
)

// Asset is what a decision rests on.
type Asset struct {
	Service      string // ec2, s3, rds, lambda: the service part of the ARN
	ResourceType string // ec2:instance, s3:bucket, ...
	ARN          string
	Region       string // contract.GlobalRegion of what has none
	Account      string
	Creator      string // "" when unknown
	// Names are what a rule's name patterns are held against, beside a Name tag: the resource's own name
	// and id, and for a volume or interface born with an instance the names of that instance.
	Names     []string
	CreatedAt time.Time
	Tags      map[string]string // what it carries already
	// Inherited are the tags of what made the asset: a group, fleet, stack or launch template. The classification
	// keys and Creator among them count as if the asset carried them.
	Inherited map[string]string
}

// Decision is what the two documents say about one asset. The maps are the caller's to keep.
type Decision struct {
	// Excluded is the rule that leaves the asset alone, as in RuleByKey; then there are no tags.
	Excluded string
	// Tags are all that the asset is to carry; the asset's own tags are not considered.
	Tags map[string]string
	// Overwrite holds the keys whose value replaces the one that the asset carries.
	Overwrite map[string]bool
	// RuleByKey says where each tag comes from, for the log: "policy/NAME", "overrides/NAME",
	// "policy/defaults", "overrides/defaults", "parent", "event" or "unclassified".
	RuleByKey map[string]string
}

// Missing are the tags that the asset is yet to get: those whose key it lacks, those that a rule overwrites with another
// value, and an AssetType that is decided now where the asset was marked unclassified: nobody chose that mark.
func (d Decision) Missing(existing map[string]string) map[string]string {
	missing := map[string]string{}
	for key, value := range d.Tags {
		old, has := existing[key]
		marked := key == contract.TagAssetType && old == contract.Unclassified
		if !has || (d.Overwrite[key] || marked) && old != value {
			missing[key] = value
		}
	}
	return missing
}

// Decide applies two valid documents to one asset. For each tag key the first matching rule decides, the
// overrides' rules before the policy's; then the overrides' defaults, then the policy's; what a parent hands
// down replaces all of these but a rule that overwrites; an AssetType that nothing decides is
// contract.Unclassified. Creator and CreatedAt come from the asset.
func Decide(policy, overrides *Policy, asset Asset) Decision {
	d := Decision{Tags: map[string]string{}, Overwrite: map[string]bool{}, RuleByKey: map[string]string{}}
	documents := [...]document{{"overrides", overrides}, {"policy", policy}}
	for _, doc := range documents {
		if name, excluded := doc.excludes(asset); excluded {
			return Decision{Excluded: name}
		}
	}
	for _, doc := range documents {
		for i := range doc.Rules {
			if r := &doc.Rules[i]; matches(r.Match, asset) {
				d.give(r.Tags, doc.name+"/"+r.Name, r.Overwrite)
			}
		}
	}
	for _, doc := range documents {
		d.give(doc.Defaults, doc.name+"/defaults", false)
	}
	if id, decided := d.Tags[contract.TagAssetType]; decided {
		d.Tags[contract.TagAssetType] = display(id, overrides, policy)
	}
	d.inherit(asset.Inherited, contract.ClassificationTags())
	d.give(map[string]string{contract.TagAssetType: contract.Unclassified}, contract.Unclassified, false)
	if records(policy) && records(overrides) {
		d.inherit(asset.Inherited, []string{contract.TagCreator})
	}
	d.give(fromEvent(asset, records(policy) && records(overrides)), "event", false)
	return d
}

// document is a policy and the name it has in the log.
type document struct {
	name string
	*Policy
}

func (doc document) excludes(asset Asset) (rule string, excluded bool) {
	for i := range doc.Rules {
		if r := &doc.Rules[i]; r.Exclude && matches(r.Match, asset) {
			return doc.name + "/" + r.Name, true
		}
	}
	return "", false
}

// give adds the tags whose keys are still undecided.
func (d Decision) give(tags map[string]string, origin string, overwrite bool) {
	for key, value := range tags {
		if _, decided := d.Tags[key]; decided {
			continue
		}
		d.Tags[key], d.RuleByKey[key] = value, origin
		if overwrite {
			d.Overwrite[key] = true
		}
	}
}

// inherit takes the parent's values of the keys, where no rule overwrites. A parent that is unclassified says
// nothing.
func (d Decision) inherit(parent map[string]string, keys []string) {
	for _, key := range keys {
		if value := parent[key]; value != "" && value != contract.Unclassified && !d.Overwrite[key] {
			d.Tags[key], d.RuleByKey[key] = value, "parent"
		}
	}
}

// fromEvent are the tags that only the create event knows. CreatedAt is cut to the minute: one call of the tagging API
// gives one set of tags to its assets, so with the second in it a burst would take a call for each second and region.
// The second stands in CloudTrail, under the eventID that the function's log names for the asset.
func fromEvent(asset Asset, recordCreator bool) map[string]string {
	tags := map[string]string{}
	if recordCreator && asset.Creator != "" {
		tags[contract.TagCreator] = asset.Creator
	}
	if !asset.CreatedAt.IsZero() {
		tags[contract.TagCreatedAt] = asset.CreatedAt.UTC().Truncate(time.Minute).Format(time.RFC3339)
	}
	return tags
}

func records(p *Policy) bool { return p.RecordCreator == nil || *p.RecordCreator }

// display is what the tag shows for an asset type's id, by the first document that knows it.
func display(id string, documents ...*Policy) string {
	for _, p := range documents {
		for _, t := range p.AssetTypes {
			if t.ID == id {
				return t.Value
			}
		}
	}
	return id
}

func matches(m Match, asset Asset) bool {
	if !anyGlob(m.Services, asset.Service) || !anyGlob(m.ResourceTypes, asset.ResourceType) ||
		!anyGlob(m.Creators, asset.Creator) || !anyGlob(m.Regions, asset.Region) {
		return false
	}
	if len(m.Names) > 0 && !matchesName(m.Names, asset) {
		return false
	}
	for key, pattern := range m.Tags {
		if value, has := asset.Tags[key]; !has || !glob(pattern, value) {
			return false
		}
	}
	return true
}

func matchesName(patterns []string, asset Asset) bool {
	for _, name := range asset.Names {
		if anyGlob(patterns, name) {
			return true
		}
	}
	name, named := asset.Tags["Name"]
	return named && anyGlob(patterns, name)
}

// matchesAll reports whether m can turn no asset away.
func matchesAll(m Match) bool {
	for _, patterns := range [][]string{m.Services, m.ResourceTypes, m.Creators, m.Regions, m.Names} {
		if !anyGlob(patterns, "") { // of all patterns only stars match the empty text
			return false
		}
	}
	return len(m.Tags) == 0
}

// anyGlob reports whether s matches one of the patterns; no patterns match everything.
func anyGlob(patterns []string, s string) bool {
	for _, p := range patterns {
		if glob(p, s) {
			return true
		}
	}
	return len(patterns) == 0
}

// glob matches * (any text, also none) and ? (one character) and minds case. It takes time proportional to
// len(pattern)*len(s) at worst.
func glob(pattern, s string) bool {
	p, i, star, retry := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, i
			p++
		case p < len(pattern) && pattern[p] == '?':
			_, size := utf8.DecodeRuneInString(s[i:])
			p, i = p+1, i+size
		case p < len(pattern) && pattern[p] == s[i]:
			p, i = p+1, i+1
		case star >= 0:
			_, size := utf8.DecodeRuneInString(s[retry:])
			retry += size
			p, i = star+1, retry
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
