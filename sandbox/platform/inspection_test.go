package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/account/evidence"
	"assetguard/internal/compliance"
	report "assetguard/internal/compliance/evidence"
	"assetguard/internal/contract"
	"assetguard/lambdas/importer"
	"assetguard/lambdas/suppression"
)

const packName = "assetguard-local-k-isms"

// steps takes the steps that the importer sends itself.
type steps []string

func (s *steps) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	*s = append(*s, aws.ToString(in.MessageBody))
	return &sqs.SendMessageOutput{}, nil
}

// TestThePackReachesSecurityHubAndTheReport: a bucket without versioning fails the pack, becomes a finding with its codes,
// stands in the evidence report, is accepted for a time, and counts again when that has ended.
func TestThePackReachesSecurityHubAndTheReport(t *testing.T) {
	endpoint, end := served(t)
	ctx := t.Context()
	cfg := aws.Config{Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	config, hub, parameters := configservice.NewFromConfig(cfg), securityhub.NewFromConfig(cfg), ssm.NewFromConfig(cfg)
	deployInspection(t, cfg)
	require.Eventually(t, func() bool {
		out, err := config.GetConformancePackComplianceDetails(ctx, &configservice.GetConformancePackComplianceDetailsInput{ConformancePackName: aws.String(packName)})
		return err == nil && len(out.ConformancePackRuleEvaluationResults) > 0
	}, time.Minute, 200*time.Millisecond, "the pack evaluates")

	importAll(t, cfg)
	found := ours(t, hub)
	require.NotEmpty(t, found)
	assert.Equal(t, hubtypes.ComplianceStatusFailed, found[0].Compliance.Status)
	assert.Contains(t, found[0].Compliance.RelatedRequirements, "KISA 2026/CA-18")
	assert.Equal(t, compliance.UserDefinedFields(compliance.CodesOfCheck("S3_BUCKET_VERSIONING_ENABLED")), found[0].UserDefinedFields)

	s := &evidence.Stack{Name: "local", Account: account, Regions: []string{region}, Pack: packName, Tags: []compliance.Tag{{Key: "Owner"}}, Zone: time.UTC}
	read := func() report.SourceReport {
		in, err := s.Read(ctx, time.Now(), func(string) evidence.Region { return evidence.Region{Config: config, Hub: hub} }, parameters, io.Discard)
		require.NoError(t, err)
		require.Empty(t, in.Unread)
		judged, err := report.Evaluate(in)
		require.NoError(t, err)
		for _, code := range judged.Codes {
			for _, source := range code.Sources {
				if source.ID == "S3_BUCKET_VERSIONING_ENABLED" {
					return source
				}
			}
		}
		t.Fatal("the check is not in the report")
		return report.SourceReport{}
	}
	assert.Positive(t, read().Failed)

	rule := accept(t, cfg, "lecture-files", "2999-12-31")
	_, err := hub.BatchUpdateFindings(ctx, &securityhub.BatchUpdateFindingsInput{ // as the rule does at the next import
		FindingIdentifiers: []hubtypes.AwsSecurityFindingIdentifier{{Id: found[0].Id, ProductArn: found[0].ProductArn}},
		Workflow:           &hubtypes.WorkflowUpdate{Status: hubtypes.WorkflowStatusSuppressed},
		UserDefinedFields:  map[string]string{contract.FieldAcceptedRisk: "lecture-files"},
	})
	require.NoError(t, err)
	endAccepted(t, cfg)
	assert.Equal(t, hubtypes.WorkflowStatusSuppressed, ours(t, hub)[0].Workflow.Status, "it holds")
	assert.Positive(t, read().Accepted)

	write(t, cfg, rule, "lecture-files", "2020-01-01")
	endAccepted(t, cfg)
	again := ours(t, hub)[0]
	assert.Equal(t, hubtypes.WorkflowStatusNew, again.Workflow.Status)
	assert.Contains(t, aws.ToString(again.Note.Text), "lecture-files")
	rules, err := hub.BatchGetAutomationRules(ctx, &securityhub.BatchGetAutomationRulesInput{AutomationRulesArns: []string{rule}})
	require.NoError(t, err)
	assert.Equal(t, hubtypes.RuleStatusDisabled, rules.Rules[0].RuleStatus)
	assert.Positive(t, read().Failed)
	require.NoError(t, end())
}

// deployInspection makes a recorder, a bucket without versioning, Security Hub, and a pack with one rule.
func deployInspection(t *testing.T, cfg aws.Config) {
	t.Helper()
	ctx, config := t.Context(), configservice.NewFromConfig(cfg)
	_, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: aws.String("lecture-files"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	require.NoError(t, err)
	_, err = config.PutConfigurationRecorder(ctx, &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &configtypes.ConfigurationRecorder{
		Name: aws.String("default"), RoleARN: aws.String("arn:aws:iam::" + account + ":role/config"),
		RecordingGroup: &configtypes.RecordingGroup{AllSupported: true},
	}})
	require.NoError(t, err)
	_, err = config.PutDeliveryChannel(ctx, &configservice.PutDeliveryChannelInput{DeliveryChannel: &configtypes.DeliveryChannel{
		Name: aws.String("default"), S3BucketName: aws.String("lecture-files"),
	}})
	require.NoError(t, err)
	_, err = config.StartConfigurationRecorder(ctx, &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")})
	require.NoError(t, err)
	_, err = securityhub.NewFromConfig(cfg).EnableSecurityHub(ctx, &securityhub.EnableSecurityHubInput{EnableDefaultStandards: aws.Bool(false)})
	require.NoError(t, err)
	_, err = config.PutConformancePack(ctx, &configservice.PutConformancePackInput{
		ConformancePackName: aws.String(packName),
		TemplateBody: aws.String("Resources:\n  Versioning:\n    Type: AWS::Config::ConfigRule\n    Properties:\n" +
			"      ConfigRuleName: s3-bucket-versioning-enabled\n      Source: {Owner: AWS, SourceIdentifier: S3_BUCKET_VERSIONING_ENABLED}\n"),
	})
	require.NoError(t, err)
}

// importAll runs the importer's chain of one region to its end.
func importAll(t *testing.T, cfg aws.Config) {
	t.Helper()
	queue, out := &steps{contract.ImportAllMessage}, &bytes.Buffer{}
	handler := importer.New(importer.Settings{
		Partition: "aws", Account: account, Regions: []string{region}, Pack: packName, Language: "ko", MaxReceives: 3,
	}, func(string) importer.Region {
		return importer.Region{Hub: securityhub.NewFromConfig(cfg), Config: configservice.NewFromConfig(cfg), Tagging: resourcegroupstaggingapi.NewFromConfig(cfg)}
	}, queue, out)
	for i := 0; i < len(*queue); i++ {
		response, err := handler.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{MessageId: "0", Body: (*queue)[i]}}})
		require.NoError(t, err)
		require.Empty(t, response.BatchItemFailures, out)
	}
	require.Len(t, *queue, 3, "begin, import, archive")
}

// ours are the findings of the bucket that the importer made.
func ours(t *testing.T, hub *securityhub.Client) []hubtypes.AwsSecurityFinding {
	t.Helper()
	out, err := hub.GetFindings(t.Context(), &securityhub.GetFindingsInput{Filters: &hubtypes.AwsSecurityFindingFilters{
		GeneratorId: []hubtypes.StringFilter{{Comparison: hubtypes.StringFilterComparisonPrefix, Value: aws.String(compliance.GeneratorID(""))}},
	}})
	require.NoError(t, err)
	return out.Findings
}

// accept makes an automation rule for a risk and returns its ARN.
func accept(t *testing.T, cfg aws.Config, id, expires string) string {
	t.Helper()
	out, err := securityhub.NewFromConfig(cfg).CreateAutomationRule(t.Context(), &securityhub.CreateAutomationRuleInput{
		RuleName: aws.String(id), Description: aws.String("accepted"), RuleOrder: aws.Int32(1), RuleStatus: hubtypes.RuleStatusEnabled,
		Criteria: &hubtypes.AutomationRulesFindingFilters{Title: []hubtypes.StringFilter{{Comparison: hubtypes.StringFilterComparisonEquals, Value: aws.String("x")}}},
		Actions: []hubtypes.AutomationRulesAction{{Type: hubtypes.AutomationRulesActionTypeFindingFieldsUpdate,
			FindingFieldsUpdate: &hubtypes.AutomationRulesFindingFieldsUpdate{Workflow: &hubtypes.WorkflowUpdate{Status: hubtypes.WorkflowStatusSuppressed}}}},
	})
	require.NoError(t, err)
	write(t, cfg, aws.ToString(out.RuleArn), id, expires)
	return aws.ToString(out.RuleArn)
}

// write writes the accepted risk where the functions read it.
func write(t *testing.T, cfg aws.Config, rule, id, expires string) {
	t.Helper()
	document, err := json.Marshal(contract.AcceptedRisks{Accepted: []contract.AcceptedRisk{{ID: id, RuleARN: rule, Expires: expires}}})
	require.NoError(t, err)
	_, err = ssm.NewFromConfig(cfg).PutParameter(t.Context(), &ssm.PutParameterInput{Name: aws.String(contract.ParameterAccepted),
		Value: aws.String(string(document)), Type: ssmtypes.ParameterTypeString, Overwrite: aws.Bool(true)})
	require.NoError(t, err)
}

// endAccepted runs the suppression function.
func endAccepted(t *testing.T, cfg aws.Config) {
	t.Helper()
	handler := suppression.New(suppression.Settings{Home: region, Parameter: contract.ParameterAccepted, Zone: time.UTC, Language: "en"},
		func(string) suppression.Hub { return securityhub.NewFromConfig(cfg) }, ssm.NewFromConfig(cfg), &bytes.Buffer{})
	_, err := handler.Handle(t.Context())
	require.NoError(t, err)
}
