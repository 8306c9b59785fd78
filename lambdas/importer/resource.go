package importer

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
)

// resource is what a finding says of its resource beyond type and id.
type resource struct {
	arn  string // or what stands in its place
	tags map[string]string
}

// resourceKey is a resource as AWS Config names it.
type resourceKey struct{ resourceType, id string }

const (
	accountType = "AWS::::Account"
	otherType   = "Other"
	maxBatch    = 100 // of BatchImportFindings, BatchGetResourceConfig and the ARNs of GetResources
)

// renamed are the types that the finding format calls differently from AWS Config.
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-resources-attributes.html
var renamed = map[string]string{
	accountType:             "AwsAccount",
	"AWS::ACM::Certificate": "AwsCertificateManagerCertificate",
	"AWS::ElasticLoadBalancing::LoadBalancer":   "AwsElbLoadBalancer",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "AwsElbv2LoadBalancer",
	"AWS::OpenSearch::Domain":                   "AwsOpenSearchServiceDomain",
}

// formatTypes are the types that the finding format has details for, by their names in lower case.
var formatTypes = sync.OnceValue(func() map[string]string {
	types := map[string]string{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[hubtypes.ResourceDetails]()) {
		types[strings.ToLower(field.Name)] = field.Name
	}
	return types
})

// formatType is a type of AWS Config as the finding format names it: AwsS3Bucket; Other where it has no name.
func formatType(configType string) string {
	if name, known := renamed[configType]; known {
		return name
	}
	if name, known := formatTypes()[strings.ToLower(strings.ReplaceAll(configType, "::", ""))]; known {
		return name
	}
	return otherType
}

// describe finds ARNs and tags of resources of a region. A finding without them is better than none: what cannot be
// read is counted and left out.
func (h *Handler) describe(ctx context.Context, region string, keys []resourceKey) map[resourceKey]resource {
	found := map[resourceKey]resource{}
	for _, key := range keys {
		found[key] = resource{arn: h.nameOf(key)}
	}
	for chunk := range slices.Chunk(recorded(keys), maxBatch) {
		if err := h.readARNs(ctx, region, chunk, found); err != nil {
			h.lacks("config", region, len(chunk), err)
		}
	}
	byARN := map[string]resourceKey{}
	for key, r := range found {
		if strings.HasPrefix(r.arn, "arn:") {
			byARN[r.arn] = key
		}
	}
	for chunk := range slices.Chunk(sortedKeys(byARN), maxBatch) {
		if err := h.readTags(ctx, region, chunk, byARN, found); err != nil {
			h.lacks("tagging", region, len(chunk), err)
		}
	}
	return found
}

// nameOf stands in for an ARN that AWS Config does not know: its id of the resource, which for many types is the ARN;
// an account as Security Hub names it.
func (h *Handler) nameOf(key resourceKey) string {
	if key.resourceType == accountType {
		return accountType + ":" + key.id
	}
	return key.id
}

// recorded are the resources that AWS Config may have recorded: it refuses a call with a type that it does not know.
func recorded(keys []resourceKey) []resourceKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k resourceKey) bool {
		return !slices.Contains(configtypes.ResourceType("").Values(), configtypes.ResourceType(k.resourceType))
	})
}

func (h *Handler) readARNs(ctx context.Context, region string, keys []resourceKey, into map[resourceKey]resource) error {
	in := &configservice.BatchGetResourceConfigInput{}
	for _, key := range keys {
		in.ResourceKeys = append(in.ResourceKeys, configtypes.ResourceKey{
			ResourceType: configtypes.ResourceType(key.resourceType), ResourceId: aws.String(key.id),
		})
	}
	for range 2 { // what the first call leaves unprocessed, the second may do
		out, err := h.regions(region).Config.BatchGetResourceConfig(ctx, in)
		if err != nil {
			return err
		}
		for _, item := range out.BaseConfigurationItems {
			key := resourceKey{string(item.ResourceType), aws.ToString(item.ResourceId)}
			if _, asked := into[key]; asked && aws.ToString(item.Arn) != "" {
				into[key] = resource{arn: aws.ToString(item.Arn)}
			}
		}
		if in.ResourceKeys = out.UnprocessedResourceKeys; len(in.ResourceKeys) == 0 {
			return nil
		}
	}
	return errUnprocessed
}

func (h *Handler) readTags(ctx context.Context, region string, arns []string, byARN map[string]resourceKey, into map[resourceKey]resource) error {
	out, err := h.regions(region).Tagging.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: arns})
	if err != nil {
		return err
	}
	for _, mapping := range out.ResourceTagMappingList {
		key, asked := byARN[aws.ToString(mapping.ResourceARN)]
		if !asked {
			continue
		}
		r := into[key]
		r.tags = map[string]string{}
		for _, tag := range mapping.Tags {
			r.tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		into[key] = r
	}
	return nil
}
