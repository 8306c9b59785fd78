package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// subscribe enables standards by the ends of their ARNs and returns the subscriptions.
func subscribe(t *testing.T, hub *securityhub.Client, paths ...string) []string {
	t.Helper()
	var subscriptions []string
	for _, path := range paths {
		on, err := hub.BatchEnableStandards(t.Context(), &securityhub.BatchEnableStandardsInput{StandardsSubscriptionRequests: []types.StandardsSubscriptionRequest{
			{StandardsArn: aws.String("arn:aws:securityhub:" + region + "::standards/" + path)}}})
		require.NoError(t, err)
		subscriptions = append(subscriptions, *on.StandardsSubscriptions[0].StandardsSubscriptionArn)
	}
	return subscriptions
}

const (
	fsbpPath = "aws-foundational-security-best-practices/v/1.0.0"
	cisPath  = "cis-aws-foundations-benchmark/v/3.0.0"
)

// judged waits for a control's finding about a resource, named by the end of its id, with a status and a workflow.
func (c *cloud) judged(hub *securityhub.Client, control, resource string, status types.ComplianceStatus, workflow types.WorkflowStatus) types.AwsSecurityFinding {
	c.t.Helper()
	var found types.AwsSecurityFinding
	require.Eventually(c.t, func() bool {
		out, err := hub.GetFindings(c.t.Context(), &securityhub.GetFindingsInput{Filters: &types.AwsSecurityFindingFilters{
			ComplianceSecurityControlId: equals(control), RecordState: equals("ACTIVE"),
		}})
		if err != nil {
			return false
		}
		for _, f := range out.Findings {
			if strings.HasSuffix(*f.Resources[0].Id, resource) && f.Compliance.Status == status && f.Workflow.Status == workflow {
				found = f
			}
		}
		return found.Id != nil
	}, 20*time.Second, 50*time.Millisecond, "%s of %s does not become %s, %s", control, resource, status, workflow)
	return found
}

func TestControlsOfEnabledStandardsGiveFindings(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub, machines := c.hub(region), ec2.NewFromConfig(c.config("test"))
	config := configservice.NewFromConfig(c.config("test"))
	subscriptions := subscribe(t, hub, fsbpPath, cisPath)

	f := c.judged(hub, "EC2.7", ":"+account, types.ComplianceStatusFailed, types.WorkflowStatusNew)
	assert.Equal(t, []string{"Security Hub", "security-control/EC2.7", "AwsAccount", "MEDIUM"},
		[]string{*f.ProductName, *f.GeneratorId, *f.Resources[0].Type, string(f.Severity.Label)})
	assert.Len(t, f.Compliance.AssociatedStandards, 2, "one finding for both standards")
	_, err := machines.EnableEbsEncryptionByDefault(ctx, &ec2.EnableEbsEncryptionByDefaultInput{})
	require.NoError(t, err)
	same := c.judged(hub, "EC2.7", ":"+account, types.ComplianceStatusPassed, types.WorkflowStatusResolved)
	assert.Equal(t, []string{*f.Id, *f.CreatedAt}, []string{*same.Id, *same.CreatedAt})
	assert.Equal(t, types.SeverityLabelInformational, same.Severity.Label)
	_, err = machines.DisableEbsEncryptionByDefault(ctx, &ec2.DisableEbsEncryptionByDefaultInput{})
	require.NoError(t, err)
	c.judged(hub, "EC2.7", ":"+account, types.ComplianceStatusFailed, types.WorkflowStatusNew)

	rules, err := config.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{})
	require.NoError(t, err)
	var own string
	for _, rule := range rules.ConfigRules {
		if strings.HasPrefix(*rule.ConfigRuleName, "securityhub-ec2-ebs-encryption-by-default-") {
			own = *rule.ConfigRuleName
			assert.Contains(t, *rule.ConfigRuleArn, ":config-rule/aws-service-rule/securityhub.amazonaws.com/config-rule-")
		}
	}
	require.NotEmpty(t, own)
	_, err = config.DeleteConfigRule(ctx, &configservice.DeleteConfigRuleInput{ConfigRuleName: &own})
	assert.Equal(t, "AccessDeniedException", code(err))

	// Off in one standard it is evaluated for the other; off in both, its rule and its findings go.
	off := func(paths ...string) {
		for _, path := range paths {
			_, err := hub.BatchUpdateStandardsControlAssociations(ctx, &securityhub.BatchUpdateStandardsControlAssociationsInput{StandardsControlAssociationUpdates: []types.StandardsControlAssociationUpdate{
				{StandardsArn: aws.String("arn:aws:securityhub:" + region + "::standards/" + path), SecurityControlId: aws.String("EC2.7"),
					AssociationStatus: types.AssociationStatusDisabled, UpdatedReason: aws.String("test")}}})
			require.NoError(t, err)
		}
	}
	off(fsbpPath)
	c.judged(hub, "EC2.7", ":"+account, types.ComplianceStatusFailed, types.WorkflowStatusNew)
	off(cisPath)
	assert.Equal(t, types.RecordStateArchived, one(t, hub, *f.Id).RecordState)
	_, err = config.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{ConfigRuleNames: []string{own}})
	assert.Equal(t, "NoSuchConfigRuleException", code(err))

	_, err = hub.BatchDisableStandards(ctx, &securityhub.BatchDisableStandardsInput{StandardsSubscriptionArns: subscriptions})
	require.NoError(t, err)
	active, err := hub.GetFindings(ctx, &securityhub.GetFindingsInput{Filters: &types.AwsSecurityFindingFilters{RecordState: equals("ACTIVE")}})
	require.NoError(t, err)
	assert.Empty(t, active.Findings)
}

func TestAControlWithoutResourcesSaysSo(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub, identities := c.hub(region), iam.NewFromConfig(c.config("test"))
	subscribe(t, hub, cisPath)
	none := c.judged(hub, "IAM.3", ":"+account, types.ComplianceStatusNotAvailable, types.WorkflowStatusNew)
	assert.Equal(t, "CONFIG_EVALUATIONS_EMPTY", *none.Compliance.StatusReasons[0].ReasonCode)
	_, err := identities.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("kim")})
	require.NoError(t, err)
	c.judged(hub, "IAM.3", "user/kim", types.ComplianceStatusPassed, types.WorkflowStatusResolved)
	assert.Equal(t, types.RecordStateArchived, one(t, hub, *none.Id).RecordState)
}

// Each control fails for what it is about, and passes once that is mended.
func TestControlsSeeWhatIsWrong(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub, identities, keys := c.hub(region), iam.NewFromConfig(c.config("test")), kms.NewFromConfig(c.config("test"))
	subscribe(t, hub, fsbpPath, cisPath)
	policy := func(statement string) *string {
		return aws.String(`{"Version":"2012-10-17","Statement":[` + statement + `]}`)
	}
	broad, err := identities.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("broad"), PolicyDocument: policy(`{"Effect":"Allow","Action":["*"],"Resource":"*"}`)})
	require.NoError(t, err)
	for _, control := range []string{"IAM.1", "IAM.21", "KMS.1"} {
		c.judged(hub, control, "policy/broad", types.ComplianceStatusFailed, types.WorkflowStatusNew)
	}
	_, err = identities.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: broad.Policy.Arn, SetAsDefault: true,
		PolicyDocument: policy(`{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"}`)})
	require.NoError(t, err)
	for _, control := range []string{"IAM.1", "IAM.21", "KMS.1"} {
		c.judged(hub, control, "policy/broad", types.ComplianceStatusPassed, types.WorkflowStatusResolved)
	}
	_, err = identities.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("worker"), AssumeRolePolicyDocument: policy(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`)})
	require.NoError(t, err)
	_, err = identities.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("worker"), PolicyName: aws.String("keys"), PolicyDocument: policy(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:*:` + account + `:key/*"}`)})
	require.NoError(t, err)
	c.judged(hub, "KMS.2", "role/worker", types.ComplianceStatusFailed, types.WorkflowStatusNew)

	_, err = identities.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("kim")})
	require.NoError(t, err)
	_, err = identities.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: aws.String("kim"), Password: aws.String("not-A-secret-1")})
	require.NoError(t, err)
	_, err = identities.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("kim"), PolicyName: aws.String("own"), PolicyDocument: policy(`{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}`)})
	require.NoError(t, err)
	c.judged(hub, "IAM.5", "user/kim", types.ComplianceStatusFailed, types.WorkflowStatusNew)
	c.judged(hub, "IAM.2", "user/kim", types.ComplianceStatusFailed, types.WorkflowStatusNew)
	_, err = identities.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(14), PasswordReusePrevention: aws.Int32(5)})
	require.NoError(t, err)
	c.judged(hub, "IAM.15", ":"+account, types.ComplianceStatusPassed, types.WorkflowStatusResolved)
	c.judged(hub, "IAM.16", ":"+account, types.ComplianceStatusFailed, types.WorkflowStatusNew)

	key, err := keys.CreateKey(ctx, &kms.CreateKeyInput{})
	require.NoError(t, err)
	c.judged(hub, "KMS.4", *key.KeyMetadata.Arn, types.ComplianceStatusFailed, types.WorkflowStatusNew)
	_, err = keys.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: key.KeyMetadata.KeyId})
	require.NoError(t, err)
	c.judged(hub, "KMS.4", *key.KeyMetadata.Arn, types.ComplianceStatusPassed, types.WorkflowStatusResolved)
	_, err = keys.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: key.KeyMetadata.KeyId})
	require.NoError(t, err)
	c.judged(hub, "KMS.3", *key.KeyMetadata.Arn, types.ComplianceStatusFailed, types.WorkflowStatusNew)
	secret, err := secretsmanager.NewFromConfig(c.config("test")).CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("webhook"), SecretString: aws.String("none")})
	require.NoError(t, err)
	c.judged(hub, "SecretsManager.1", *secret.ARN, types.ComplianceStatusFailed, types.WorkflowStatusNew)
	for _, control := range []string{"GuardDuty.1", "Inspector.1", "Config.1", "CloudTrail.1", "IAM.28"} {
		c.judged(hub, control, ":"+account, types.ComplianceStatusFailed, types.WorkflowStatusNew)
	}
	c.judged(hub, "IAM.4", ":"+account, types.ComplianceStatusPassed, types.WorkflowStatusResolved)
}
