// Package naming makes the physical names of resources: readable, stable, and never longer than the
// service allows.
package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Limits of names, in characters, as the services document them.
const (
	Role     = 64  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	Function = 64  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
	Queue    = 80  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
	Rule     = 64  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
	Schedule = 64  // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
	Policy   = 128 // as Role
	Board    = 255 // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
	Bucket   = 63  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	Topic    = 256 // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
	Trail    = 128 // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
	Alarm    = 255 // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	Group    = 127 // https://www.pulumi.com/registry/packages/aws/api-docs/resourcegroups/group/
	KeyAlias = 256 // https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
	Table    = 255 // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
	Secret   = 512 // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	LogGroup = 512 // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
	Analyzer = 255 // https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CreateAnalyzer.html

	SecurityGroup = 255 // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
	ImageBuilder  = 126 // https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html

	AutomationRule  = 256 // https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_CreateAutomationRule.html
	ConformancePack = 128 // of an organisation: https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html
	Aggregator      = 256 // https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigurationAggregator.html
)

// hashLen is the length of the digest that keeps two shortened names apart: 8 hexadecimal digits.
const hashLen = 8

// Of returns "<project>-<stack>-<part>..." for a resource of the running program, within limit.
func Of(ctx *pulumi.Context, limit int, parts ...string) string {
	return Join(limit, append([]string{ctx.Project(), ctx.Stack()}, parts...)...)
}

// Join connects the parts by hyphens in lower case. A name that is longer than limit, or holds anything
// but a-z, 0-9 and hyphens, is cut and mended and ends in a digest of the whole, so that different names
// stay different (in more than letter case). Limit must be more than 9.
func Join(limit int, parts ...string) string {
	full := strings.ToLower(strings.Join(parts, "-"))
	name := strings.Trim(strings.Map(legal, full), "-")
	if len(name) <= limit && name == full {
		return name
	}
	digest := Digest(full)
	if len(name) > limit-hashLen-1 {
		name = name[:limit-hashLen-1]
	}
	return strings.Trim(strings.TrimRight(name, "-")+"-"+digest, "-")
}

// Digest is a short digest of a text, 8 hexadecimal digits, for the names of things that change with it.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:hashLen]
}

func legal(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
		return r
	}
	return '-'
}
