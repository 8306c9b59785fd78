package supplement

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/smithy-go"
)

// The bounds of the Resource Groups Tagging API.
const (
	arnsPerCall  = 20  // TagResources, UntagResources
	arnsPerQuery = 100 // GetResources
	tagsPerCall  = 50
)

// tagger reads and writes the tags of one service's resources by the service's
// own calls. A resource that does not exist is an error.
type tagger interface {
	list(ctx context.Context, a arn.ARN) (map[string]string, error)
	tag(ctx context.Context, a arn.ARN, tags map[string]string) error
	untag(ctx context.Context, a arn.ARN, keys []string) error
}

// tagging is the Resource Groups Tagging API. moto refuses EC2, S3, SNS, SQS and
// KMS ARNs, tags resources that do not exist, and ignores the ARN list of
// GetResources; services without a tagger here go to moto's own.
type tagging struct {
	Options
	// mu makes read-change-write of a bucket's tags one step.
	mu sync.Mutex
}

func taggingTable(o Options) api.Supplement {
	t := &tagging{Options: o}
	return api.Supplement{Service: "tagging", Handle: map[string]api.Handler{
		"TagResources":   t.tagResources,
		"UntagResources": t.untagResources,
		"GetResources":   t.getResources,
	}}
}

// failure is one entry of FailedResourcesMap.
type failure struct {
	StatusCode   int
	ErrorCode    string
	ErrorMessage string
}

func (t *tagging) tagResources(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var in struct {
		ResourceARNList []string
		Tags            map[string]string
	}
	if err := t.input(c, &in, &in.ResourceARNList, arnsPerCall); err != nil {
		return nil, err
	}
	if err := legalTags(in.Tags); err != nil {
		return nil, err
	}
	return t.each(c, in.ResourceARNList,
		func(g tagger, a arn.ARN) error { return g.tag(ctx, a, in.Tags) },
		func(client *resourcegroupstaggingapi.Client, resource string) (map[string]failure, error) {
			out, err := client.TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{ResourceARNList: []string{resource}, Tags: in.Tags})
			if err != nil {
				return nil, err
			}
			return failures(out.FailedResourcesMap), nil
		})
}

func (t *tagging) untagResources(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var in struct{ ResourceARNList, TagKeys []string }
	if err := t.input(c, &in, &in.ResourceARNList, arnsPerCall); err != nil {
		return nil, err
	}
	if len(in.TagKeys) == 0 || len(in.TagKeys) > tagsPerCall {
		return nil, invalid("TagKeys must hold 1 to %d keys, it holds %d", tagsPerCall, len(in.TagKeys))
	}
	return t.each(c, in.ResourceARNList,
		func(g tagger, a arn.ARN) error { return g.untag(ctx, a, in.TagKeys) },
		func(client *resourcegroupstaggingapi.Client, resource string) (map[string]failure, error) {
			out, err := client.UntagResources(ctx, &resourcegroupstaggingapi.UntagResourcesInput{ResourceARNList: []string{resource}, TagKeys: in.TagKeys})
			if err != nil {
				return nil, err
			}
			return failures(out.FailedResourcesMap), nil
		})
}

// getResources answers for a list of ARNs; any other query is moto's. As in AWS,
// a resource without tags or without existence is not in the answer.
func (t *tagging) getResources(ctx context.Context, c *api.Call) (*api.Answer, error) {
	if list, ok := c.Input["ResourceARNList"].([]any); !ok || len(list) == 0 {
		return nil, nil
	}
	var in struct{ ResourceARNList []string }
	if err := t.input(c, &in, &in.ResourceARNList, arnsPerQuery); err != nil {
		return nil, err
	}
	found := []any{}
	for _, text := range in.ResourceARNList {
		a, err := arn.Parse(text)
		g := t.tagger(c.Region, a)
		if err != nil || g == nil {
			continue
		}
		tags, err := g.list(ctx, a)
		if err != nil || len(tags) == 0 {
			continue
		}
		list := []map[string]string{}
		for _, k := range slices.Sorted(keysOf(tags)) {
			list = append(list, map[string]string{"Key": k, "Value": tags[k]})
		}
		found = append(found, map[string]any{"ResourceARN": text, "Tags": list})
	}
	return api.JSON(http.StatusOK, map[string]any{"PaginationToken": "", "ResourceTagMappingList": found}), nil
}

// input reads a request and checks how many ARNs it has.
func (t *tagging) input(c *api.Call, in any, arns *[]string, most int) error {
	if err := json.Unmarshal(c.Body, in); err != nil {
		return &api.Error{Code: "SerializationException", Message: err.Error()}
	}
	if len(*arns) == 0 || len(*arns) > most {
		return invalid("ResourceARNList must hold 1 to %d ARNs, it holds %d", most, len(*arns))
	}
	return nil
}

func invalid(format string, args ...any) error {
	return &api.Error{Code: "InvalidParameterException", Message: fmt.Sprintf(format, args...)}
}

func legalTags(tags map[string]string) error {
	if len(tags) == 0 || len(tags) > tagsPerCall {
		return invalid("Tags must hold 1 to %d tags, it holds %d", tagsPerCall, len(tags))
	}
	for key, value := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return invalid("tag key %q: keys that begin with aws: are AWS's own", key)
		case key == "" || len([]rune(key)) > 128 || len([]rune(value)) > 256:
			return invalid("tag %q: a key has 1 to 128 characters, a value at most 256", key)
		}
	}
	return nil
}

// each does one thing to each ARN, by its service's tagger or else by moto, and
// collects the failures. A failure of one never stops the others.
func (t *tagging) each(c *api.Call, arns []string, ours func(tagger, arn.ARN) error,
	motos func(*resourcegroupstaggingapi.Client, string) (map[string]failure, error)) (*api.Answer, error) {
	client := resourcegroupstaggingapi.NewFromConfig(t.Emulator(c.Region))
	failed := map[string]failure{}
	for _, text := range arns {
		a, err := arn.Parse(text)
		switch {
		case err != nil:
			failed[text] = failure{http.StatusBadRequest, "InvalidParameterException", "not an ARN: " + text}
		case a.Region != "" && a.Region != c.Region:
			failed[text] = failure{http.StatusBadRequest, "InvalidParameterException", "the resource is not in region " + c.Region}
		default:
			if g := t.tagger(c.Region, a); g != nil {
				if err := ours(g, a); err != nil {
					failed[text] = asFailure(err)
				}
				continue
			}
			more, err := motos(client, text)
			if err != nil {
				more = map[string]failure{text: asFailure(err)}
			}
			for k, v := range more {
				failed[k] = v
			}
		}
	}
	return api.JSON(http.StatusOK, map[string]any{"FailedResourcesMap": failed}), nil
}

// asFailure says a service's refusal as the tagging API does: a resource that it
// cannot find is an invalid parameter, anything else is the service's fault.
func asFailure(err error) failure {
	var fault smithy.APIError
	if errors.As(err, &fault) {
		return failure{http.StatusBadRequest, "InvalidParameterException", fault.ErrorCode() + ": " + fault.ErrorMessage()}
	}
	return failure{http.StatusInternalServerError, "InternalServiceException", err.Error()}
}
