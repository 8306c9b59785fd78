// Package servicetags reads and writes the tags of assets that the tagging API does not take, or not for sure, by the
// calls of their own services. For the functions that tag at creation and by the daily sweep.
//
// The tagging API takes some kinds of IAM's assets only:
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html
// The list in the API's model of 2020 (github.com/aws-beam/aws-erlang src/aws_resource_groups_tagging_api.erl) lacks
// Prometheus and Grafana, which are younger; whether it takes them since is not confirmed.
package servicetags

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/amp"
	"github.com/aws/aws-sdk-go-v2/service/grafana"
)

// Clients are the clients of one region; IAM's are the account's, whatever the region.
type Clients struct {
	IAM        IAM
	Prometheus Prometheus
	Grafana    Grafana
}

// Prometheus is what is asked of Amazon Managed Service for Prometheus.
type Prometheus interface {
	ListTagsForResource(context.Context, *amp.ListTagsForResourceInput, ...func(*amp.Options)) (*amp.ListTagsForResourceOutput, error)
	TagResource(context.Context, *amp.TagResourceInput, ...func(*amp.Options)) (*amp.TagResourceOutput, error)
}

// Grafana is what is asked of Amazon Managed Grafana.
type Grafana interface {
	ListTagsForResource(context.Context, *grafana.ListTagsForResourceInput, ...func(*grafana.Options)) (*grafana.ListTagsForResourceOutput, error)
	TagResource(context.Context, *grafana.TagResourceInput, ...func(*grafana.Options)) (*grafana.TagResourceOutput, error)
}

// calls read and write the tags of one kind of asset. id is the ARN's last part.
type calls struct {
	read  func(ctx context.Context, c Clients, arn, id string) (map[string]string, error)
	write func(ctx context.Context, c Clients, arn, id string, tags map[string]string) error
}

// byKind has the kinds as rules of the tag policy name them.
var byKind = map[string]calls{
	"iam:user":             {readUser, tagUser},
	"iam:role":             {readRole, tagRole},
	"iam:policy":           {readPolicy, tagPolicy},
	"iam:instance-profile": {readInstanceProfile, tagInstanceProfile},
	"aps:workspace":        {readPrometheus, tagPrometheus},
	"grafana:workspaces":   {readGrafana, tagGrafana},
}

// Covers reports whether there are calls for a kind of asset, such as iam:role.
func Covers(kind string) bool {
	_, covered := byKind[kind]
	return covered
}

// Read gives the tags that an asset of a covered kind carries.
func (c Clients) Read(ctx context.Context, kind, arn string) (map[string]string, error) {
	of, covered := byKind[kind]
	if !covered {
		return nil, fmt.Errorf("no call reads the tags of %s", kind)
	}
	return of.read(ctx, c, arn, lastPart(arn))
}

// Write gives an asset of a covered kind tags; those that it carries beside them stay.
func (c Clients) Write(ctx context.Context, kind, arn string, tags map[string]string) error {
	of, covered := byKind[kind]
	if !covered {
		return fmt.Errorf("no call tags %s", kind)
	}
	return of.write(ctx, c, arn, lastPart(arn), tags)
}

func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }

func readPrometheus(ctx context.Context, c Clients, arn, _ string) (map[string]string, error) {
	out, err := c.Prometheus.ListTagsForResource(ctx, &amp.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func tagPrometheus(ctx context.Context, c Clients, arn, _ string, tags map[string]string) error {
	_, err := c.Prometheus.TagResource(ctx, &amp.TagResourceInput{ResourceArn: &arn, Tags: tags})
	return err
}

func readGrafana(ctx context.Context, c Clients, arn, _ string) (map[string]string, error) {
	out, err := c.Grafana.ListTagsForResource(ctx, &grafana.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func tagGrafana(ctx context.Context, c Clients, arn, _ string, tags map[string]string) error {
	_, err := c.Grafana.TagResource(ctx, &grafana.TagResourceInput{ResourceArn: &arn, Tags: tags})
	return err
}
