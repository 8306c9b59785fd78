package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"assetguard/internal/assetlist"
)

// CloudControl is what is asked of AWS Cloud Control API.
type CloudControl interface {
	ListResources(context.Context, *cloudcontrol.ListResourcesInput, ...func(*cloudcontrol.Options)) (*cloudcontrol.ListResourcesOutput, error)
}

// controlled lists the assets of one kind by Cloud Control, which gives their identifiers: what they carry and how
// old they are the other sources say.
type controlled struct {
	region *region
	kind   assetlist.Kind
}

func (c *controlled) name() string                            { return sourceCloudControl + " " + c.kind.Name }
func (c *controlled) available(context.Context) (bool, error) { return true, nil }

// unlisted are the refusals that mean that the kind cannot be listed there: the source is no fault then.
// https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ListResources.html
var unlisted = map[string]string{
	"UnsupportedActionException": "Cloud Control has no list of the type",
	"TypeNotFoundException":      "the region does not know the type",
	"InvalidRequestException":    "the list asks for more than the type",
}

// unlistedError says that a kind cannot be listed in a region.
type unlistedError struct {
	reason string
	cause  error
}

func (e *unlistedError) Error() string { return e.reason + ": " + e.cause.Error() }
func (e *unlistedError) Unwrap() error { return e.cause }

// lineage is the token of a kind whose list is asked for each of its parents: those still to be asked, the first
// one's next page, and the next page of the parents themselves.
type lineage struct {
	Parents []string `json:"parents,omitempty"`
	Next    string   `json:"next,omitempty"`
	More    string   `json:"more,omitempty"`
}

func (c *controlled) page(ctx context.Context, token string) ([]asset, string, error) {
	if c.kind.Parent == "" {
		ids, next, err := c.list(ctx, c.kind.Type, c.kind.Model, token)
		return c.assets(ids), next, err
	}
	at := lineage{}
	if token != "" {
		if err := json.Unmarshal([]byte(token), &at); err != nil {
			return nil, "", fmt.Errorf("token: %w", err)
		}
	}
	if len(at.Parents) == 0 {
		parents, more, err := c.list(ctx, c.kind.Parent, "", at.More)
		return nil, lineage{Parents: parents, More: more}.token(), err
	}
	ids, next, err := c.list(ctx, c.kind.Type, strings.ReplaceAll(c.kind.Model, "$parent", at.Parents[0]), at.Next)
	if codeOf(err) == "ResourceNotFoundException" { // the parent is gone since
		ids, next, err = nil, "", nil
	}
	if at.Next = next; next == "" {
		at.Parents = at.Parents[1:]
	}
	return c.assets(ids), at.token(), err
}

func (l lineage) token() string {
	if len(l.Parents) == 0 && l.More == "" {
		return ""
	}
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // texts always have a JSON form
	}
	return string(text)
}

// list asks for one page of a type.
func (c *controlled) list(ctx context.Context, typeName, model, token string) (ids []string, next string, err error) {
	out, err := c.region.Control.ListResources(ctx, &cloudcontrol.ListResourcesInput{
		TypeName: &typeName, ResourceModel: first(model), NextToken: first(token)})
	if reason, known := unlisted[codeOf(err)]; known {
		return nil, "", &unlistedError{reason, err}
	}
	if err != nil {
		return nil, "", err
	}
	for i := range out.ResourceDescriptions {
		ids = append(ids, aws.ToString(out.ResourceDescriptions[i].Identifier))
	}
	return ids, aws.ToString(out.NextToken), nil
}

func (c *controlled) assets(ids []string) []asset {
	var assets []asset
	at := assetlist.Place{Partition: c.region.partition, Region: c.region.name, Account: c.region.account}
	for _, id := range ids {
		arn, ours := c.kind.Asset(at, id)
		if !ours {
			continue
		}
		if a, ok := c.region.asset(arn); ok {
			a.Type = c.kind.Name
			assets = append(assets, a)
		}
	}
	return assets
}
