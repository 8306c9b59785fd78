package assetlist

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of docs/asset-register.md anew")

// The table of the kinds in the documentation is this package's.
func TestDocumentation(t *testing.T) {
	const file, begin, end = "../../docs/asset-register.md", "<!-- kinds -->\n", "<!-- /kinds -->\n"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found)
	want := before + begin + documentation() + end + after
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(text), "run go test ./internal/assetlist -update")
}

// documentation counts the kinds by who lists them, and names those of the service's own lists and of none.
func documentation() string {
	by := map[string][]Kind{}
	seen := map[string]bool{}
	for _, kind := range Kinds() {
		if !seen[kind.Name] {
			by[kind.By()], seen[kind.Name] = append(by[kind.By()], kind), true
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| kinds | listed by | why |\n|---|---|---|\n")
	for _, row := range []struct{ title, by string }{{"the service's own list", ByService}, {"nothing", ByNothing}} {
		var reasons []string
		names := map[string][]string{}
		for _, kind := range by[row.by] {
			why := kind.Own + kind.Unlisted
			if names[why] == nil {
				reasons = append(reasons, why)
			}
			names[why] = append(names[why], "`"+kind.Name+"`")
		}
		for _, why := range reasons {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(names[why], ", "), row.title, why)
		}
	}
	var services []string
	kinds := map[string][]string{}
	for _, kind := range by[ByCloudControl] {
		service, name, _ := strings.Cut(kind.Name, ":")
		if kinds[service] == nil {
			services = append(services, service)
		}
		kinds[service] = append(kinds[service], name)
	}
	var controlled []string
	for _, service := range services {
		controlled = append(controlled, "`"+service+"`: "+strings.Join(kinds[service], ", "))
	}
	fmt.Fprintf(&b, "| %s | Cloud Control | one API for all of them |\n\n", strings.Join(controlled, "; "))
	fmt.Fprintf(&b, "In all: %d kinds by the service's own list, %d by Cloud Control, %d by nothing.\n",
		len(by[ByService]), len(by[ByCloudControl]), len(by[ByNothing]))
	return b.String()
}

var seoul = Place{Partition: "aws", Region: "ap-northeast-2", Account: "123456789012"}

// Every kind that the create events cover has its row, and no other.
func TestEveryCoveredKindHasARow(t *testing.T) {
	text, err := os.ReadFile("../../docs/covered-events.md")
	require.NoError(t, err)
	var covered, listed []string
	for _, match := range regexp.MustCompile("(?m)^\\| `[^`]+` \\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		covered = append(covered, match[1])
	}
	require.Greater(t, len(covered), 100)
	seen := map[string]bool{}
	for _, kind := range Kinds() {
		if !seen[kind.Name] {
			listed, seen[kind.Name] = append(listed, kind.Name), true
		}
	}
	assert.ElementsMatch(t, covered, listed)
}

func TestRowsAreWhole(t *testing.T) {
	types := map[string]bool{}
	for _, kind := range Kinds() {
		ways := 0
		for _, way := range []string{kind.Own, kind.Type, kind.Unlisted} {
			if way != "" {
				ways++
			}
		}
		assert.Equal(t, 1, ways, "%s has one way", kind.Name)
		assert.Equal(t, kind.Unlisted == "", len(kind.Reads) > 0, "%s: what is listed is read", kind.Name)
		assert.Equal(t, kind.Type != "", kind.ARN != "", kind.Name)
		assert.Equal(t, strings.Contains(kind.Model, "$parent"), kind.Parent != "", kind.Name)
		if kind.Type != "" {
			assert.Regexp(t, `^AWS(::[A-Za-z0-9]+){2}$`, kind.Type)
			assert.False(t, types[kind.Type+kind.Model], "%s stands twice", kind.Type)
			types[kind.Type+kind.Model] = true
		}
		for _, read := range kind.Reads {
			assert.Regexp(t, `^[a-z0-9-]+:[A-Za-z0-9]+(@[a-z0-9-]+:[^:]*:[^:]*:.+)?$`, read)
		}
	}
}

// identifiers are primary identifiers as the schemas describe them, and the ARNs of the same assets as
// lambdas/autotag makes them of events. A kind whose identifier is its ARN needs none.
var identifiers = []struct{ typeName, model, identifier, arn string }{
	{"AWS::EC2::EIP", "", "203.0.113.7|eipalloc-1", "arn:aws:ec2:ap-northeast-2:123456789012:elastic-ip/eipalloc-1"},
	{"AWS::EC2::VPC", "", "vpc-1", "arn:aws:ec2:ap-northeast-2:123456789012:vpc/vpc-1"},
	{"AWS::EC2::FlowLog", "", "fl-1", "arn:aws:ec2:ap-northeast-2:123456789012:vpc-flow-log/fl-1"},
	{"AWS::EC2::EC2Fleet", "", "fleet-1", "arn:aws:ec2:ap-northeast-2:123456789012:fleet/fleet-1"},
	{"AWS::EC2::NatGateway", "", "nat-1", "arn:aws:ec2:ap-northeast-2:123456789012:natgateway/nat-1"},
	{"AWS::Lambda::Function", "", "grade", "arn:aws:lambda:ap-northeast-2:123456789012:function:grade"},
	{"AWS::ECS::Service", "", "arn:aws:ecs:ap-northeast-2:123456789012:service/lms/was|lms", "arn:aws:ecs:ap-northeast-2:123456789012:service/lms/was"},
	{"AWS::ECR::Repository", "", "lms/was", "arn:aws:ecr:ap-northeast-2:123456789012:repository/lms/was"},
	{"AWS::SNS::Topic", "", "arn:aws:sns:ap-northeast-2:123456789012:notices", "arn:aws:sns:ap-northeast-2:123456789012:notices"},
	{"AWS::SQS::Queue", "", "https://sqs.ap-northeast-2.amazonaws.com/123456789012/mail.fifo", "arn:aws:sqs:ap-northeast-2:123456789012:mail.fifo"},
	{"AWS::ApiGateway::RestApi", "", "a1b2", "arn:aws:apigateway:ap-northeast-2::/restapis/a1b2"},
	{"AWS::ApiGatewayV2::Api", "", "f6g7", "arn:aws:apigateway:ap-northeast-2::/apis/f6g7"},
	{"AWS::CloudFront::Distribution", "", "E1", "arn:aws:cloudfront::123456789012:distribution/E1"},
	{"AWS::Route53::HostedZone", "", "/hostedzone/Z1", "arn:aws:route53:::hostedzone/Z1"},
	{"AWS::Route53::HealthCheck", "", "00c1", "arn:aws:route53:::healthcheck/00c1"},
	{"AWS::WAFv2::WebACL", regionalScope, "lms|00c1|REGIONAL", "arn:aws:wafv2:ap-northeast-2:123456789012:regional/webacl/lms/00c1"},
	{"AWS::WAFv2::IPSet", globalScope, "offices|00c1|CLOUDFRONT", "arn:aws:wafv2:ap-northeast-2:123456789012:global/ipset/offices/00c1"},
	{"AWS::RDS::DBCluster", "", "student-aurora", "arn:aws:rds:ap-northeast-2:123456789012:cluster:student-aurora"},
	{"AWS::RDS::OptionGroup", "", "audit", "arn:aws:rds:ap-northeast-2:123456789012:og:audit"},
	{"AWS::Backup::BackupVault", "", "daily", "arn:aws:backup:ap-northeast-2:123456789012:backup-vault:daily"},
	{"AWS::CloudWatch::Alarm", "", "was | slow", "arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:was | slow"},
	{"AWS::Logs::LogGroup", "", "/lms/was", "arn:aws:logs:ap-northeast-2:123456789012:log-group:/lms/was"},
	{"AWS::Grafana::Workspace", "", "g-1", "arn:aws:grafana:ap-northeast-2:123456789012:/workspaces/g-1"},
	{"AWS::KMS::Key", "", "mrk-1", "arn:aws:kms:ap-northeast-2:123456789012:key/mrk-1"},
	{"AWS::SSM::Parameter", "", "/lms/mail/sender", "arn:aws:ssm:ap-northeast-2:123456789012:parameter/lms/mail/sender"},
	{"AWS::SSM::Parameter", "", "sender", "arn:aws:ssm:ap-northeast-2:123456789012:parameter/sender"},
	{"AWS::Cognito::IdentityPool", "", "ap-northeast-2:00c1", "arn:aws:cognito-identity:ap-northeast-2:123456789012:identitypool/ap-northeast-2:00c1"},
	{"AWS::Cognito::UserPool", "", "ap-northeast-2_A", "arn:aws:cognito-idp:ap-northeast-2:123456789012:userpool/ap-northeast-2_A"},
}

func TestARNsOfIdentifiers(t *testing.T) {
	byType := map[string]Kind{}
	for _, kind := range Kinds() {
		byType[kind.Type+kind.Model] = kind
	}
	for _, c := range identifiers {
		kind, known := byType[c.typeName+c.model]
		require.True(t, known, c.typeName)
		arn, ok := kind.Asset(seoul, c.identifier)
		require.True(t, ok)
		require.Equal(t, c.arn, arn)
	}
}

// A list and an event of one kind name its assets alike: the shapes here are those of the ARNs that the auto-tag
// function makes.
func TestShapesAreThoseOfTheEvents(t *testing.T) {
	text, err := os.ReadFile("../../lambdas/autotag/testdata/arns.txt")
	require.NoError(t, err)
	for _, kind := range Kinds() {
		if kind.Type == "" || kind.Global && kind.Model != "" || strings.HasPrefix(kind.ARN, "$") {
			continue
		}
		arn, _ := kind.Asset(seoul, "ID|ID|ID")
		shape := regexp.QuoteMeta(strings.ReplaceAll(arn, "ID|ID|ID", "ID"))
		assert.Regexp(t, "(?m) "+strings.ReplaceAll(shape, "ID", ".+")+"$", string(text), kind.Name)
	}
}

func TestWhatBelongsToAWSIsNoAsset(t *testing.T) {
	for typeName, identifier := range map[string]string{
		"AWS::RDS::DBParameterGroup": "default.postgres16", "AWS::SSM::Document": "AWS-RunShellScript",
		"AWS::Athena::DataCatalog": "AwsDataCatalog", "AWS::RDS::OptionGroup": "default:mysql-8-0",
	} {
		for _, kind := range Kinds() {
			if kind.Type == typeName {
				_, ok := kind.Asset(seoul, identifier)
				assert.False(t, ok, identifier)
			}
		}
	}
}
