package sweep

import (
	"assetguard/internal/contract"

	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/resourceexplorer2"
	extypes "github.com/aws/aws-sdk-go-v2/service/resourceexplorer2/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
)

// Tagging is what is asked of the Resource Groups Tagging API.
type Tagging interface {
	GetResources(context.Context, *resourcegroupstaggingapi.GetResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error)
	TagResources(context.Context, *resourcegroupstaggingapi.TagResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.TagResourcesOutput, error)
}

// ConfigService is what is asked of AWS Config.
type ConfigService interface {
	DescribeConfigurationRecorderStatus(context.Context, *configservice.DescribeConfigurationRecorderStatusInput, ...func(*configservice.Options)) (*configservice.DescribeConfigurationRecorderStatusOutput, error)
	SelectResourceConfig(context.Context, *configservice.SelectResourceConfigInput, ...func(*configservice.Options)) (*configservice.SelectResourceConfigOutput, error)
}

// Explorer is what is asked of Resource Explorer.
type Explorer interface {
	GetIndex(context.Context, *resourceexplorer2.GetIndexInput, ...func(*resourceexplorer2.Options)) (*resourceexplorer2.GetIndexOutput, error)
	GetDefaultView(context.Context, *resourceexplorer2.GetDefaultViewInput, ...func(*resourceexplorer2.Options)) (*resourceexplorer2.GetDefaultViewOutput, error)
	ListSupportedResourceTypes(context.Context, *resourceexplorer2.ListSupportedResourceTypesInput, ...func(*resourceexplorer2.Options)) (*resourceexplorer2.ListSupportedResourceTypesOutput, error)
	Search(context.Context, *resourceexplorer2.SearchInput, ...func(*resourceexplorer2.Options)) (*resourceexplorer2.SearchOutput, error)
}

// evertagged lists whatever carries a tag or did so once.
type evertagged struct{ region *region }

func (e *evertagged) name() string                            { return sourceTagging }
func (e *evertagged) available(context.Context) (bool, error) { return true, nil }

func (e *evertagged) page(ctx context.Context, token string) ([]asset, string, error) {
	out, err := e.region.Tagging.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{
		PaginationToken: first(token), ResourcesPerPage: aws.Int32(100)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for _, mapping := range out.ResourceTagMappingList {
		if a, ok := e.region.asset(aws.ToString(mapping.ResourceARN)); ok {
			a.Tags = tagsOf(mapping)
			assets = append(assets, a)
		}
	}
	return assets, aws.ToString(out.PaginationToken), nil
}

func tagsOf(mapping tagtypes.ResourceTagMapping) map[string]string {
	tags := map[string]string{}
	for _, tag := range mapping.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

// configured lists what AWS Config records in the region.
// https://docs.aws.amazon.com/config/latest/developerguide/query-components.html
type configured struct{ region *region }

func (c *configured) name() string { return sourceConfig }

func (c *configured) available(ctx context.Context) (bool, error) {
	out, err := c.region.Config.DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
	if err != nil {
		return false, err
	}
	for _, recorder := range out.ConfigurationRecordersStatus {
		if recorder.Recording {
			return true, nil
		}
	}
	return false, nil
}

// configItem is one result of the query.
type configItem struct {
	ARN          string    `json:"arn"`
	ResourceType string    `json:"resourceType"`
	ResourceName string    `json:"resourceName"`
	Region       string    `json:"awsRegion"`
	CreatedAt    time.Time `json:"resourceCreationTime"`
	Tags         []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"tags"`
}

func (c *configured) page(ctx context.Context, token string) ([]asset, string, error) {
	const query = "SELECT arn, resourceType, resourceName, awsRegion, resourceCreationTime, tags WHERE awsRegion = '%s'"
	expression := fmt.Sprintf(query, c.region.name)
	if c.region.home {
		expression += " OR awsRegion = '" + contract.GlobalRegion + "'"
	}
	out, err := c.region.Config.SelectResourceConfig(ctx, &configservice.SelectResourceConfigInput{
		Expression: &expression, NextToken: first(token), Limit: 100})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for _, result := range out.Results {
		var item configItem
		if err := json.Unmarshal([]byte(result), &item); err != nil {
			return nil, "", fmt.Errorf("result of the query: %w", err)
		}
		a, ok := newAsset(item.ARN, item.Region, c.region.account)
		if !ok || strings.HasPrefix(item.ResourceType, "AWS::Config::") { // its own rules' verdicts
			continue
		}
		a.named(item.ResourceName)
		a.CreatedAt, a.Tags = item.CreatedAt, map[string]string{}
		for _, tag := range item.Tags {
			a.Tags[tag.Key] = tag.Value
		}
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.NextToken), nil
}

// explorer lists what the region's index of Resource Explorer holds, through the default view.
type explorer struct{ region *region }

func (e *explorer) name() string { return sourceExplorer }

func (e *explorer) available(ctx context.Context) (bool, error) {
	index, err := e.region.Explorer.GetIndex(ctx, &resourceexplorer2.GetIndexInput{})
	if codeOf(err) == "ResourceNotFoundException" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if index.State != extypes.IndexStateActive && index.State != extypes.IndexStateUpdating {
		return false, nil
	}
	view, err := e.region.Explorer.GetDefaultView(ctx, &resourceexplorer2.GetDefaultViewInput{})
	if err != nil {
		return false, err
	}
	return aws.ToString(view.ViewArn) != "", nil
}

// searchLimit is how many results a search gives in all, whatever there are.
// https://docs.aws.amazon.com/resource-explorer/latest/apireference/API_Search.html
const searchLimit = 1000

// searches is the explorer's token: the queries still to be made, the first one's next page first. A query
// with more results than a search gives is made again in parts: by service, then by resource type, then by
// whether there are tags. Most accounts need one: searches have a monthly quota.
type searches struct {
	Queries []string `json:"queries"`
	Next    string   `json:"next,omitempty"`
}

// truncatedError says that a query has more results than can be seen.
type truncatedError struct{ query string }

func (e *truncatedError) Error() string {
	return fmt.Sprintf("query %q has more than %d results: the rest is not seen", e.query, searchLimit)
}

func (e *explorer) page(ctx context.Context, token string) ([]asset, string, error) {
	todo := searches{Queries: e.queries()}
	if token != "" {
		todo = searches{}
		if err := json.Unmarshal([]byte(token), &todo); err != nil {
			return nil, "", fmt.Errorf("token: %w", err)
		}
	}
	query := todo.Queries[0]
	out, err := e.region.Explorer.Search(ctx, &resourceexplorer2.SearchInput{
		QueryString: &query, MaxResults: aws.Int32(searchLimit), NextToken: first(todo.Next)})
	if err != nil {
		return nil, "", err
	}
	var truncated error
	if todo.Next == "" && cutOff(out.Count) {
		parts, err := e.split(ctx, query)
		if err != nil {
			return nil, "", err
		}
		if len(parts) > 0 {
			next, err := searches{Queries: append(parts, todo.Queries[1:]...)}.token()
			return nil, next, err
		}
		truncated = &truncatedError{query}
	}
	if todo.Next = aws.ToString(out.NextToken); todo.Next == "" {
		todo.Queries = todo.Queries[1:]
	}
	next, err := todo.token()
	if err != nil {
		return nil, "", err
	}
	return e.assets(out.Resources), next, truncated
}

func cutOff(count *extypes.ResourceCount) bool {
	return count != nil && (!aws.ToBool(count.Complete) || aws.ToInt64(count.TotalResources) > searchLimit)
}

func (s searches) token() (string, error) {
	if len(s.Queries) == 0 {
		return "", nil
	}
	text, err := json.Marshal(s)
	return string(text), err
}

func (e *explorer) queries() []string {
	queries := []string{"region:" + e.region.name}
	if e.region.home {
		queries = append(queries, "region:"+contract.GlobalRegion)
	}
	return queries
}

// split gives queries that together find what the query does; none if it cannot be split further.
func (e *explorer) split(ctx context.Context, query string) ([]string, error) {
	switch {
	case strings.Contains(query, " tag:"):
		return nil, nil
	case strings.Contains(query, " resourcetype:"):
		return []string{query + " tag:none", query + " tag:all"}, nil
	}
	place, service, narrowed := strings.Cut(query, " service:")
	var parts []string
	seen := map[string]bool{}
	pages := resourceexplorer2.NewListSupportedResourceTypesPaginator(e.region.Explorer, &resourceexplorer2.ListSupportedResourceTypesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, supported := range page.ResourceTypes {
			part := place + " service:" + aws.ToString(supported.Service)
			if narrowed && aws.ToString(supported.Service) != service {
				continue
			}
			if narrowed {
				part = place + " resourcetype:" + aws.ToString(supported.ResourceType)
			}
			if !seen[part] {
				parts, seen[part] = append(parts, part), true
			}
		}
	}
	return parts, nil
}

// assets reads search results. Their tags are not taken: an index learns of a change late.
func (e *explorer) assets(resources []extypes.Resource) []asset {
	var assets []asset
	for i := range resources {
		resource := &resources[i]
		if a, ok := newAsset(aws.ToString(resource.Arn), aws.ToString(resource.Region), aws.ToString(resource.OwningAccountId)); ok {
			if kind := aws.ToString(resource.ResourceType); kind != "" {
				a.Type = kind
			}
			assets = append(assets, a)
		}
	}
	return assets
}
