package sweep

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"assetguard/internal/assetlist"
	"assetguard/internal/contract"
)

// source is one place where the assets of a region are found.
type source interface {
	// name is one of the names below.
	name() string
	// available reports whether the source can be asked at all: an index may be switched off.
	available(context.Context) (bool, error)
	// page lists the assets from a token on; "" is the first page, and the next token is "" after the last.
	page(ctx context.Context, token string) (assets []asset, next string, err error)
}

// The names of the sources, as the register shows them. They are ranked: what a service itself says of an
// asset is newer than what an index says.
const (
	sourceService      = assetlist.ByService      // the service's own list
	sourceCloudControl = assetlist.ByCloudControl // Cloud Control's list of a kind
	sourceTagging      = "tagging-api"            // whatever was ever tagged
	sourceConfig       = "config"                 // what AWS Config records
	sourceExplorer     = "resource-explorer"      // what Resource Explorer indexes
)

var ranks = map[string]int{sourceService: 0, sourceCloudControl: 1, sourceTagging: 2, sourceConfig: 3, sourceExplorer: 4}

// asset is an asset as a source shows it: a line of a chunk.
type asset struct {
	ARN       string    `json:"arn"`
	Service   string    `json:"service"`
	Type      string    `json:"type"` // service:type, as rules name it
	Region    string    `json:"region"`
	Account   string    `json:"account"`
	Names     []string  `json:"names,omitempty"` // own name, id, and what it belongs to
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// Tags are what it carries; nil when the source does not say.
	Tags    map[string]string `json:"tags,omitzero"`
	Sources []string          `json:"sources"` // by rank
}

// bareKinds are the types of ARNs that name none.
var bareKinds = map[string]string{"s3": "bucket", "sns": "topic", "sqs": "queue", "codepipeline": "pipeline"}

// wholeNames are the services whose ARNs name the asset and nothing else, whatever the name holds.
var wholeNames = map[string]bool{"s3": true, "sns": true, "sqs": true}

// suffixedNames are the services whose ARNs have an id of AWS behind the name, and what may stand before it.
var suffixedNames = map[string]string{"elasticloadbalancing": "app net gwy", "kafka": "", "wafv2": ""}

// newAsset reads what an ARN says. The account stands in where the ARN names none, and the region for
// buckets; what else has no region is global. ok is false for what is no ARN.
func newAsset(name, region, account string) (a asset, ok bool) {
	parsed, err := arn.Parse(name)
	if err != nil {
		return asset{}, false
	}
	a = asset{ARN: name, Service: parsed.Service, Region: parsed.Region, Account: parsed.AccountID}
	if a.Region == "" {
		a.Region = contract.GlobalRegion
		if a.Service == "s3" {
			a.Region = region
		}
	}
	if a.Account == "" {
		a.Account = account
	}
	kind, id := "", strings.TrimPrefix(parsed.Resource, "/")
	if parsed.Service == "wafv2" { // the scope stands first
		_, id, _ = strings.Cut(id, "/")
	}
	if i := strings.IndexAny(id, "/:"); i >= 0 && !wholeNames[parsed.Service] {
		kind, id = id[:i], id[i+1:]
	}
	if kind == "" {
		kind = bareKinds[parsed.Service]
	}
	a.Type = strings.TrimSuffix(parsed.Service+":"+kind, ":")
	if before, suffixed := suffixedNames[parsed.Service]; suffixed {
		if start, rest, more := strings.Cut(id, "/"); more && slices.Contains(strings.Fields(before), start) {
			id = rest
		}
		own, _, _ := strings.Cut(id, "/")
		a.named(own)
	}
	a.named(id[strings.LastIndexAny(id, "/:")+1:])
	return a, true
}

// named adds a name that the asset does not have yet.
func (a *asset) named(names ...string) {
	for _, name := range names {
		if name != "" && !slices.Contains(a.Names, name) {
			a.Names = append(a.Names, name)
		}
	}
}
