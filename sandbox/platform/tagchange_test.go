package platform

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTagsThatAreTakenAwayMakeEvents(t *testing.T) {
	endpoint, end := served(t)
	ctx := t.Context()
	cfg := aws.Config{Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	queues, rules, machines := sqs.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg), ec2.NewFromConfig(cfg)
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("work"), Tags: map[string]string{"Owner": "DevOps", "Course": "Go"}, Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`,
	}})
	require.NoError(t, err)
	_, err = rules.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("removed"), EventPattern: aws.String(
		`{"source":["aws.tag"],"detail-type":["Tag Change on Resource"],"detail":{"$or":[
			{"changed-tag-keys":["Owner"],"tags":{"Owner":[{"exists":false}]}},{"changed-tag-keys":["AssetType"],"tags":{"AssetType":[{"exists":false}]}}]}}`)})
	require.NoError(t, err)
	_, err = rules.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("removed"), Targets: []ebtypes.Target{{Id: aws.String("q"), Arn: aws.String("arn:aws:sqs:" + region + ":" + account + ":work")}}})
	require.NoError(t, err)
	volume, err := machines.CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: aws.String(region + "a"), Size: aws.Int32(1),
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeVolume, Tags: []ec2types.Tag{{Key: aws.String("Owner"), Value: aws.String("DevOps")}}}}})
	require.NoError(t, err)

	_, err = machines.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{*volume.VolumeId}, Tags: []ec2types.Tag{{Key: aws.String("Owner")}}})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"service": "ec2", "resource-type": "volume", "version": 1.0,
		"changed-tag-keys": []any{"Owner"}, "tags": map[string]any{}}, received(t, queues, queue.QueueUrl), "also when no tag is left")

	tagging := resourcegroupstaggingapi.NewFromConfig(cfg)
	arn := "arn:aws:sqs:" + region + ":" + account + ":work"
	for _, key := range []string{"Course", "Owner"} { // the first matches no rule
		_, err = tagging.UntagResources(ctx, &resourcegroupstaggingapi.UntagResourcesInput{ResourceARNList: []string{arn, arn + "-unknown"}, TagKeys: []string{key}})
		require.NoError(t, err)
	}
	assert.Equal(t, map[string]any{"service": "sqs", "resource-type": "", "version": 1.0,
		"changed-tag-keys": []any{"Owner"}, "tags": map[string]any{}}, received(t, queues, queue.QueueUrl))
	require.NoError(t, end())
}
