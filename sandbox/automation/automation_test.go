package automation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/remediation"
	"assetguard/sandbox/apimodel"
	"assetguard/sandbox/automation"
	"assetguard/sandbox/emulator"
	"assetguard/sandbox/gateway"
	"assetguard/sandbox/securityhub"
	"assetguard/sandbox/supplement"
)

const (
	region  = "ap-northeast-2"
	account = "123456789012"
)

// bus keeps events.
type bus struct {
	mu   sync.Mutex
	kept []map[string]any
}

func (b *bus) Put(_ context.Context, _, _ string, envelope map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, envelope)
}

func (b *bus) Fire(context.Context, string, string) error { return nil }

// told are the statuses of an execution in the events of one kind, in their order.
func (b *bus) told(kind, id string) (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.kept {
		if detail, _ := e["detail"].(map[string]any); e["detail-type"] == kind && detail["ExecutionId"] == id {
			all = append(all, fmt.Sprint(detail["Status"]))
		}
	}
	return all
}

// cloud is an emulator with Automation behind a gateway.
type cloud struct {
	t      *testing.T
	config aws.Config
	bus    *bus
	ssm    *ssm.Client
	iam    *iam.Client
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	found, err := emulator.Find(t.Context(), filepath.Join(os.TempDir(), "assetguard-moto"), log)
	require.NoError(t, err)
	moto, err := emulator.Start(t.Context(), found, &bytes.Buffer{}, log)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, moto.Stop()) })
	library, err := apimodel.Open(found.Models)
	require.NoError(t, err)
	var gate *gateway.Gateway
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { gate.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	c := &cloud{t: t, bus: &bus{}}
	extra, own := supplement.Options{Upstream: moto.URL, AccountID: account}, supplement.Options{Upstream: server.URL}
	service := automation.New(automation.Options{AccountID: account, Bus: c.bus, Log: log, Emulator: extra.Emulator, Gateway: own.Emulator,
		Identity: func(accessKey, arn string) { gate.Register(accessKey, arn) }})
	t.Cleanup(service.Close)
	gate, err = gateway.New(gateway.Options{
		Upstream: moto.URL, Library: library, Bus: c.bus, Findings: securityhub.New(securityhub.Options{AccountID: account, Bus: c.bus}), AccountID: account,
		AccessLog: io.Discard, Log: log, Supplements: slices.Concat(supplement.Tables(extra), service.Supplements()),
	})
	require.NoError(t, err)
	running, stop := context.WithCancel(context.Background())
	var delivering sync.WaitGroup
	delivering.Go(func() { assert.NoError(t, gate.Run(running, time.Second)) })
	t.Cleanup(func() { stop(); delivering.Wait() })
	c.config = own.Emulator(region)
	c.config.RetryMaxAttempts = 1
	c.ssm, c.iam = ssm.NewFromConfig(c.config), iam.NewFromConfig(c.config)
	return c
}

// role makes the role of a runbook, with exactly the statements of the table.
func (c *cloud) role(name string, statements []remediation.Statement) string {
	c.t.Helper()
	made, err := c.iam.CreateRole(c.t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ssm.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	require.NoError(c.t, err)
	var rendered []any
	for _, s := range statements {
		resources := s.In("aws", account)
		if len(resources) == 0 {
			resources = []string{"*"}
		}
		rendered = append(rendered, map[string]any{"Sid": s.Sid, "Effect": "Allow", "Action": s.Actions, "Resource": resources})
	}
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": rendered})
	require.NoError(c.t, err)
	_, err = c.iam.PutRolePolicy(c.t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("runbook"), PolicyDocument: aws.String(string(policy))})
	require.NoError(c.t, err)
	return aws.ToString(made.Role.Arn)
}

// start starts an execution and waits for its end.
func (c *cloud) start(document string, parameters map[string][]string) *ssmtypes.AutomationExecution {
	c.t.Helper()
	started, err := c.ssm.StartAutomationExecution(c.t.Context(), &ssm.StartAutomationExecutionInput{DocumentName: &document, Parameters: parameters})
	require.NoError(c.t, err, document)
	var ended *ssmtypes.AutomationExecution
	require.Eventually(c.t, func() bool {
		got, err := c.ssm.GetAutomationExecution(c.t.Context(), &ssm.GetAutomationExecutionInput{AutomationExecutionId: started.AutomationExecutionId})
		require.NoError(c.t, err)
		ended = got.AutomationExecution
		return ended.ExecutionEndTime != nil
	}, time.Minute, 20*time.Millisecond)
	return ended
}

func code(err error) string {
	var fault smithy.APIError
	if errors.As(err, &fault) {
		return fault.ErrorCode()
	}
	return fmt.Sprint(err)
}

// TestEveryRunbookOfTheTable: with the role and the parameters of internal/remediation, each runbook does its work.
func TestEveryRunbookOfTheTable(t *testing.T) {
	c := newCloud(t)
	_, err := c.ssm.CreateDocument(t.Context(), &ssm.CreateDocumentInput{Name: aws.String("own-patch"), DocumentType: ssmtypes.DocumentTypeAutomation,
		DocumentFormat: ssmtypes.DocumentFormatJson, Content: aws.String(remediation.PatchDocument)})
	require.NoError(t, err)
	for _, row := range remediation.Rows() {
		t.Run(row.ID, func(t *testing.T) {
			runbook, known := remediation.RunbookByID(row.Runbook)
			require.True(t, known)
			subject, verify := c.broken(t, runbook.ID)
			subject.Region = region
			plan, err := row.Plan(subject, "own-patch")
			require.NoError(t, err)
			plan.Parameters["AutomationAssumeRole"] = []string{c.role(row.ID, runbook.Statements)}
			ended := c.start(plan.Document, plan.Parameters)
			require.Equal(t, ssmtypes.AutomationExecutionStatusSuccess, ended.AutomationExecutionStatus, aws.ToString(ended.FailureMessage))
			if verify != nil {
				verify(t)
			}
		})
	}
}

// broken makes a resource that a runbook repairs; verify, if any, looks beyond what the runbook itself has verified.
func (c *cloud) broken(t *testing.T, runbook string) (s remediation.Subject, verify func(t *testing.T)) {
	t.Helper()
	s.Account = account
	name := "broken-" + fmt.Sprint(time.Now().UnixNano())
	switch runbook {
	case "block-public-bucket", "bucket-tls", "bucket-versioning", "bucket-encryption":
		s.Name = name
		return s, c.bucket(t, runbook, name)
	case "close-default-group", "close-ssh", "close-open-ports", "no-public-addresses", "require-imdsv2", "patch-instance":
		return c.network(t, runbook, s)
	case "database-private", "protect-database", "back-up-database", "upgrade-database", "tag-snapshots":
		made, err := rds.NewFromConfig(c.config).CreateDBInstance(t.Context(), &rds.CreateDBInstanceInput{DBInstanceIdentifier: &name, DBInstanceClass: aws.String("db.t3.micro"),
			Engine: aws.String("postgres"), MasterUsername: aws.String("admin1"), MasterUserPassword: aws.String("not-a-secret"), AllocatedStorage: aws.Int32(20), PubliclyAccessible: aws.Bool(true)})
		require.NoError(t, err)
		s.Name, s.ID = name, aws.ToString(made.DBInstance.DbiResourceId)
	case "protect-cluster", "tag-cluster-snapshots":
		made, err := rds.NewFromConfig(c.config).CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{DBClusterIdentifier: &name, Engine: aws.String("aurora-postgresql"), MasterUsername: aws.String("admin1"), MasterUserPassword: aws.String("not-a-secret")})
		require.NoError(t, err)
		s.Name, s.ID = name, aws.ToString(made.DBCluster.DbClusterResourceId)
	default:
		return c.inAccount(t, runbook, name, s)
	}
	return s, nil
}

func (c *cloud) bucket(t *testing.T, runbook, name string) func(t *testing.T) {
	t.Helper()
	client := s3.NewFromConfig(c.config, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	switch runbook {
	case "bucket-versioning":
		return func(t *testing.T) {
			got, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: &name})
			require.NoError(t, err)
			assert.Equal(t, s3types.BucketVersioningStatusEnabled, got.Status)
		}
	case "bucket-tls":
		return func(t *testing.T) {
			got, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &name})
			require.NoError(t, err)
			assert.Contains(t, aws.ToString(got.Policy), "aws:SecureTransport")
		}
	}
	return nil
}

func (c *cloud) network(t *testing.T, runbook string, s remediation.Subject) (remediation.Subject, func(t *testing.T)) {
	t.Helper()
	client := ec2.NewFromConfig(c.config)
	everybody := func(port int32) ec2types.IpPermission {
		return ec2types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: &port, ToPort: &port, IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}, {CidrIp: aws.String("10.0.0.0/8")}}}
	}
	switch runbook {
	case "close-ssh", "close-open-ports":
		made, err := client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: aws.String(runbook), Description: aws.String("open")})
		require.NoError(t, err)
		s.Name = aws.ToString(made.GroupId)
		_, err = client.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: made.GroupId, IpPermissions: []ec2types.IpPermission{everybody(22), everybody(443)}})
		require.NoError(t, err)
		return s, func(t *testing.T) {
			got, err := client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{s.Name}})
			require.NoError(t, err)
			open := map[int32]int{}
			for _, rule := range got.SecurityGroups[0].IpPermissions {
				open[aws.ToInt32(rule.FromPort)] = len(rule.IpRanges)
			}
			want := map[int32]int{22: 1, 443: 2}
			if runbook == "close-open-ports" {
				want[443] = 1
			}
			assert.Equal(t, want, open, "what the company's network may do stays")
		}
	case "close-default-group":
		got, err := client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: []ec2types.Filter{{Name: aws.String("group-name"), Values: []string{"default"}}}})
		require.NoError(t, err)
		s.Name = aws.ToString(got.SecurityGroups[0].GroupId)
	case "no-public-addresses":
		got, err := client.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{})
		require.NoError(t, err)
		s.Name = aws.ToString(got.Subnets[0].SubnetId)
	default:
		images, err := client.DescribeImages(t.Context(), &ec2.DescribeImagesInput{})
		require.NoError(t, err)
		made, err := client.RunInstances(t.Context(), &ec2.RunInstancesInput{ImageId: images.Images[0].ImageId, MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: ec2types.InstanceTypeT3Micro})
		require.NoError(t, err)
		s.Name = aws.ToString(made.Instances[0].InstanceId)
	}
	return s, nil
}

func (c *cloud) inAccount(t *testing.T, runbook, name string, s remediation.Subject) (remediation.Subject, func(t *testing.T)) {
	t.Helper()
	s.Name = name
	switch runbook {
	case "rotate-key":
		made, err := kms.NewFromConfig(c.config).CreateKey(t.Context(), &kms.CreateKeyInput{})
		require.NoError(t, err)
		s.Name = aws.ToString(made.KeyMetadata.KeyId)
	case "validate-trail-logs":
		client := s3.NewFromConfig(c.config, func(o *s3.Options) { o.UsePathStyle = true })
		_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
		require.NoError(t, err)
		made, err := cloudtrail.NewFromConfig(c.config).CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: &name, S3BucketName: &name})
		require.NoError(t, err)
		s.ARN = aws.ToString(made.TrailARN)
	case "protect-balancer":
		subnets, err := ec2.NewFromConfig(c.config).DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{})
		require.NoError(t, err)
		made, err := elb.NewFromConfig(c.config).CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{Name: aws.String("broken"), Subnets: []string{*subnets.Subnets[0].SubnetId, *subnets.Subnets[1].SubnetId}})
		require.NoError(t, err)
		s.ARN = aws.ToString(made.LoadBalancers[0].LoadBalancerArn)
	case "recover-table":
		_, err := dynamodb.NewFromConfig(c.config).CreateTable(t.Context(), &dynamodb.CreateTableInput{TableName: &name, BillingMode: dynamotypes.BillingModePayPerRequest,
			KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("Key"), KeyType: dynamotypes.KeyTypeHash}},
			AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("Key"), AttributeType: dynamotypes.ScalarAttributeTypeS}}})
		require.NoError(t, err)
	case "warehouse-private":
		_, err := redshift.NewFromConfig(c.config).CreateCluster(t.Context(), &redshift.CreateClusterInput{ClusterIdentifier: &name, NodeType: aws.String("ra3.large"), MasterUsername: aws.String("admin1"), MasterUserPassword: aws.String("Not-a-secret1"), PubliclyAccessible: aws.Bool(true)})
		require.NoError(t, err)
	case "revoke-unused":
		made, err := c.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name})
		require.NoError(t, err)
		_, err = c.iam.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
		require.NoError(t, err)
		s.ID = aws.ToString(made.User.UserId)
		return s, func(t *testing.T) {
			keys, err := c.iam.ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{UserName: &name})
			require.NoError(t, err)
			assert.Equal(t, "Active", string(keys.AccessKeyMetadata[0].Status), "a key of today is not unused")
		}
	}
	return s, nil
}

// TestAnExecutionIsTold: steps, outputs, the calls' identity, and an event for each change of status.
func TestAnExecutionIsTold(t *testing.T) {
	c := newCloud(t)
	trail, _ := c.broken(t, "validate-trail-logs")
	_, err := cloudtrail.NewFromConfig(c.config).StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: &trail.ARN})
	require.NoError(t, err)
	runbook, _ := remediation.RunbookByID("rotate-key")
	subject, _ := c.broken(t, "rotate-key")
	role := c.role("rotate", runbook.Statements)
	ended := c.start(runbook.Document, map[string][]string{"KeyId": {subject.Name}, "AutomationAssumeRole": {role}})
	id := aws.ToString(ended.AutomationExecutionId)
	require.Len(t, ended.StepExecutions, 2)
	assert.Equal(t, []string{`{"KeyRotationEnabled":true}`}, ended.Outputs["VerifyKeyRotation.Output"])
	assert.Equal(t, []string{"InProgress", "Success"}, c.bus.told("EC2 Automation Execution Status-change Notification", id))
	assert.Equal(t, []string{"InProgress", "Success", "InProgress", "Success"}, c.bus.told("EC2 Automation Step Status-change Notification", id))

	listed, err := c.ssm.DescribeAutomationExecutions(t.Context(), &ssm.DescribeAutomationExecutionsInput{Filters: []ssmtypes.AutomationExecutionFilter{{Key: "ExecutionStatus", Values: []string{"Success"}}}})
	require.NoError(t, err)
	require.Len(t, listed.AutomationExecutionMetadataList, 1)
	assert.Equal(t, runbook.Document, aws.ToString(listed.AutomationExecutionMetadataList[0].DocumentName))
	steps, err := c.ssm.DescribeAutomationStepExecutions(t.Context(), &ssm.DescribeAutomationStepExecutionsInput{AutomationExecutionId: &id})
	require.NoError(t, err)
	assert.Len(t, steps.StepExecutions, 2)
	require.Eventually(t, func() bool { return c.bus.calledAs("EnableKeyRotation", "assumed-role/rotate/Automation-"+id) }, time.Minute, 20*time.Millisecond)
	_, err = c.ssm.StopAutomationExecution(t.Context(), &ssm.StopAutomationExecutionInput{AutomationExecutionId: &id})
	assert.Equal(t, "InvalidAutomationStatusUpdateException", code(err))
	_, err = c.ssm.GetAutomationExecution(t.Context(), &ssm.GetAutomationExecutionInput{AutomationExecutionId: aws.String("00000000-0000-0000-0000-000000000000")})
	assert.Equal(t, "AutomationExecutionNotFoundException", code(err))
}

// calledAs says whether the trail has a call by a session.
func (b *bus) calledAs(operation, session string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.kept, func(e map[string]any) bool {
		text, err := json.Marshal(e)
		return err == nil && bytes.Contains(text, []byte(`"eventName":"`+operation+`"`)) && bytes.Contains(text, []byte(session))
	})
}

// TestARoleThatLacksAPermission: the execution fails, says which, and changes nothing.
func TestARoleThatLacksAPermission(t *testing.T) {
	c := newCloud(t)
	subject, _ := c.broken(t, "rotate-key")
	role := c.role("poor", []remediation.Statement{{Sid: "Read", Actions: []string{"kms:GetKeyRotationStatus"}}})
	ended := c.start("AWSConfigRemediation-EnableKeyRotation", map[string][]string{"KeyId": {subject.Name}, "AutomationAssumeRole": {role}})
	assert.Equal(t, ssmtypes.AutomationExecutionStatusFailed, ended.AutomationExecutionStatus)
	assert.Contains(t, aws.ToString(ended.FailureMessage), "AccessDenied) when calling kms:EnableKeyRotation: role "+role)
	assert.Equal(t, []string{"InProgress", "Failed"}, c.bus.told("EC2 Automation Execution Status-change Notification", aws.ToString(ended.AutomationExecutionId)))
}

// TestStartsThatAreRefused: as Systems Manager refuses them.
func TestStartsThatAreRefused(t *testing.T) {
	c := newCloud(t)
	_, err := c.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("lambda-only"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`)})
	require.NoError(t, err)
	const rotate = "AWSConfigRemediation-EnableKeyRotation"
	role := func(name string) []string { return []string{"arn:aws:iam::" + account + ":role/" + name} }
	for name, test := range map[string]struct {
		document   string
		parameters map[string][]string
		want       string
	}{
		"an unknown document":    {"AWS-NoSuchRunbook", nil, "AutomationDefinitionNotFoundException"},
		"an unknown parameter":   {rotate, map[string][]string{"KeyID": {"k"}, "AutomationAssumeRole": role("r")}, "InvalidAutomationExecutionParametersException"},
		"a missing parameter":    {rotate, map[string][]string{"AutomationAssumeRole": role("r")}, "InvalidAutomationExecutionParametersException"},
		"no role":                {rotate, map[string][]string{"KeyId": {"k"}}, "InvalidAutomationExecutionParametersException"},
		"a role that is missing": {rotate, map[string][]string{"KeyId": {"k"}, "AutomationAssumeRole": role("none")}, "InvalidAutomationExecutionParametersException"},
		"a role of functions":    {rotate, map[string][]string{"KeyId": {"k"}, "AutomationAssumeRole": role("lambda-only")}, "InvalidAutomationExecutionParametersException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.ssm.StartAutomationExecution(t.Context(), &ssm.StartAutomationExecutionInput{DocumentName: &test.document, Parameters: test.parameters})
			assert.Equal(t, test.want, code(err))
		})
	}
}

// TestATokenStartsOnce: the same call again names the same execution, another one is refused.
func TestATokenStartsOnce(t *testing.T) {
	c := newCloud(t)
	start := func(state string) (string, error) {
		got, err := c.ssm.StartAutomationExecution(t.Context(), &ssm.StartAutomationExecutionInput{DocumentName: aws.String("AWS-ConfigureS3BucketVersioning"),
			ClientToken: aws.String("7b1d2c1e-0000-4000-8000-000000000001"), Parameters: map[string][]string{"BucketName": {"none"}, "VersioningState": {state}}})
		if err != nil {
			return "", err
		}
		return aws.ToString(got.AutomationExecutionId), nil
	}
	first, err := start("Enabled")
	require.NoError(t, err)
	again, err := start("Enabled")
	require.NoError(t, err)
	assert.Equal(t, first, again)
	_, err = start("Suspended")
	assert.Equal(t, "IdempotentParameterMismatch", code(err))
}
