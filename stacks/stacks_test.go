package stacks

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/internal/contract"
	"assetguard/internal/place"
	"assetguard/internal/recorder"
	"assetguard/stacks/config"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// run runs the program under mocks as the stack of a Pulumi.<stack>.yaml.
func run(t *testing.T, stack, file string) (*recorder.Recorder, error) {
	t.Helper()
	return recorder.Run(recorder.Program{Stack: stack, Root: rootWithFunctions(t), Config: settingsOf(t, file), Run: Run})
}

// rootWithFunctions is a project's root where the functions are built for all architectures.
func rootWithFunctions(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	for _, arch := range []string{"arm64", localTraits().goArch} {
		for _, function := range []string{
			contract.FunctionAutotag, contract.FunctionSweep, contract.FunctionImporter, contract.FunctionSuppression, contract.FunctionImages,
			contract.FunctionFindings, contract.FunctionSlack, contract.FunctionSubscriptions, contract.FunctionRemediation,
		} {
			zip := filepath.Join(root, traits{goArch: arch}.zip(function))
			require.NoError(t, os.MkdirAll(filepath.Dir(zip), 0o750))
			require.NoError(t, os.WriteFile(zip, []byte("zip"), 0o600))
		}
	}
	return root
}

// settingsOf reads the settings as Pulumi hands them to the program.
func settingsOf(t testing.TB, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var stack struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &stack))
	settings, err := json.Marshal(stack.Config[config.Key])
	require.NoError(t, err)
	return map[string]string{config.Key: string(settings)}
}

func sandboxEnvironment(t *testing.T) {
	t.Helper()
	clearAWS(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
}

// clearAWS makes the test independent of the caller's AWS settings.
func clearAWS(t testing.TB) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
}

func TestResourcesOfEachStack(t *testing.T) {
	for _, c := range []struct{ stack, file string }{
		{"local", "../Pulumi.local.yaml"},
		{"dev", "config/testdata/example.dev.yaml"},
		{"prod", "config/testdata/example.prod.yaml"},
	} {
		t.Run(c.stack, func(t *testing.T) {
			clearAWS(t)
			if c.stack == config.StackLocal {
				sandboxEnvironment(t)
			}
			r, err := run(t, c.stack, c.file)
			require.NoError(t, err)
			golden(t, c.stack+".resources", strings.Join(r.Keys(), "\n")+"\n")
		})
	}
}

func TestPolicyDocumentsOfProd(t *testing.T) {
	clearAWS(t)
	r, err := run(t, "prod", "config/testdata/example.prod.yaml")
	require.NoError(t, err)
	for _, d := range []struct{ file, token, name, property string }{
		{"key-policy.json", "aws:kms/key:Key", "main", "policy"},
		{"operations-topic-policy.json", "aws:sns/topicPolicy:TopicPolicy", "operations", "policy"},
		{"autotag-queue-policy.json", "aws:sqs/queue:Queue", "autotag", "policy"},
		{"autotag-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "autotag", "policy"},
		{"autotag-role-trust.json", "aws:iam/role:Role", "autotag", "assumeRolePolicy"},
		{"sweep-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "sweep", "policy"},
		{"sweep-schedule-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "sweep-schedule", "policy"},
		{"sweep-schedule-role-trust.json", "aws:iam/role:Role", "sweep-schedule", "assumeRolePolicy"},
		{"autotag-rule-pattern.json", "aws:cloudwatch/eventRule:EventRule", "autotag-0", "eventPattern"},
		{"tag-policy.json", "aws:ssm/parameter:Parameter", "tag-policy", "insecureValue"},
		{"forward-key-policy.json", "aws:kms/key:Key", "main-us-east-1", "policy"},
		{"forward-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "forward-us-east-1", "policy"},
		{"forward-role-trust.json", "aws:iam/role:Role", "forward-us-east-1", "assumeRolePolicy"},
		{"tag-editors-policy.json", "aws:iam/policy:Policy", "tag-editors", "policy"},
		{"config-bucket-policy.json", "aws:s3/bucketPolicy:BucketPolicy", "config", "policy"},
		{"importer-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "importer", "policy"},
		{"suppression-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "suppression", "policy"},
		{"findings-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "findings", "policy"},
		{"findings-queue-policy.json", "aws:sqs/queue:Queue", "findings", "policy"},
		{"findings-rule-pattern.json", "aws:cloudwatch/eventRule:EventRule", "findings", "eventPattern"},
		{"findings-log-policy.json", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "findings-log", "policyDocument"},
		{"slack-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "slack", "policy"},
		{"slack-queue-policy.json", "aws:sqs/queue:Queue", "slack", "policy"},
		{"subscriptions-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "subscriptions", "policy"},
		{"purchasing-topic-policy.json", "aws:sns/topicPolicy:TopicPolicy", "purchasing", "policy"},
		{"golden-ami-role-policy.json", "aws:iam/rolePolicy:RolePolicy", "golden-ami", "policy"},
		{"golden-ami-instances-policy.json", "aws:iam/policy:Policy", "golden-ami-instances", "policy"},
		{"golden-ami-bucket-policy.json", "aws:s3/bucketPolicy:BucketPolicy", "image-builder-logs", "policy"},
		{"golden-ami-failed-pattern.json", "aws:cloudwatch/eventRule:EventRule", "golden-ami-failed", "eventPattern"},
		{"golden-ami-dashboard.json", "aws:cloudwatch/dashboard:Dashboard", "golden-ami-instances", "dashboardBody"},
		{"tagging-dashboard.json", "aws:cloudwatch/dashboard:Dashboard", "tagging", "dashboardBody"},
	} {
		golden(t, d.file, r.Document(t, d.token, d.name, d.property))
	}
}

func TestEveryResourceHasAnExplicitProvider(t *testing.T) {
	sandboxEnvironment(t)
	r, err := run(t, "local", "../Pulumi.local.yaml")
	require.NoError(t, err)
	for _, key := range r.Keys() {
		token, name, _ := strings.Cut(key, " ")
		if !strings.HasPrefix(token, "aws:") {
			continue
		}
		want := "ap-northeast-2"
		if strings.Contains(name, "us-east-1") {
			want = "us-east-1"
		}
		require.Contains(t, r.Options(t, token, name).Provider, "::"+want+"::", key)
	}
}

func TestOtherRegionsSendTheirEventsHome(t *testing.T) {
	clearAWS(t)
	r, err := run(t, "prod", "config/testdata/example.prod.yaml")
	require.NoError(t, err)
	for _, c := range [][2]string{
		{"assetguard:key:Key", "main-us-east-1"}, {"assetguard:topic:Topic", "operations-us-east-1"},
		{"assetguard:tagging:Forward", "forward-us-east-1"},
	} {
		o := r.Options(t, c[0], c[1])
		require.True(t, o.Protect && o.RetainOnDelete, "%v: %+v", c, o)
	}
	require.Equal(t, []any{"111122223333"}, r.Inputs(t, "pulumi:providers:aws", "us-east-1")["allowedAccountIds"])
	require.Equal(t, "arn:aws:events:ap-northeast-2:111122223333:event-bus/default",
		r.Inputs(t, "aws:cloudwatch/eventTarget:EventTarget", "forward-us-east-1-0")["arn"])
}

func TestOtherRegions(t *testing.T) {
	for _, c := range []struct {
		partition, home string
		configured      []string
		want            []string
	}{
		{"aws", "ap-northeast-2", nil, []string{"us-east-1"}},
		{"aws", "ap-northeast-2", []string{"us-east-1", "eu-west-1"}, []string{"us-east-1", "eu-west-1"}},
		{"aws", "us-east-1", []string{"eu-west-1"}, []string{"eu-west-1"}},
		{"aws-cn", "cn-northwest-1", nil, []string{"cn-north-1"}},
		{"aws-iso", "us-iso-west-1", nil, nil},
	} {
		home := site{Place: place.Place{Partition: c.partition, Region: c.home}}
		require.Equal(t, c.want, otherRegions(home, c.configured), "%+v", c)
	}
}

func TestProviderIsBoundToItsAccount(t *testing.T) {
	clearAWS(t)
	r, err := run(t, "prod", "config/testdata/example.prod.yaml")
	require.NoError(t, err)
	settings, err := config.LoadFile("config/testdata/example.prod.yaml")
	require.NoError(t, err)
	in := r.Inputs(t, "pulumi:providers:aws", settings.Regions.Home)
	require.Equal(t, []any{settings.Account.ID}, in["allowedAccountIds"])
	require.Equal(t, map[string]any{"keys": []any{"Creator", "CreatedAt"}}, in["ignoreTags"], "rules give no further key")
	require.Equal(t, map[string]any{"tags": map[string]any{
		"AssetType": "Security Platform", "Environment": "PROD", "Owner": "DevOps", "PersonalInformation": "N",
	}}, in["defaultTags"])
	require.NotContains(t, in, "accessKey")
}

func TestSingletonsAreKeptByTheirOwner(t *testing.T) {
	clearAWS(t)
	r, err := run(t, "prod", "config/testdata/example.prod.yaml")
	require.NoError(t, err)
	for _, c := range [][2]string{
		{"assetguard:key:Key", "main"}, {"assetguard:topic:Topic", "operations"},
		{"assetguard:tagging:Autotag", "autotag"}, {"assetguard:tagging:Policy", "tag-policy"},
	} {
		o := r.Options(t, c[0], c[1])
		require.True(t, o.Protect && o.RetainOnDelete, "%v: %+v", c, o)
	}
}

func TestRolesOfARealAccountCarryTheBoundary(t *testing.T) {
	clearAWS(t)
	r, err := run(t, "prod", "config/testdata/example.prod.yaml")
	require.NoError(t, err)
	for _, key := range r.Keys() {
		if token, name, _ := strings.Cut(key, " "); token == "aws:iam/role:Role" {
			require.Equal(t, "arn:aws:iam::111122223333:policy/"+contract.PermissionsBoundary("prod", "ap-northeast-2"),
				r.Inputs(t, token, name)["permissionsBoundary"], key)
		}
	}
}

func TestLocalGoesAwayWhole(t *testing.T) {
	sandboxEnvironment(t)
	r, err := run(t, "local", "../Pulumi.local.yaml")
	require.NoError(t, err)
	for _, key := range r.Keys() {
		token, name, _ := strings.Cut(key, " ")
		o := r.Options(t, token, name)
		require.False(t, o.Protect || o.RetainOnDelete, key)
	}
	require.Equal(t, true, r.Inputs(t, "aws:s3/bucketV2:BucketV2", "trail")["forceDestroy"])
}

func TestTrailIsReusedOrMade(t *testing.T) {
	clearAWS(t)
	r, err := run(t, "prod", "config/testdata/example.prod.yaml")
	require.NoError(t, err)
	require.NotContains(t, r.Keys(), "aws:cloudtrail/trail:Trail trail")

	sandboxEnvironment(t)
	r, err = run(t, "local", "../Pulumi.local.yaml")
	require.NoError(t, err)
	trail := r.Inputs(t, "aws:cloudtrail/trail:Trail", "trail")
	require.Equal(t, true, trail["isMultiRegionTrail"])
	require.Equal(t, true, trail["enableLogFileValidation"])
	require.Equal(t, "assetguard-local-trail-123456789012-ap-northeast-2", trail["s3BucketName"])
	golden(t, "trail-bucket-policy.json", r.Document(t, "aws:s3/bucketPolicy:BucketPolicy", "trail", "policy"))
}

func TestWrongConfigurationRegistersNothing(t *testing.T) {
	clearAWS(t)
	r, err := run(t, "prod", "../Pulumi.prod.yaml")
	require.ErrorContains(t, err, "account.id")
	require.ErrorContains(t, err, "people.security")
	require.ErrorContains(t, err, "repository")
	require.Empty(t, r.Keys())
}

func TestLocalRefusesARealAccount(t *testing.T) {
	sandboxEnvironment(t)
	t.Setenv("AWS_ENDPOINT_URL", "https://ec2.ap-northeast-2.amazonaws.com")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
	r, err := run(t, "local", "../Pulumi.local.yaml")
	require.ErrorContains(t, err, "AWS_ENDPOINT_URL")
	require.ErrorContains(t, err, "AWS_ACCESS_KEY_ID")
	require.NotContains(t, err.Error(), "AKIAREAL")
	require.Empty(t, r.Keys())
}

func TestMissingBuildNamesTheCommand(t *testing.T) {
	sandboxEnvironment(t)
	_, err := recorder.Run(recorder.Program{
		Stack: "local", Root: t.TempDir(), Config: settingsOf(t, "../Pulumi.local.yaml"), Run: Run,
	})
	require.ErrorContains(t, err, "run `make build`")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run `go test ./stacks -update`, then read the difference")
	require.Equal(t, string(want), got, "run `go test ./stacks -update`, then read the difference")
}
