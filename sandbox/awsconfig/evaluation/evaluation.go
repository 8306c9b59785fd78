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
	"iam":        {"UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"},
	"cloudtrail": {"CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"},
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
	"ENCRYPTED_VOLUMES":                        {[]string{"ec2"}, (*State).encryptedVolumes},
	"EC2_EBS_ENCRYPTION_BY_DEFAULT":            {[]string{"ec2"}, (*State).encryptionByDefault},
	"VPC_DEFAULT_SECURITY_GROUP_CLOSED":        {[]string{"ec2"}, (*State).defaultGroupsClosed},
	"INCOMING_SSH_DISABLED":                    {[]string{"ec2"}, (*State).incomingSSH},
	"IAM_PASSWORD_POLICY":                      {[]string{"iam"}, (*State).passwordPolicy},
	"CLOUD_TRAIL_ENABLED":                      {[]string{"cloudtrail"}, (*State).trails},
	"REQUIRED_TAGS":                            {[]string{"s3", "ec2"}, (*State).requiredTags},
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
	read            map[string]any
}

// NewState returns a state that has read nothing. The emulator is asked for all but bucket policies, which the gateway
// keeps.
func NewState(region, account string, emulator, gateway aws.Config) *State {
	byPath := func(o *s3.Options) { o.UsePathStyle = true }
	return &State{
		region: region, account: account, read: map[string]any{}, buckets: s3.NewFromConfig(emulator, byPath), policies: s3.NewFromConfig(gateway, byPath),
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
