package gateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tagging API reaches registries, secrets, rules, buses and alarms, which the emulator's own does not.
func TestTaggingByARN(t *testing.T) {
	c := newCloud(t)
	ctx, cfg := t.Context(), c.config("test")
	repository, err := ecr.NewFromConfig(cfg).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("was")})
	require.NoError(t, err)
	secret, err := secretsmanager.NewFromConfig(cfg).CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("lms"), SecretString: aws.String("x")})
	require.NoError(t, err)
	rule, err := eventbridge.NewFromConfig(cfg).PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("nightly"), ScheduleExpression: aws.String("rate(1 day)")})
	require.NoError(t, err)
	bus, err := eventbridge.NewFromConfig(cfg).CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("courses")})
	require.NoError(t, err)
	_, err = cloudwatch.NewFromConfig(cfg).PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("busy"), Namespace: aws.String("AWS/EC2"), MetricName: aws.String("CPUUtilization"), Period: aws.Int32(60),
		EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(90), Statistic: cwtypes.StatisticAverage, ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
	})
	require.NoError(t, err)

	prefix := ":" + region + ":123456789012:"
	arns := []string{*repository.Repository.RepositoryArn, *secret.ARN, *rule.RuleArn, *bus.EventBusArn, "arn:aws:cloudwatch" + prefix + "alarm:busy"}
	missing := []string{"arn:aws:ecr" + prefix + "repository/gone", "arn:aws:secretsmanager" + prefix + "secret:gone-abcdef",
		"arn:aws:events" + prefix + "rule/gone", "arn:aws:cloudwatch" + prefix + "alarm:gone"}
	tags := resourcegroupstaggingapi.NewFromConfig(cfg)
	out, err := tags.TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{
		ResourceARNList: append(append([]string{}, arns...), missing...), Tags: map[string]string{"AssetType": "강의자료", "Owner": "DevOps"}})
	require.NoError(t, err)
	for _, resource := range missing {
		assert.Contains(t, out.FailedResourcesMap, resource)
	}
	assert.Len(t, out.FailedResourcesMap, len(missing), out.FailedResourcesMap)
	read := func() map[string]int {
		got, err := tags.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: append(append([]string{}, arns...), missing...)})
		require.NoError(t, err)
		found := map[string]int{}
		for _, m := range got.ResourceTagMappingList {
			found[aws.ToString(m.ResourceARN)] = len(m.Tags)
		}
		return found
	}
	for _, left := range []int{2, 1} {
		found := read()
		assert.Len(t, found, len(arns))
		for _, resource := range arns {
			assert.Equal(t, left, found[resource], resource)
		}
		_, err = tags.UntagResources(ctx, &resourcegroupstaggingapi.UntagResourcesInput{ResourceARNList: arns, TagKeys: []string{"AssetType"}})
		require.NoError(t, err)
	}
}
