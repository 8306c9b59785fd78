package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listed are the identifiers that Cloud Control gives of a type.
func (c *cloud) listed(typeName string) []string {
	c.t.Helper()
	var out struct {
		ResourceDescriptions []struct{ Identifier string }
	}
	answer := c.json("cloudcontrolapi", "CloudApiService.ListResources", `{"TypeName":"`+typeName+`"}`)
	require.NoError(c.t, json.Unmarshal([]byte(answer), &out))
	ids := []string{}
	for _, d := range out.ResourceDescriptions {
		ids = append(ids, d.Identifier)
	}
	return ids
}

func TestCloudControlListsByPrimaryIdentifier(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	vpc, err := ec2.NewFromConfig(c.config("test")).CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.9.0.0/16")})
	require.NoError(t, err)
	address, err := ec2.NewFromConfig(c.config("test")).AllocateAddress(ctx, &ec2.AllocateAddressInput{})
	require.NoError(t, err)
	topic, err := sns.NewFromConfig(c.config("test")).CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("notices")})
	require.NoError(t, err)
	queue, err := sqs.NewFromConfig(c.config("test")).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("mail")})
	require.NoError(t, err)
	_, err = ssm.NewFromConfig(c.config("test")).PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String("/lms/sender"), Value: aws.String("x"), Type: ssmtypes.ParameterTypeString})
	require.NoError(t, err)
	c.json("dynamodb", "DynamoDB_20120810.CreateTable", `{"TableName":"t","BillingMode":"PAY_PER_REQUEST",
		"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}`)
	assert.Contains(t, c.listed("AWS::EC2::VPC"), *vpc.Vpc.VpcId)
	assert.Equal(t, []string{*address.PublicIp + "|" + *address.AllocationId}, c.listed("AWS::EC2::EIP"))
	assert.Equal(t, []string{*topic.TopicArn}, c.listed("AWS::SNS::Topic"))
	require.Len(t, c.listed("AWS::SQS::Queue"), 1)
	assert.True(t, strings.HasSuffix(c.listed("AWS::SQS::Queue")[0], "/mail"), *queue.QueueUrl)
	assert.Equal(t, []string{"/lms/sender"}, c.listed("AWS::SSM::Parameter"))
	assert.Equal(t, []string{"t"}, c.listed("AWS::DynamoDB::Table"))
	for _, empty := range []string{"AWS::EFS::FileSystem", "AWS::KMS::Key", "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::RDS::DBCluster"} {
		assert.Empty(t, c.listed(empty), empty)
	}
}

func TestCloudControlRefusesATypeWithoutList(t *testing.T) {
	c := newCloud(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/", strings.NewReader(`{"TypeName":"AWS::Grafana::Workspace"}`))
	require.NoError(t, err)
	r.Header.Set("Authorization", authorization("cloudcontrolapi"))
	r.Header.Set("X-Amz-Target", "CloudApiService.ListResources")
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
	assert.Contains(t, string(text), "UnsupportedActionException")
}
