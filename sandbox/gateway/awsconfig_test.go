package gateway_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder is AWS Config with a recorder.
func (c *cloud) recorder() *configservice.Client {
	c.t.Helper()
	client := configservice.NewFromConfig(c.config("test"))
	_, err := client.PutConfigurationRecorder(c.t.Context(), &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{
		Name: aws.String("default"), RoleARN: aws.String("arn:aws:iam::" + account + ":role/config"),
		RecordingGroup: &types.RecordingGroup{AllSupported: true, RecordingStrategy: &types.RecordingStrategy{UseOnly: types.RecordingStrategyTypeAllSupportedResourceTypes}},
		RecordingMode:  &types.RecordingMode{RecordingFrequency: types.RecordingFrequencyDaily},
	}})
	require.NoError(c.t, err)
	return client
}

// template is a pack's template of checks, each named as AWS names the rule.
func template(rules ...string) *string {
	var text strings.Builder
	text.WriteString("Parameters:\n  Length:\n    Type: String\n    Default: \"14\"\nResources:\n")
	for _, identifier := range rules {
		name := strings.ToLower(strings.ReplaceAll(identifier, "_", "-"))
		text.WriteString("  R" + strings.ReplaceAll(identifier, "_", "") + ":\n    Type: AWS::Config::ConfigRule\n    Properties:\n      ConfigRuleName: " + name +
			"\n      InputParameters:\n        MinimumPasswordLength: !Ref Length\n      Source:\n        Owner: AWS\n        SourceIdentifier: " + identifier + "\n")
	}
	return aws.String(text.String())
}

// pack makes a pack and returns the names of its rules by their names in the template.
func pack(t *testing.T, config *configservice.Client, name string, body *string, parameters ...types.ConformancePackInputParameter) map[string]string {
	t.Helper()
	_, err := config.PutConformancePack(t.Context(), &configservice.PutConformancePackInput{ConformancePackName: &name, TemplateBody: body, ConformancePackInputParameters: parameters})
	require.NoError(t, err)
	out, err := config.DescribeConformancePackCompliance(t.Context(), &configservice.DescribeConformancePackComplianceInput{ConformancePackName: &name})
	require.NoError(t, err)
	names := map[string]string{}
	for _, r := range out.ConformancePackRuleComplianceList {
		short, _, _ := strings.Cut(*r.ConfigRuleName, "-conformance-pack-")
		names[short] = *r.ConfigRuleName
	}
	return names
}

func TestAConformancePackMakesRules(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	without := configservice.NewFromConfig(c.config("test"))
	_, err := without.PutConformancePack(ctx, &configservice.PutConformancePackInput{ConformancePackName: aws.String("kisms"), TemplateBody: template("A")})
	assert.Equal(t, "NoAvailableConfigurationRecorderException", code(err))
	config := c.recorder()
	shown, err := config.DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{})
	require.NoError(t, err)
	assert.Equal(t, types.RecordingFrequencyDaily, shown.ConfigurationRecorders[0].RecordingMode.RecordingFrequency)

	names := pack(t, config, "kisms", template("ACCESS_KEYS_ROTATED", "IAM_PASSWORD_POLICY"), types.ConformancePackInputParameter{ParameterName: aws.String("Length"), ParameterValue: aws.String("9")})
	require.Len(t, names, 2)
	rules, err := config.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{ConfigRuleNames: []string{names["iam-password-policy"]}})
	require.NoError(t, err)
	rule := rules.ConfigRules[0]
	assert.Regexp(t, `^iam-password-policy-conformance-pack-[0-9a-z]{9}$`, *rule.ConfigRuleName)
	assert.Regexp(t, `^arn:aws:config:ap-northeast-2:123456789012:config-rule/aws-service-rule/config-conforms\.amazonaws\.com/config-rule-`, *rule.ConfigRuleArn)
	assert.Equal(t, "config-conforms.amazonaws.com", *rule.CreatedBy)
	assert.JSONEq(t, `{"MinimumPasswordLength":"9"}`, *rule.InputParameters)
	status, err := config.DescribeConformancePackStatus(ctx, &configservice.DescribeConformancePackStatusInput{ConformancePackNames: []string{"kisms"}})
	require.NoError(t, err)
	assert.Equal(t, types.ConformancePackStateCreateComplete, status.ConformancePackStatusDetails[0].ConformancePackState)
	_, err = config.DeleteConfigRule(ctx, &configservice.DeleteConfigRuleInput{ConfigRuleName: rule.ConfigRuleName})
	assert.Equal(t, "AccessDeniedException", code(err), "it belongs to the pack")

	// A change keeps the rules that stay; a template in S3 does the same.
	objects := s3.NewFromConfig(c.config("test"), func(o *s3.Options) { o.UsePathStyle = true })
	c.bucket(objects, "packs")
	_, err = objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("packs"), Key: aws.String("k/p.yaml"), Body: strings.NewReader(*template("IAM_PASSWORD_POLICY"))})
	require.NoError(t, err)
	_, err = config.PutConformancePack(ctx, &configservice.PutConformancePackInput{ConformancePackName: aws.String("kisms"), TemplateS3Uri: aws.String("s3://packs/k/p.yaml")})
	require.NoError(t, err)
	rules, err = config.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{})
	require.NoError(t, err)
	require.Len(t, rules.ConfigRules, 1)
	assert.Equal(t, rule.ConfigRuleArn, rules.ConfigRules[0].ConfigRuleArn)

	for name, wrong := range map[string]*configservice.PutConformancePackInput{
		"ConformancePackTemplateValidationException": {TemplateBody: aws.String("Resources: {A: {Type: 'AWS::S3::Bucket'}}")},
		"InvalidParameterValueException":             {},
		"InsufficientPermissionsException":           {TemplateS3Uri: aws.String("s3://packs/none")},
		"ValidationException":                        {TemplateBody: aws.String(strings.Repeat("#", 51_201))},
	} {
		wrong.ConformancePackName = aws.String("wrong")
		_, err = config.PutConformancePack(ctx, wrong)
		assert.Equal(t, name, code(err))
	}
	_, err = config.DeleteConformancePack(ctx, &configservice.DeleteConformancePackInput{ConformancePackName: aws.String("kisms")})
	require.NoError(t, err)
	rules, err = config.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{})
	require.NoError(t, err)
	assert.Empty(t, rules.ConfigRules)
	_, err = config.DescribeConformancePacks(ctx, &configservice.DescribeConformancePacksInput{ConformancePackNames: []string{"kisms"}})
	assert.Equal(t, "NoSuchConformancePackException", code(err))
}

func TestAnOrganizationsPackReachesTheAccount(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	config, name := c.recorder(), aws.String("kisms")
	_, err := config.PutOrganizationConformancePack(ctx, &configservice.PutOrganizationConformancePackInput{OrganizationConformancePackName: name, TemplateBody: template("A"), DeliveryS3Bucket: aws.String("logs")})
	assert.Equal(t, "InvalidParameterValueException", code(err))
	put := func(excluded ...string) {
		_, err := config.PutOrganizationConformancePack(ctx, &configservice.PutOrganizationConformancePackInput{
			OrganizationConformancePackName: name, TemplateBody: template("A"), DeliveryS3Bucket: aws.String("awsconfigconforms-logs"), ExcludedAccounts: excluded})
		require.NoError(t, err)
	}
	deployed := func() []types.ConformancePackDetail {
		out, err := config.DescribeConformancePacks(ctx, &configservice.DescribeConformancePacksInput{})
		require.NoError(t, err)
		return out.ConformancePackDetails
	}
	put()
	require.Len(t, deployed(), 1)
	assert.True(t, strings.HasPrefix(*deployed()[0].ConformancePackName, "OrgConformsPack-kisms-"))
	_, err = config.DeleteConformancePack(ctx, &configservice.DeleteConformancePackInput{ConformancePackName: deployed()[0].ConformancePackName})
	assert.Equal(t, "AccessDeniedException", code(err))
	put(account)
	assert.Empty(t, deployed())
	status, err := config.DescribeOrganizationConformancePackStatuses(ctx, &configservice.DescribeOrganizationConformancePackStatusesInput{})
	require.NoError(t, err)
	assert.Equal(t, types.OrganizationResourceStatusUpdateSuccessful, status.OrganizationConformancePackStatuses[0].Status)
	_, err = config.DeleteOrganizationConformancePack(ctx, &configservice.DeleteOrganizationConformancePackInput{OrganizationConformancePackName: name})
	require.NoError(t, err)
	_, err = config.DescribeOrganizationConformancePacks(ctx, &configservice.DescribeOrganizationConformancePacksInput{OrganizationConformancePackNames: []string{*name}})
	assert.Equal(t, "NoSuchOrganizationConformancePackException", code(err))
}

const complianceEvent = "Config Rules Compliance Change"

// change waits for an event about a resource and a rule and returns what it says.
func (c *cloud) change(rule, resource, compliance string) map[string]any {
	c.t.Helper()
	var found map[string]any
	require.Eventually(c.t, func() bool {
		for _, e := range c.events(complianceEvent)[region] {
			detail := e["detail"].(map[string]any)
			fresh := detail["newEvaluationResult"].(map[string]any)
			if detail["configRuleName"] == rule && detail["resourceId"] == resource && fresh["complianceType"] == compliance {
				found = detail
			}
		}
		return found != nil
	}, 20*time.Second, 20*time.Millisecond, "%s of %s does not become %s", rule, resource, compliance)
	return found
}

func TestABucketBecomesCompliantAndGoesAway(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	config := c.recorder()
	objects := s3.NewFromConfig(c.config("test"), func(o *s3.Options) { o.UsePathStyle = true })
	rules := pack(t, config, "kisms", template("S3_BUCKET_SSL_REQUESTS_ONLY", "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED", "S3_BUCKET_VERSIONING_ENABLED", "S3_BUCKET_PUBLIC_READ_PROHIBITED", "ACCESS_KEYS_ROTATED"))
	c.bucket(objects, "open")
	for _, rule := range []string{"s3-bucket-ssl-requests-only", "s3-bucket-level-public-access-prohibited", "s3-bucket-versioning-enabled"} {
		c.change(rules[rule], "open", "NON_COMPLIANT")
	}
	c.change(rules["s3-bucket-public-read-prohibited"], "open", "COMPLIANT")

	_, err := objects.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("open"), Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/*"},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*","Resource":["arn:aws:s3:::open","arn:aws:s3:::open/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)})
	require.NoError(t, err)
	detail := c.change(rules["s3-bucket-ssl-requests-only"], "open", "COMPLIANT")
	assert.Equal(t, "AWS::S3::Bucket", detail["resourceType"])
	assert.Equal(t, "NON_COMPLIANT", detail["oldEvaluationResult"].(map[string]any)["complianceType"])
	c.change(rules["s3-bucket-public-read-prohibited"], "open", "NON_COMPLIANT")
	_, err = objects.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: aws.String("open"), PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true)}})
	require.NoError(t, err)
	c.change(rules["s3-bucket-level-public-access-prohibited"], "open", "COMPLIANT")

	details, err := config.GetConformancePackComplianceDetails(ctx, &configservice.GetConformancePackComplianceDetailsInput{
		ConformancePackName: aws.String("kisms"), Filters: &types.ConformancePackEvaluationFilters{ComplianceType: types.ConformancePackComplianceTypeNonCompliant}})
	require.NoError(t, err)
	var failed []string
	for _, r := range details.ConformancePackRuleEvaluationResults {
		failed = append(failed, *r.EvaluationResultIdentifier.EvaluationResultQualifier.ConfigRuleName)
		assert.NotEmpty(t, *r.Annotation)
	}
	assert.Equal(t, []string{rules["s3-bucket-versioning-enabled"]}, failed)
	summary, err := config.GetConformancePackComplianceSummary(ctx, &configservice.GetConformancePackComplianceSummaryInput{ConformancePackNames: []string{"kisms"}})
	require.NoError(t, err)
	assert.Equal(t, types.ConformancePackComplianceTypeNonCompliant, summary.ConformancePackComplianceSummaryList[0].ConformancePackComplianceStatus)
	unknown, err := config.DescribeComplianceByConfigRule(ctx, &configservice.DescribeComplianceByConfigRuleInput{ConfigRuleNames: []string{rules["access-keys-rotated"]}})
	require.NoError(t, err)
	assert.Equal(t, types.ComplianceTypeInsufficientData, unknown.ComplianceByConfigRules[0].Compliance.ComplianceType, "its check is not known here")

	_, err = objects.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("open")})
	require.NoError(t, err)
	c.change(rules["s3-bucket-versioning-enabled"], "open", "NOT_APPLICABLE")
}

func TestRecordedResourcesHaveARNAndTimes(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	config := c.recorder()
	_, err := s3.NewFromConfig(c.config("test"), func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: aws.String("archive"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	out, err := config.BatchGetResourceConfig(ctx, &configservice.BatchGetResourceConfigInput{ResourceKeys: []types.ResourceKey{
		{ResourceType: types.ResourceTypeBucket, ResourceId: aws.String("archive")}}})
	require.NoError(t, err)
	require.Len(t, out.BaseConfigurationItems, 1)
	item := out.BaseConfigurationItems[0]
	assert.Equal(t, "arn:aws:s3:::archive", *item.Arn)
	assert.WithinDuration(t, time.Now(), *item.ResourceCreationTime, time.Hour)
	assert.WithinDuration(t, time.Now(), *item.ConfigurationItemCaptureTime, time.Hour)
}

func TestRulesOfTheAccount(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	config := c.recorder()
	put := func(name, identifier string, parameters map[string]string, kinds ...string) {
		text, err := json.Marshal(parameters)
		require.NoError(t, err)
		_, err = config.PutConfigRule(ctx, &configservice.PutConfigRuleInput{Tags: []types.Tag{{Key: aws.String("Owner"), Value: aws.String("DevOps")}}, ConfigRule: &types.ConfigRule{
			ConfigRuleName: &name, InputParameters: aws.String(string(text)), Source: &types.Source{Owner: types.OwnerAws, SourceIdentifier: &identifier},
			Scope: &types.Scope{ComplianceResourceTypes: kinds}}})
		require.NoError(t, err)
	}
	machines := ec2.NewFromConfig(c.config("test"))
	put("password", "IAM_PASSWORD_POLICY", map[string]string{"MinimumPasswordLength": "9", "RequireSymbols": "false", "PasswordReusePrevention": "1", "MaxPasswordAge": "90"})
	put("ssh", "INCOMING_SSH_DISABLED", nil)
	put("default-group", "VPC_DEFAULT_SECURITY_GROUP_CLOSED", nil)
	put("ebs", "EC2_EBS_ENCRYPTION_BY_DEFAULT", nil)
	put("volumes", "ENCRYPTED_VOLUMES", nil)
	put("tags", "REQUIRED_TAGS", map[string]string{"tag1Key": "Owner", "tag2Key": "Env", "tag2Value": "prod,dev"}, "AWS::EC2::Volume")
	put("trail", "CLOUD_TRAIL_ENABLED", nil)
	c.change("password", account, "NON_COMPLIANT")
	c.change("trail", account, "NON_COMPLIANT")
	c.change("ebs", account, "NON_COMPLIANT")

	_, err := iam.NewFromConfig(c.config("test")).UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: aws.Int32(9), RequireLowercaseCharacters: true, RequireUppercaseCharacters: true, RequireNumbers: true, MaxPasswordAge: aws.Int32(90), PasswordReusePrevention: aws.Int32(5)})
	require.NoError(t, err)
	c.change("password", account, "COMPLIANT")
	_, err = machines.EnableEbsEncryptionByDefault(ctx, &ec2.EnableEbsEncryptionByDefaultInput{})
	require.NoError(t, err)
	c.change("ebs", account, "COMPLIANT")
	_, err = s3.NewFromConfig(c.config("test"), func(o *s3.Options) { o.UsePathStyle = true; o.Region = "us-east-1" }).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("audit-logs")})
	require.NoError(t, err)
	c.trail()
	c.change("trail", account, "COMPLIANT")

	vpcs, err := machines.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{})
	require.NoError(t, err)
	open := vpcs.SecurityGroups[0].GroupId
	c.change("default-group", *open, "NON_COMPLIANT")
	c.change("ssh", *open, "COMPLIANT")
	_, err = machines.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: open, IpPermissions: []ec2types.IpPermission{
		{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(20), ToPort: aws.Int32(25), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}}}})
	require.NoError(t, err)
	c.change("ssh", *open, "NON_COMPLIANT")

	volume, err := machines.CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: aws.String(region + "a"), Size: aws.Int32(1), TagSpecifications: []ec2types.TagSpecification{
		{ResourceType: ec2types.ResourceTypeVolume, Tags: []ec2types.Tag{{Key: aws.String("Owner"), Value: aws.String("x")}, {Key: aws.String("Env"), Value: aws.String("test")}}}}})
	require.NoError(t, err)
	detail := c.change("tags", *volume.VolumeId, "NON_COMPLIANT")
	assert.Equal(t, "Required tags are missing or have other values: Env", detail["newEvaluationResult"].(map[string]any)["annotation"])
	_, err = machines.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{*volume.VolumeId}, Tags: []ec2types.Tag{{Key: aws.String("Env"), Value: aws.String("prod")}}})
	require.NoError(t, err)
	c.change("tags", *volume.VolumeId, "COMPLIANT")
	instances, err := machines.RunInstances(ctx, &ec2.RunInstancesInput{ImageId: aws.String("ami-12c6146b"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	require.NoError(t, err)
	_, err = machines.AttachVolume(ctx, &ec2.AttachVolumeInput{InstanceId: instances.Instances[0].InstanceId, VolumeId: volume.VolumeId, Device: aws.String("/dev/sdh")})
	require.NoError(t, err)
	details := func() []types.EvaluationResult {
		out, err := config.GetComplianceDetailsByConfigRule(ctx, &configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: aws.String("volumes")})
		require.NoError(t, err)
		return out.EvaluationResults
	}
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(details(), func(r types.EvaluationResult) bool {
			return *r.EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId == *volume.VolumeId
		})
	}, 20*time.Second, 50*time.Millisecond)

	_, err = config.PutRemediationConfigurations(ctx, &configservice.PutRemediationConfigurationsInput{RemediationConfigurations: []types.RemediationConfiguration{
		{ConfigRuleName: aws.String("tags"), TargetType: types.RemediationTargetTypeSsmDocument, TargetId: aws.String("AWS-SetRequiredTags")}}})
	require.NoError(t, err)
	_, err = config.DeleteConfigRule(ctx, &configservice.DeleteConfigRuleInput{ConfigRuleName: aws.String("tags")})
	assert.Equal(t, "ResourceInUseException", code(err))
	_, err = config.DeleteRemediationConfiguration(ctx, &configservice.DeleteRemediationConfigurationInput{ConfigRuleName: aws.String("tags")})
	require.NoError(t, err)
	_, err = config.DeleteRemediationConfiguration(ctx, &configservice.DeleteRemediationConfigurationInput{ConfigRuleName: aws.String("tags")})
	assert.Equal(t, "NoSuchRemediationConfigurationException", code(err))
	rules, err := config.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{ConfigRuleNames: []string{"tags"}})
	require.NoError(t, err)
	tags, err := config.ListTagsForResource(ctx, &configservice.ListTagsForResourceInput{ResourceArn: rules.ConfigRules[0].ConfigRuleArn})
	require.NoError(t, err)
	assert.Equal(t, "DevOps", *tags.Tags[0].Value)
	_, err = config.DeleteConfigRule(ctx, &configservice.DeleteConfigRuleInput{ConfigRuleName: aws.String("tags")})
	require.NoError(t, err)
	_, err = config.StartConfigRulesEvaluation(ctx, &configservice.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{"tags"}})
	assert.Equal(t, "NoSuchConfigRuleException", code(err))
}

// bucket makes a bucket of the region.
func (c *cloud) bucket(objects *s3.Client, name string) {
	c.t.Helper()
	_, err := objects.CreateBucket(c.t.Context(), &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(c.t, err)
}
