package tagpolicy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Version is the only document version there is.
const Version = 1

// Policy is a tag policy document: what the `policy` and the `overrides` parameter hold as JSON.
type Policy struct {
	Version    int               `json:"version"`
	AssetTypes []AssetType       `json:"assetTypes,omitempty"`
	Defaults   map[string]string `json:"defaults,omitempty"`
	Rules      []Rule            `json:"rules,omitempty"`
	// RecordCreator switches the Creator tag off where tags must hold no personal data. Nil means true;
	// false in either document switches it off.
	RecordCreator *bool `json:"recordCreator,omitempty"`
}

// AssetType is one kind of asset of the company's classification.
type AssetType struct {
	// ID is ASCII (a-z, 0-9, -), stable, and what rules, IAM conditions and metrics use.
	ID string `json:"id"`
	// Value is what the AssetType tag shows; it may be Korean. At most 256 characters.
	Value string `json:"value"`
}

// Rule gives tags to the assets that it matches. Rules are tried in order; for each tag key the first
// matching rule that gives it decides.
type Rule struct {
	Name  string `json:"name"`
	Match Match  `json:"match"`
	// Tags to give. The value of AssetType is an asset type's id.
	Tags map[string]string `json:"tags,omitempty"`
	// Overwrite lets this rule replace a value that the asset already carries.
	Overwrite bool `json:"overwrite,omitempty"`
	// Exclude leaves the matching assets alone: they get no tag at all, whatever other rules say. Such a
	// rule gives no tags of its own.
	Exclude bool `json:"exclude,omitempty"`
}

// Match selects assets. Each list is an OR of glob patterns (* and ?), the fields are ANDed, an empty
// field matches everything.
type Match struct {
	Services      []string          `json:"services,omitempty"`      // ec2, s3, rds, lambda, ...
	ResourceTypes []string          `json:"resourceTypes,omitempty"` // ec2:instance, ec2:volume, rds:db, ...
	Creators      []string          `json:"creators,omitempty"`
	Regions       []string          `json:"regions,omitempty"`
	Names         []string          `json:"names,omitempty"` // Name tag, own name or id; of a volume or interface also its instance's
	Tags          map[string]string `json:"tags,omitempty"`  // existing tags: key to glob pattern
}

// Marshal writes the document in its one canonical form: compact, keys in a fixed order, Korean as it is.
// Equal policies give equal bytes.
func (p *Policy) Marshal() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("tag policy: write JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// AdvancedBytes is the most that one value in Parameter Store holds, in bytes (a Korean letter takes three). Up to
// 4,096 fit the standard tier, which is free.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const AdvancedBytes = 8192

// CheckSize says by how much the document is larger than a parameter holds, and the mend; nil if it fits.
func CheckSize(doc []byte) error {
	if n := len(doc); n > AdvancedBytes {
		return fmt.Errorf("tag policy: %d bytes, %d more than a parameter holds (%d; a Korean letter takes 3): "+
			"join rules that give the same tags, or shorten names", n, n-AdvancedBytes, AdvancedBytes)
	}
	return nil
}
