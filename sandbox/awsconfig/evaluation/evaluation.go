package evaluation

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Rule is what a Config rule asks for.
type Rule struct {
	Identifier string            // of the check, as AWS names it: ENCRYPTED_VOLUMES
	Parameters map[string]string // input parameters
	Types      []string          // CloudFormation types that the scope names; none means all
}

// Linked is a control of Security Hub with the rule that evaluates it.
type Linked struct {
	Control    string // EC2.7
	Name       string // of the rule, without what AWS puts around it: ec2-ebs-encryption-by-default
	Identifier string // of the check; that of the control where its rule is not one of AWS's public ones, or has other parameters
}

// Outcome is the result for one resource, by type and id as AWS Config has them.
type Outcome struct {
	Type, ID   string
	Compliant  bool
	Annotation string // why not, where there is something to say
}

// Changes are the calls after which the state of a service may be another, by the service's signing name.
var Changes = map[string][]string{
	"s3": {
		"CreateBucket", "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketVersioning", "PutPublicAccessBlock",
		"DeletePublicAccessBlock", "PutBucketTagging", "DeleteBucketTagging", "PutBucketAcl",
	},
	"ec2": {
		"CreateVolume", "DeleteVolume", "AttachVolume", "DetachVolume", "RunInstances", "TerminateInstances", "CreateSecurityGroup", "DeleteSecurityGroup",
		"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress",
		"CreateVpc", "DeleteVpc", "CreateTags", "DeleteTags", "EnableEbsEncryptionByDefault", "DisableEbsEncryptionByDefault",
	},
	"iam": {
		"UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion",
		"SetDefaultPolicyVersion", "PutRolePolicy", "DeleteRolePolicy", "CreateRole", "DeleteRole", "AttachRolePolicy", "DetachRolePolicy",
		"CreateUser", "DeleteUser", "PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy", "CreateAccessKey", "DeleteAccessKey",
		"UpdateAccessKey", "CreateLoginProfile", "DeleteLoginProfile", "EnableMFADevice", "DeactivateMFADevice", "CreateGroup", "DeleteGroup",
		"AddUserToGroup", "RemoveUserFromGroup",
	},
	"cloudtrail":      {"CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors"},
	"kms":             {"CreateKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "EnableKeyRotation", "DisableKeyRotation", "PutKeyPolicy"},
	"secretsmanager":  {"CreateSecret", "UpdateSecret", "DeleteSecret", "RotateSecret"},
	"lambda":          {"CreateFunction", "DeleteFunction", "AddPermission", "RemovePermission"},
	"inspector2":      {"Enable", "Disable"},
	"guardduty":       {"CreateDetector", "UpdateDetector", "DeleteDetector"},
	"access-analyzer": {"CreateAnalyzer", "DeleteAnalyzer"},
	"config":          {"PutConfigurationRecorder", "DeleteConfigurationRecorder", "StartConfigurationRecorder", "StopConfigurationRecorder"},
	"securityhub":     {"EnableSecurityHub", "DisableSecurityHub"},
}

// check is how a rule is evaluated and what it looks at.
type check struct {
	services []string
	evaluate func(*State, context.Context, Rule) ([]Outcome, error)
}

var checks = map[string]check{
	"S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED": {[]string{"s3"}, (*State).publicAccessBlocked},
	"S3_BUCKET_PUBLIC_READ_PROHIBITED":         {[]string{"s3"}, (*State).publicRead},
	"S3_BUCKET_SSL_REQUESTS_ONLY":              {[]string{"s3"}, (*State).encryptedRequests},
	"S3_BUCKET_VERSIONING_ENABLED":             {[]string{"s3"}, (*State).versioned},
	"REQUIRED_TAGS":                            {[]string{"s3", "ec2"}, (*State).requiredTags},

	"ENCRYPTED_VOLUMES":                 {[]string{"ec2"}, (*State).encryptedVolumes},
	"EC2_VOLUME_INUSE_CHECK":            {[]string{"ec2"}, (*State).usedVolumes},
	"EC2_EBS_ENCRYPTION_BY_DEFAULT":     {[]string{"ec2"}, (*State).encryptionByDefault},
	"VPC_DEFAULT_SECURITY_GROUP_CLOSED": {[]string{"ec2"}, (*State).defaultGroupsClosed},
	"INCOMING_SSH_DISABLED":             {[]string{"ec2"}, (*State).incomingSSH},
	"EC2_IMDSV2_CHECK":                  {[]string{"ec2"}, (*State).tokensRequired},
	"EC2_INSTANCE_NO_PUBLIC_IP":         {[]string{"ec2"}, (*State).noPublicAddress},
	"EC2_INSTANCE_PROFILE_ATTACHED":     {[]string{"ec2"}, (*State).profileAttached},
	"EC2_STOPPED_INSTANCE":              {[]string{"ec2"}, (*State).stopped},

	"IAM_PASSWORD_POLICY": {[]string{"iam"}, (*State).passwordPolicy},
	"IAM.15":              {[]string{"iam"}, (*State).passwordLength},
	"IAM.16":              {[]string{"iam"}, (*State).passwordReuse},
	"IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS": {[]string{"iam"}, (*State).adminAccess},
	"IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS":  {[]string{"iam"}, (*State).fullAccess},
	"IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS":    {[]string{"iam"}, (*State).managedDecryption},
	"IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS":      {[]string{"iam"}, (*State).inlineDecryption},
	"IAM.27":                                     {[]string{"iam"}, (*State).noCloudShell},
	"IAM_ROOT_ACCESS_KEY_CHECK":                  {[]string{"iam"}, (*State).rootKeys},
	"ROOT_ACCOUNT_MFA_ENABLED":                   {[]string{"iam"}, (*State).rootMFA},
	"IAM_USER_NO_POLICIES_CHECK":                 {[]string{"iam"}, (*State).usersWithoutPolicies},
	"ACCESS_KEYS_ROTATED":                        {[]string{"iam"}, (*State).keysRotated},
	"IAM_USER_UNUSED_CREDENTIALS_CHECK":          {[]string{"iam"}, (*State).usedWithin90Days},
	"IAM.22":                                     {[]string{"iam"}, (*State).usedWithin45Days},
	"IAM_USER_MFA_ENABLED":                       {[]string{"iam"}, (*State).usersMFA},
	"MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS":         {[]string{"iam"}, (*State).consoleMFA},
	"IAM_GROUP_HAS_USERS_CHECK":                  {[]string{"iam"}, (*State).groupsHaveUsers},
	"IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED":       {[]string{"access-analyzer"}, (*State).externalAnalyzer},

	"CLOUD_TRAIL_ENABLED":                     {[]string{"cloudtrail"}, (*State).trails},
	"MULTI_REGION_CLOUD_TRAIL_ENABLED":        {[]string{"cloudtrail"}, (*State).multiRegionTrail},
	"CLOUD_TRAIL_ENCRYPTION_ENABLED":          {[]string{"cloudtrail"}, (*State).encryptedTrails},
	"CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED": {[]string{"cloudtrail"}, (*State).validatedTrails},

	"CMK_BACKING_KEY_ROTATION_ENABLED": {[]string{"kms"}, (*State).rotatedKeys},
	"KMS.3":                            {[]string{"kms"}, (*State).livingKeys},
	"KMS.5":                            {[]string{"kms"}, (*State).privateKeys},
	"SecretsManager.1":                 {[]string{"secretsmanager"}, (*State).rotatedSecrets},
	"SECRETSMANAGER_USING_CMK":         {[]string{"secretsmanager"}, (*State).secretsWithKeys},

	"LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED": {[]string{"lambda"}, (*State).privateFunctions},

	"SECURITYHUB_ENABLED":           {[]string{"securityhub"}, (*State).hubEnabled},
	"GUARDDUTY_ENABLED_CENTRALIZED": {[]string{"guardduty"}, (*State).detectorEnabled},
	"Inspector.1":                   {[]string{"inspector2"}, (*State).scansInstances},
	"Inspector.2":                   {[]string{"inspector2"}, (*State).scansImages},
	"Inspector.3":                   {[]string{"inspector2"}, (*State).scansCode},
	"Inspector.4":                   {[]string{"inspector2"}, (*State).scansFunctions},
	"Config.1":                      {[]string{"config", "iam"}, (*State).recording},
}

// Known says whether a check can be evaluated here.
func Known(identifier string) bool { return checks[identifier].evaluate != nil }

// Services are what a check looks at; none for one that is not known.
func Services(identifier string) []string { return checks[identifier].services }

// State is the state of a region as its first readers found it: each thing is read once. It is for one round of
// evaluations and not safe for concurrent use.
type State struct {
	region, account string
	buckets         *s3.Client
	policies        *s3.Client // sees bucket policies as they were written
	machines        *ec2.Client
	identities      *iam.Client
	audit           *cloudtrail.Client
	emulator        aws.Config // of the clients that few checks need
	gateway         aws.Config // of those of services that the gateway answers or mends
	read            map[string]any
}

// NewState returns a state that has read nothing. The emulator is asked for all but what the gateway keeps
// or mends.
func NewState(region, account string, emulator, gateway aws.Config) *State {
	byPath := func(o *s3.Options) { o.UsePathStyle = true }
	return &State{
		region: region, account: account, read: map[string]any{}, emulator: emulator, gateway: gateway, buckets: s3.NewFromConfig(emulator, byPath), policies: s3.NewFromConfig(gateway, byPath),
		machines: ec2.NewFromConfig(emulator), identities: iam.NewFromConfig(emulator), audit: cloudtrail.NewFromConfig(emulator),
	}
}

// Evaluate returns the outcome of a known rule for each resource in its scope.
func (s *State) Evaluate(ctx context.Context, r Rule) ([]Outcome, error) {
	outcomes, err := checks[r.Identifier].evaluate(s, ctx, r)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(outcomes, func(o Outcome) bool { return len(r.Types) > 0 && !slices.Contains(r.Types, o.Type) }), nil
}

// once reads a thing the first time that it is asked for.
func once[T any](s *State, name string, read func() (T, error)) (T, error) {
	if have, ok := s.read[name].(T); ok {
		return have, nil
	}
	have, err := read()
	if err == nil {
		s.read[name] = have
	}
	return have, err
}
