package platform

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hardening "assetguard/imagebuilder"
)

const (
	document  = "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: a\n        action: ExecuteBash\n        inputs: {commands: [\"true\"]}\n"
	parameter = "/imagebuilder/test/golden-image"
	openTo    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","sns.amazonaws.com"]},"Action":"sqs:SendMessage","Resource":"*"}]}`
)

// imageTest is a pipeline that stands.
type imageTest struct {
	cfg                                  aws.Config
	client                               *imagebuilder.Client
	component, recipe, infra, dist, pipe string
	events, notices                      string // queue URLs
}

func TestImageBuilderBuildsAnImage(t *testing.T) {
	endpoint, end := served(t)
	cfg := aws.Config{Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	it := newImageTest(t, cfg)
	ctx := t.Context()

	arn := it.start(t)
	require.Equal(t, "arn:aws:imagebuilder:"+region+":"+account+":image/golden/1.0.7/1", arn)
	image := it.ends(t, arn, types.ImageStatusAvailable)
	require.Len(t, image.OutputResources.Amis, 2, "home, and the copy")
	ami := aws.ToString(image.OutputResources.Amis[0].Image)

	made, err := ec2.NewFromConfig(cfg).DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: []string{ami}, Owners: []string{"self"}})
	require.NoError(t, err)
	tags := map[string]string{}
	for _, tag := range made.Images[0].Tags {
		tags[*tag.Key] = *tag.Value
	}
	assert.Equal(t, "true", tags["Hardened"])
	assert.Equal(t, "EC2 Image Builder", tags["CreatedBy"])
	assert.Regexp(t, `^\d{4}-\d\d-\d\dT`, tags["BuildDate"], "Image Builder fills it in")
	assert.Regexp(t, `^golden-\d{4}-`, aws.ToString(made.Images[0].Name))

	kept, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(parameter)})
	require.NoError(t, err)
	assert.Equal(t, ami, aws.ToString(kept.Parameter.Value))
	there := cfg.Copy()
	there.Region = "us-east-1"
	kept, err = ssm.NewFromConfig(there).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(parameter)})
	require.NoError(t, err)
	assert.Equal(t, aws.ToString(image.OutputResources.Amis[1].Image), aws.ToString(kept.Parameter.Value))

	buckets := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	reports, err := buckets.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("builds"), Prefix: aws.String("reports/")})
	require.NoError(t, err)
	assert.Empty(t, reports.Contents, "nothing was tested, so nothing is reported")
	console := object(t, buckets, "logs/golden/1.0.7/1/console.log")
	assert.Contains(t, console, "ApplyBuildComponents succeeded")
	assert.Contains(t, console, "nothing is tested, the sandbox starts no instance")
	lines, err := cloudwatchlogs.NewFromConfig(cfg).GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String("/aws/imagebuilder/golden"), LogStreamName: aws.String("1.0.7/1")})
	require.NoError(t, err)
	assert.Equal(t, "LaunchBuildInstance succeeded", aws.ToString(lines.Events[0].Message))

	assert.Equal(t, []string{"BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE"}, it.states(t, arn))
	assert.Contains(t, oneMessage(t, cfg, it.notices), arn, "the topic is told")
	counts, err := it.client.ListImageScanFindingAggregations(ctx, &imagebuilder.ListImageScanFindingAggregationsInput{Filter: &types.Filter{Name: aws.String("imageBuildVersionArn"), Values: []string{arn}}})
	require.NoError(t, err)
	assert.Empty(t, counts.Responses, "nothing was scanned")
	assert.Equal(t, types.ImageScanStatusAbandoned, image.ScanState.Status)
	listed, err := it.client.ListImagePipelineImages(ctx, &imagebuilder.ListImagePipelineImagesInput{ImagePipelineArn: &it.pipe})
	require.NoError(t, err)
	require.Len(t, listed.ImageSummaryList, 1)
	require.NoError(t, end())
}

func TestImageBuilderFailsAStepByAFault(t *testing.T) {
	endpoint, end := served(t)
	cfg := aws.Config{Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	it := newImageTest(t, cfg)
	ctx := t.Context()
	setFaults(t, endpoint, `{"seed":1,"faults":[{"service":"imagebuilder","operation":"ExecuteTestComponents","percent":100,"status":500,"code":"ComplianceFailed"}]}`)
	arn := it.start(t)
	image := it.ends(t, arn, types.ImageStatusFailed)
	assert.Contains(t, aws.ToString(image.State.Reason), "ApplyTestComponents failed: ComplianceFailed")
	flows, err := it.client.ListWorkflowExecutions(ctx, &imagebuilder.ListWorkflowExecutionsInput{ImageBuildVersionArn: &arn})
	require.NoError(t, err)
	var status []types.WorkflowExecutionStatus
	for _, f := range flows.WorkflowExecutions {
		status = append(status, f.Status)
	}
	assert.Equal(t, []types.WorkflowExecutionStatus{"COMPLETED", "FAILED", "SKIPPED"}, status)
	steps, err := it.client.ListWorkflowStepExecutions(ctx, &imagebuilder.ListWorkflowStepExecutionsInput{WorkflowExecutionId: flows.WorkflowExecutions[1].WorkflowExecutionId})
	require.NoError(t, err)
	assert.Equal(t, types.WorkflowStepExecutionStatusFailed, steps.Steps[2].Status)
	assert.Equal(t, []string{"BUILDING", "TESTING", "FAILED"}, it.states(t, arn))
	_, err = ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(parameter)})
	require.Error(t, err, "a failed image is nobody's newest")
	require.NoError(t, end())
}

func TestImageBuilderKeepsWhatIsInUse(t *testing.T) {
	endpoint, end := served(t)
	cfg := aws.Config{Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	it := newImageTest(t, cfg)
	ctx := t.Context()
	code := func(err error) string {
		var fault smithy.APIError
		require.ErrorAs(t, err, &fault)
		return fault.ErrorCode()
	}
	_, err := it.client.CreateComponent(ctx, &imagebuilder.CreateComponentInput{Name: aws.String("hard"), SemanticVersion: aws.String("1.0.3"), Platform: types.PlatformLinux, Data: aws.String(document), ClientToken: aws.String("x")})
	assert.Equal(t, "ResourceAlreadyExistsException", code(err))
	_, err = it.client.DeleteComponent(ctx, &imagebuilder.DeleteComponentInput{ComponentBuildVersionArn: &it.component})
	assert.Equal(t, "ResourceDependencyException", code(err))
	_, err = it.client.DeleteImageRecipe(ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: &it.recipe})
	assert.Equal(t, "ResourceDependencyException", code(err))

	listed, err := it.client.ListComponents(ctx, &imagebuilder.ListComponentsInput{Owner: types.OwnershipSelf})
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSuffix(it.component, "/1"), aws.ToString(listed.ComponentVersionList[0].Arn), "without the build")
	_, err = it.client.UpdateInfrastructureConfiguration(ctx, &imagebuilder.UpdateInfrastructureConfigurationInput{
		InfrastructureConfigurationArn: &it.infra, InstanceProfileName: aws.String("other"), ClientToken: aws.String("x"),
	})
	require.NoError(t, err)
	read, err := it.client.GetInfrastructureConfiguration(ctx, &imagebuilder.GetInfrastructureConfigurationInput{InfrastructureConfigurationArn: &it.infra})
	require.NoError(t, err)
	assert.Equal(t, "other", aws.ToString(read.InfrastructureConfiguration.InstanceProfileName))
	assert.Nil(t, read.InfrastructureConfiguration.SnsTopicArn, "what an update leaves out is gone")

	_, err = it.client.TagResource(ctx, &imagebuilder.TagResourceInput{ResourceArn: &it.pipe, Tags: map[string]string{"Owner": "SecOps"}})
	require.NoError(t, err)
	tags, err := it.client.ListTagsForResource(ctx, &imagebuilder.ListTagsForResourceInput{ResourceArn: &it.pipe})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"Owner": "SecOps"}, tags.Tags)
	for _, remove := range []func() error{
		func() error {
			_, err := it.client.DeleteImagePipeline(ctx, &imagebuilder.DeleteImagePipelineInput{ImagePipelineArn: &it.pipe})
			return err
		},
		func() error {
			_, err := it.client.DeleteImageRecipe(ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: &it.recipe})
			return err
		},
		func() error {
			_, err := it.client.DeleteComponent(ctx, &imagebuilder.DeleteComponentInput{ComponentBuildVersionArn: &it.component})
			return err
		},
	} {
		require.NoError(t, remove())
	}
	_, err = it.client.GetComponent(ctx, &imagebuilder.GetComponentInput{ComponentBuildVersionArn: &it.component})
	assert.Equal(t, "ResourceNotFoundException", code(err))
	require.NoError(t, end())
}

func newImageTest(t *testing.T, cfg aws.Config) *imageTest {
	t.Helper()
	ctx := t.Context()
	it := &imageTest{cfg: cfg, client: imagebuilder.NewFromConfig(cfg)}
	buckets := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := buckets.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("builds"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	it.events, it.notices = newQueue(t, cfg, "events"), newQueue(t, cfg, "notices")
	rules := eventbridge.NewFromConfig(cfg)
	_, err = rules.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("images"), EventPattern: aws.String(`{"source":["aws.imagebuilder"],"detail-type":["EC2 Image Builder Image State Change"]}`)})
	require.NoError(t, err)
	_, err = rules.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("images"), Targets: []ebtypes.Target{{Id: aws.String("q"), Arn: aws.String("arn:aws:sqs:" + region + ":" + account + ":events")}}})
	require.NoError(t, err)
	topics := sns.NewFromConfig(cfg)
	topic, err := topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("builds")})
	require.NoError(t, err)
	_, err = topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:" + region + ":" + account + ":notices")})
	require.NoError(t, err)
	it.newPipeline(t, aws.ToString(topic.TopicArn))
	return it
}

func (it *imageTest) newPipeline(t *testing.T, topic string) {
	t.Helper()
	ctx, token := t.Context(), aws.String("token")
	component, err := it.client.CreateComponent(ctx, &imagebuilder.CreateComponentInput{Name: aws.String("hard"), SemanticVersion: aws.String("1.0.3"), Platform: types.PlatformLinux, Data: aws.String(document), ClientToken: token})
	require.NoError(t, err)
	it.component = aws.ToString(component.ComponentBuildVersionArn)
	recipe, err := it.client.CreateImageRecipe(ctx, &imagebuilder.CreateImageRecipeInput{
		Name: aws.String("golden"), SemanticVersion: aws.String("1.0.7"), ClientToken: token,
		ParentImage: aws.String("arn:aws:imagebuilder:" + region + ":aws:image/amazon-linux-2023-arm64/x.x.x"),
		Components: []types.ComponentConfiguration{{ComponentArn: &it.component, Parameters: []types.ComponentParameter{
			{Name: aws.String(hardening.ParameterReportLocation), Value: []string{"s3://builds/reports"}},
		}}},
	})
	require.NoError(t, err)
	it.recipe = aws.ToString(recipe.ImageRecipeArn)
	infra, err := it.client.CreateInfrastructureConfiguration(ctx, &imagebuilder.CreateInfrastructureConfigurationInput{
		Name: aws.String("workshop"), InstanceProfileName: aws.String("p"), SnsTopicArn: &topic, ClientToken: token,
		Logging: &types.Logging{S3Logs: &types.S3Logs{S3BucketName: aws.String("builds"), S3KeyPrefix: aws.String("logs")}},
	})
	require.NoError(t, err)
	it.infra = aws.ToString(infra.InfrastructureConfigurationArn)
	said := []types.SsmParameterConfiguration{{ParameterName: aws.String(parameter), DataType: types.SsmParameterDataTypeAwsEc2Image}}
	amis := &types.AmiDistributionConfiguration{Name: aws.String("golden-{{ imagebuilder:buildDate }}"), AmiTags: map[string]string{"Hardened": "true", "BuildDate": "{{imagebuilder:buildDate}}"}}
	dist, err := it.client.CreateDistributionConfiguration(ctx, &imagebuilder.CreateDistributionConfigurationInput{
		Name: aws.String("regions"), ClientToken: token, Distributions: []types.Distribution{
			{Region: aws.String(region), AmiDistributionConfiguration: amis, SsmParameterConfigurations: said},
			{Region: aws.String("us-east-1"), AmiDistributionConfiguration: amis, SsmParameterConfigurations: said},
		},
	})
	require.NoError(t, err)
	it.dist = aws.ToString(dist.DistributionConfigurationArn)
	pipe, err := it.client.CreateImagePipeline(ctx, &imagebuilder.CreateImagePipelineInput{
		Name: aws.String("golden"), ImageRecipeArn: &it.recipe, InfrastructureConfigurationArn: &it.infra, DistributionConfigurationArn: &it.dist, ClientToken: token,
	})
	require.NoError(t, err)
	it.pipe = aws.ToString(pipe.ImagePipelineArn)
}

func (it *imageTest) start(t *testing.T) string {
	t.Helper()
	out, err := it.client.StartImagePipelineExecution(t.Context(), &imagebuilder.StartImagePipelineExecutionInput{ImagePipelineArn: &it.pipe, ClientToken: aws.String("x")})
	require.NoError(t, err)
	return aws.ToString(out.ImageBuildVersionArn)
}

// ends waits for the end of a build and returns the image.
func (it *imageTest) ends(t *testing.T, arn string, want types.ImageStatus) *types.Image {
	t.Helper()
	var image *types.Image
	require.Eventually(t, func() bool {
		out, err := it.client.GetImage(t.Context(), &imagebuilder.GetImageInput{ImageBuildVersionArn: &arn})
		require.NoError(t, err)
		image = out.Image
		return image.State.Status == want
	}, time.Minute, 100*time.Millisecond)
	return image
}

// states are those that EventBridge told of an image.
func (it *imageTest) states(t *testing.T, arn string) []string {
	t.Helper()
	var states []string
	require.Eventually(t, func() bool {
		for _, body := range messages(t, it.cfg, it.events) {
			var event struct {
				Resources []string
				Detail    struct{ State struct{ Status string } }
			}
			require.NoError(t, json.Unmarshal([]byte(body), &event))
			if event.Resources[0] == arn {
				states = append(states, event.Detail.State.Status)
			}
		}
		last := len(states) - 1
		return last >= 0 && (states[last] == "AVAILABLE" || states[last] == "FAILED")
	}, 20*time.Second, 100*time.Millisecond)
	return states
}

func newQueue(t *testing.T, cfg aws.Config, name string) string {
	t.Helper()
	out, err := sqs.NewFromConfig(cfg).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"Policy": openTo}})
	require.NoError(t, err)
	return aws.ToString(out.QueueUrl)
}

// messages takes what waits in a queue, in the order in which it was sent.
func messages(t *testing.T, cfg aws.Config, queue string) []string {
	t.Helper()
	client := sqs.NewFromConfig(cfg)
	out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"SentTimestamp"}})
	require.NoError(t, err)
	var bodies []string
	for _, message := range out.Messages {
		bodies = append(bodies, aws.ToString(message.Body))
		_, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: message.ReceiptHandle})
		require.NoError(t, err)
	}
	return bodies
}

func oneMessage(t *testing.T, cfg aws.Config, queue string) string {
	t.Helper()
	var found []string
	require.Eventually(t, func() bool { found = append(found, messages(t, cfg, queue)...); return len(found) > 0 }, 20*time.Second, 100*time.Millisecond)
	return found[0]
}

func object(t *testing.T, client *s3.Client, key string) string {
	t.Helper()
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("builds"), Key: &key})
	require.NoError(t, err, key)
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	return string(body)
}

func setFaults(t *testing.T, endpoint, faults string) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPut, endpoint+"/_sandbox/faults", strings.NewReader(faults))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
}
