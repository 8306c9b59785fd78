package supplement

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventbridgetypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// byARN is the tagger of a service whose calls take the resource's ARN.
type byARN struct {
	listTags func(ctx context.Context, arn *string) (map[string]string, error)
	addTags  func(ctx context.Context, arn *string, tags map[string]string) error
	dropTags func(ctx context.Context, arn *string, keys []string) error
}

func (g byARN) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	return g.listTags(ctx, aws.String(a.String()))
}

func (g byARN) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	return g.addTags(ctx, aws.String(a.String()), tags)
}

func (g byARN) untag(ctx context.Context, a arn.ARN, keys []string) error {
	return g.dropTags(ctx, aws.String(a.String()), keys)
}

// ecrTagger tags repositories.
func ecrTagger(client *ecr.Client) tagger {
	return byARN{
		func(ctx context.Context, arn *string) (map[string]string, error) {
			out, err := client.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: arn})
			if err != nil {
				return nil, err
			}
			return fromPairs(out.Tags, func(t ecrtypes.Tag) (*string, *string) { return t.Key, t.Value }), nil
		},
		func(ctx context.Context, arn *string, tags map[string]string) error {
			_, err := client.TagResource(ctx, &ecr.TagResourceInput{ResourceArn: arn, Tags: pairs(tags, func(k, v *string) ecrtypes.Tag { return ecrtypes.Tag{Key: k, Value: v} })})
			return err
		},
		func(ctx context.Context, arn *string, keys []string) error {
			_, err := client.UntagResource(ctx, &ecr.UntagResourceInput{ResourceArn: arn, TagKeys: keys})
			return err
		},
	}
}

// secretsTagger tags secrets, which have no call that lists tags alone.
func secretsTagger(client *secretsmanager.Client) tagger {
	return byARN{
		func(ctx context.Context, arn *string) (map[string]string, error) {
			out, err := client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: arn})
			if err != nil {
				return nil, err
			}
			return fromPairs(out.Tags, func(t secretstypes.Tag) (*string, *string) { return t.Key, t.Value }), nil
		},
		func(ctx context.Context, arn *string, tags map[string]string) error {
			_, err := client.TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: arn, Tags: pairs(tags, func(k, v *string) secretstypes.Tag { return secretstypes.Tag{Key: k, Value: v} })})
			return err
		},
		func(ctx context.Context, arn *string, keys []string) error {
			_, err := client.UntagResource(ctx, &secretsmanager.UntagResourceInput{SecretId: arn, TagKeys: keys})
			return err
		},
	}
}

// eventsTagger tags rules and event buses.
func eventsTagger(client *eventbridge.Client) tagger {
	return byARN{
		func(ctx context.Context, arn *string) (map[string]string, error) {
			out, err := client.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: arn})
			if err != nil {
				return nil, err
			}
			return fromPairs(out.Tags, func(t eventbridgetypes.Tag) (*string, *string) { return t.Key, t.Value }), nil
		},
		func(ctx context.Context, arn *string, tags map[string]string) error {
			_, err := client.TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: arn, Tags: pairs(tags, func(k, v *string) eventbridgetypes.Tag { return eventbridgetypes.Tag{Key: k, Value: v} })})
			return err
		},
		func(ctx context.Context, arn *string, keys []string) error {
			_, err := client.UntagResource(ctx, &eventbridge.UntagResourceInput{ResourceARN: arn, TagKeys: keys})
			return err
		},
	}
}
