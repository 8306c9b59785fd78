package goldenami_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/components/goldenami"
	"assetguard/internal/contract"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

const (
	componentToken = "aws:imagebuilder/component:Component"
	recipeToken    = "aws:imagebuilder/imageRecipe:ImageRecipe"
)

func recipeArgs() *goldenami.RecipeArgs {
	return &goldenami.RecipeArgs{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), KeyName: "main", Bucket: pulumi.String("documents"), VolumeGB: 8,
		ParentImage: "arn:parent/x.x.x", Documents: []goldenami.Document{{
			Name: "hello", Description: "Says hello", Body: exampleDocument,
			Parameters: map[string]pulumi.StringInput{"To": pulumi.String("s3://reports")},
		}},
		Components: []string{"arn:theirs"},
	}
}

func recipeOf(t *testing.T, args *goldenami.RecipeArgs) *recorder.Recorder {
	t.Helper()
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := goldenami.NewRecipe(ctx, "golden-ami", args)
		return err
	}})
	require.NoError(t, err)
	return r
}

func TestRecipe(t *testing.T) {
	r := recipeOf(t, recipeArgs())
	component := r.Inputs(t, componentToken, "golden-ami-hello")
	require.Equal(t, map[string]any{
		"name": "assetguard-test-hello", "version": component["version"], "platform": "Linux", "description": "Says hello",
		"data": exampleDocument, "kmsKeyId": "arn:key",
	}, component)
	recipe := r.Inputs(t, recipeToken, "golden-ami")
	require.Equal(t, "assetguard-test-golden-ami", recipe["name"])
	require.Equal(t, "arn:parent/x.x.x", recipe["parentImage"])
	require.Equal(t, []any{
		map[string]any{
			"componentArn": "arn:aws:imagebuilder:ap-northeast-2:123456789012:assetguard-test-hello",
			"parameters":   []any{map[string]any{"name": "To", "value": "s3://reports"}},
		},
		map[string]any{"componentArn": "arn:theirs"},
	}, recipe["components"])
	require.Equal(t, []any{map[string]any{"deviceName": "/dev/xvda", "ebs": map[string]any{
		"encrypted": "true", "kmsKeyId": "arn:key", "volumeSize": 8.0, "volumeType": "gp3", "deleteOnTermination": "true",
	}}}, recipe["blockDeviceMappings"])
}

// TestVersionsFollowContent: what makes another recipe has another version, and nothing else does.
func TestVersionsFollowContent(t *testing.T) {
	versions := func(change func(*goldenami.RecipeArgs)) [2]any {
		args := recipeArgs()
		change(args)
		r := recipeOf(t, args)
		name := "golden-ami-" + args.Documents[0].Name
		return [2]any{r.Inputs(t, componentToken, name)["version"], r.Inputs(t, recipeToken, "golden-ami")["version"]}
	}
	same := versions(func(*goldenami.RecipeArgs) {})
	require.Regexp(t, `^1\.\d+\.\d+$`, same[0])
	require.Equal(t, same, versions(func(a *goldenami.RecipeArgs) { a.Keep = true }))
	for name, change := range map[string]func(*goldenami.RecipeArgs){
		"parent": func(a *goldenami.RecipeArgs) { a.ParentImage = "arn:other" },
		"volume": func(a *goldenami.RecipeArgs) { a.VolumeGB = 16 },
		"theirs": func(a *goldenami.RecipeArgs) { a.Components = nil },
	} {
		changed := versions(change)
		require.Equal(t, same[0], changed[0], "%s: the component is the same", name)
		require.NotEqual(t, same[1], changed[1], "%s: another recipe", name)
	}
	for name, change := range map[string]func(*goldenami.RecipeArgs){
		"body":        func(a *goldenami.RecipeArgs) { a.Documents[0].Body += "# more\n" },
		"description": func(a *goldenami.RecipeArgs) { a.Documents[0].Description = "Other words" },
		"key":         func(a *goldenami.RecipeArgs) { a.KeyName = "own" },
	} {
		changed := versions(change)
		require.NotEqual(t, same[0], changed[0], "%s: the same version with other content is refused", name)
		require.NotEqual(t, same[1], changed[1], name)
	}
}

// TestReplacedPartsStayAndComeBack: in a real account nothing that images refer to is deleted, and content that was there
// once is imported, since AWS refuses to make the same version again.
func TestReplacedPartsStayAndComeBack(t *testing.T) {
	args := recipeArgs()
	r := recipeOf(t, args)
	require.False(t, r.Options(t, recipeToken, "golden-ami").RetainOnDelete, "the sandbox goes away whole")

	args.Keep = true
	r = recipeOf(t, args)
	component := fmt.Sprintf("component/assetguard-test-hello/%v", r.Inputs(t, componentToken, "golden-ami-hello")["version"])
	recipe := fmt.Sprintf("image-recipe/assetguard-test-golden-ami/%v", r.Inputs(t, recipeToken, "golden-ami")["version"])
	for _, made := range [][2]string{{componentToken, "golden-ami-hello"}, {recipeToken, "golden-ami"}} {
		require.True(t, r.Options(t, made[0], made[1]).RetainOnDelete, made)
		require.Empty(t, r.Options(t, made[0], made[1]).ImportID, made)
	}
	args.Existing = []string{recorder.Place().ARN("imagebuilder", component), recorder.Place().ARN("imagebuilder", recipe)}
	r = recipeOf(t, args)
	require.Equal(t, args.Existing[0]+"/1", r.Options(t, componentToken, "golden-ami-hello").ImportID)
	require.Equal(t, args.Existing[1], r.Options(t, recipeToken, "golden-ami").ImportID)
	require.Contains(t, r.Options(t, componentToken, "golden-ami-hello").IgnoreChanges, "kmsKeyId", "the key of a stack that was destroyed")
	require.Contains(t, r.Options(t, recipeToken, "golden-ami").IgnoreChanges, "blockDeviceMappings")
}

func TestLongDocumentsComeFromTheBucket(t *testing.T) {
	args := recipeArgs()
	args.Documents[0].Body = exampleDocument + strings.Repeat("# 한글\n", 4000)
	r := recipeOf(t, args)
	component := r.Inputs(t, componentToken, "golden-ami-hello")
	require.NotContains(t, component, "data")
	require.Equal(t, fmt.Sprintf("s3://documents/documents/hello/%v.yaml", component["version"]), component["uri"])
	require.Equal(t, args.Documents[0].Body, r.Inputs(t, "aws:s3/bucketObjectv2:BucketObjectv2", "golden-ami-hello")["content"])
}

func TestWorkshop(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := goldenami.NewWorkshop(ctx, "golden-ami", &goldenami.WorkshopArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), ImageKeyArn: pulumi.String("arn:image-key"),
			VpcID: pulumi.String("vpc-1"), SubnetID: pulumi.String("subnet-1"), InstanceTypes: []string{"t4g.medium"}, Recipe: "golden-ami",
			LogDays: 365, LogBucketDays: 1095,
		})
		return err
	}})
	require.NoError(t, err)
	in := r.Inputs(t, "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration", "golden-ami")
	require.Equal(t, map[string]any{"httpTokens": "required", "httpPutResponseHopLimit": 1.0}, in["instanceMetadataOptions"])
	require.Equal(t, true, in["terminateInstanceOnFailure"])
	require.Equal(t, "subnet-1", in["subnetId"])
	require.Equal(t, map[string]any{"s3Logs": map[string]any{
		"s3BucketName": "assetguard-test-image-builder-logs-123456789012-ap-northeast-2", "s3KeyPrefix": "logs",
	}}, in["logging"])
	group := r.Inputs(t, "aws:ec2/securityGroup:SecurityGroup", "golden-ami")
	require.Empty(t, group["ingress"])
	require.Len(t, group["egress"], 1)
	policy := r.Document(t, "aws:iam/rolePolicy:RolePolicy", "golden-ami", "policy")
	require.Contains(t, policy, "arn:image-key")
	require.NotContains(t, policy, `"s3:*"`)
	require.Equal(t, "/aws/imagebuilder/assetguard-test-golden-ami", r.Inputs(t, "aws:cloudwatch/logGroup:LogGroup", "golden-ami")["name"],
		"Image Builder would make it without retention")
}

// pipelineOf runs a pipeline whose recipe and workshop are those of the examples.
func pipelineOf(t *testing.T, change func(*goldenami.PipelineArgs)) (*recorder.Recorder, error) {
	t.Helper()
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		replaced := recipeArgs()
		replaced.Keep, replaced.Existing = true, []string{
			recorder.Place().ARN("imagebuilder", "image-recipe/assetguard-test-golden-ami/1.0.0"), recorder.Place().ARN("imagebuilder", "image-recipe/another/2.0.0"),
		}
		recipe, err := goldenami.NewRecipe(ctx, "golden-ami", replaced)
		if err != nil {
			return err
		}
		args := &goldenami.PipelineArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Recipe: recipe, WorkshopArn: pulumi.String("arn:workshop"), BaseImage: "Amazon Linux 2023", Tags: map[string]string{"Environment": "PROD"},
			Copies: []goldenami.Copy{
				{Region: "ap-northeast-2", KeyArn: pulumi.String("arn:key")}, {Region: "us-east-1", KeyArn: pulumi.String("arn:there")},
			},
			Schedule: "cron(0 2 ? * sun *)", Timezone: "Asia/Seoul", Start: goldenami.StartOnUpdates, Scan: true,
			Lifecycle: goldenami.Lifecycle{DeprecateAfterDays: 90, DeleteAfterDays: 180, Keep: 3},
		}
		change(args)
		_, err = goldenami.NewPipeline(ctx, "golden-ami", args)
		return err
	}})
}

func TestPipelineDistributesWhatTheTagPolicySays(t *testing.T) {
	r, err := pipelineOf(t, func(a *goldenami.PipelineArgs) {
		a.Accounts, a.OrganizationArn, a.LaunchTemplates = []string{"444455556666"}, "arn:org", []string{"lt-1"}
	})
	require.NoError(t, err)
	distributions := r.Inputs(t, "aws:imagebuilder/distributionConfiguration:DistributionConfiguration", "golden-ami")["distributions"].([]any)
	home, copied := distributions[0].(map[string]any), distributions[1].(map[string]any)
	require.Equal(t, map[string]any{
		"name": "assetguard-test-golden-ami-{{ imagebuilder:buildDate }}", "description": "Hardened image of Amazon Linux 2023", "kmsKeyId": "arn:key",
		"amiTags": map[string]any{
			"Name": "assetguard-test-golden-ami", "Environment": "PROD", "BuildDate": "{{imagebuilder:buildDate}}",
			"Purpose": "ISMS-Compliant-Golden-AMI", "Compliance": "ISMS-K-21.1", "BaseImage": "Amazon Linux 2023", "Hardened": "true",
		},
		"launchPermission": map[string]any{"userIds": []any{"444455556666"}, "organizationArns": []any{"arn:org"}},
	}, home["amiDistributionConfiguration"])
	require.Equal(t, []any{map[string]any{"parameterName": "/imagebuilder/assetguard/test/golden-image", "dataType": "aws:ec2:image"}}, home["ssmParameterConfigurations"])
	require.Equal(t, []any{map[string]any{"launchTemplateId": "lt-1", "default": true}}, home["launchTemplateConfigurations"])
	require.Equal(t, "arn:there", copied["amiDistributionConfiguration"].(map[string]any)["kmsKeyId"])
	require.NotContains(t, copied, "launchTemplateConfigurations", "a launch template is of one region")

	pipeline := r.Inputs(t, "aws:imagebuilder/imagePipeline:ImagePipeline", "golden-ami")
	require.Equal(t, map[string]any{
		"scheduleExpression": "cron(0 2 ? * sun *)", "timezone": "Asia/Seoul",
		"pipelineExecutionStartCondition": "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
	}, pipeline["schedule"])
	require.Equal(t, map[string]any{"imageScanningEnabled": true}, pipeline["imageScanningConfiguration"])
	require.Equal(t, map[string]any{"imageTestsEnabled": true, "timeoutMinutes": 90.0}, pipeline["imageTestsConfiguration"])
}

func TestLifecycleDeprecatesThenDeletes(t *testing.T) {
	r, err := pipelineOf(t, func(*goldenami.PipelineArgs) {})
	require.NoError(t, err)
	policy := r.Inputs(t, "aws:imagebuilder/lifecyclePolicy:LifecyclePolicy", "golden-ami")
	version := r.Inputs(t, recipeToken, "golden-ami")["version"]
	require.Equal(t, map[string]any{"recipes": []any{
		map[string]any{"name": "assetguard-test-golden-ami", "semanticVersion": "1.0.0"},
		map[string]any{"name": "assetguard-test-golden-ami", "semanticVersion": version},
	}}, policy["resourceSelection"], "also the images of a recipe that was replaced")
	details := policy["policyDetails"].([]any)
	require.Equal(t, "DEPRECATE", details[0].(map[string]any)["action"].(map[string]any)["type"])
	require.Equal(t, map[string]any{"type": "AGE", "unit": "DAYS", "value": 90.0}, details[0].(map[string]any)["filter"])
	require.Equal(t, map[string]any{"type": "DELETE", "includeResources": map[string]any{"amis": true, "snapshots": true, "containers": false}}, details[1].(map[string]any)["action"])
	require.Equal(t, map[string]any{"type": "AGE", "unit": "DAYS", "value": 180.0, "retainAtLeast": 3.0}, details[1].(map[string]any)["filter"])
	require.Equal(t, map[string]any{"amis": map[string]any{
		"isPublic": false, "tagMap": map[string]any{"Keep": "true"}, "lastLaunched": map[string]any{"unit": "MONTHS", "value": 1.0},
	}}, details[1].(map[string]any)["exclusionRules"])
}

// TestLifecycleTakesTheNewestRecipes: a policy takes fifty.
func TestLifecycleTakesTheNewestRecipes(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		args := recipeArgs()
		args.Keep = true
		for n := 99; n >= 0; n-- { // the newest first
			args.Existing = append(args.Existing, recorder.Place().ARN("imagebuilder", fmt.Sprintf("image-recipe/assetguard-test-golden-ami/0.0.%d", n)))
		}
		recipe, err := goldenami.NewRecipe(ctx, "golden-ami", args)
		if err != nil {
			return err
		}
		_, err = goldenami.NewPipeline(ctx, "golden-ami", &goldenami.PipelineArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), Recipe: recipe,
			WorkshopArn: pulumi.String("arn:workshop"), BaseImage: "Amazon Linux 2023",
			Copies:   []goldenami.Copy{{Region: "ap-northeast-2", KeyArn: pulumi.String("arn:key")}},
			Schedule: "cron(0 2 ? * sun *)", Timezone: "Asia/Seoul", Start: goldenami.StartOnUpdates,
			Lifecycle: goldenami.Lifecycle{DeprecateAfterDays: 90, DeleteAfterDays: 180, Keep: 3},
		})
		return err
	}})
	require.NoError(t, err)
	recipes := r.Inputs(t, "aws:imagebuilder/lifecyclePolicy:LifecyclePolicy", "golden-ami")["resourceSelection"].(map[string]any)["recipes"].([]any)
	var versions []string
	for _, recipe := range recipes {
		versions = append(versions, recipe.(map[string]any)["semanticVersion"].(string))
	}
	require.Len(t, versions, goldenami.MaxLifecycleRecipes)
	require.Contains(t, versions, r.Inputs(t, recipeToken, "golden-ami")["version"], "the one in use")
	require.Contains(t, versions, "0.0.99")
	require.Contains(t, versions, "0.0.51")
	require.NotContains(t, versions, "0.0.50")
}

func TestPeopleAreToldOfBuilds(t *testing.T) {
	r, err := pipelineOf(t, func(*goldenami.PipelineArgs) {})
	require.NoError(t, err)
	const rule, target = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
	require.JSONEq(t, `{"source":["aws.imagebuilder"],"detail-type":["EC2 Image Builder Image State Change"],
		"resources":[{"wildcard":"arn:aws:imagebuilder:ap-northeast-2:123456789012:image/assetguard-test-golden-ami/*"}],
		"detail":{"state":{"status":["FAILED","CANCELLED"]}}}`, r.Inputs(t, rule, "golden-ami-failed")["eventPattern"].(string))
	for _, kind := range []string{"finished", "failed", "vulnerable", "disabled"} {
		in := r.Inputs(t, target, "golden-ami-"+kind)
		require.Equal(t, "arn:topic", in["arn"])
		require.NotEmpty(t, in["deadLetterConfig"], "nothing is lost silently")
		template := in["inputTransformer"].(map[string]any)
		for name := range template["inputPaths"].(map[string]any) {
			require.Contains(t, template["inputTemplate"], name+": <"+name+">")
		}
		for line := range strings.SplitSeq(template["inputTemplate"].(string), "\n") {
			require.Regexp(t, `^"[^"]+"$`, line, "EventBridge wants each line in quotes")
		}
	}
	require.Equal(t, `"Golden image of stack test: build failed"
"Image: <Image>"
"Reason: <Reason>"
"State: <State>"
"make image-status STACK=test shows the step that failed and its log. Instances go on to be born from the image before."`,
		r.Inputs(t, target, "golden-ami-failed")["inputTransformer"].(map[string]any)["inputTemplate"])
}

func TestWatchTellsOfAnOldImage(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "images.zip"), []byte("zip"), 0o600))
	r, err := recorder.Run(recorder.Program{Stack: "test", Root: root, Run: func(ctx *pulumi.Context) error {
		_, err := goldenami.NewWatch(ctx, "images", &goldenami.WatchArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), Zip: "images.zip", Architecture: "arm64",
			LogDays: 30, MaxAgeDays: 35, Schedule: "cron(0 8 * * ? *)", Timezone: "Asia/Seoul",
			Since: pulumi.String("2026-11-22T05:00:00Z"),
		})
		return err
	}})
	require.NoError(t, err)
	alarm := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "images-old")
	require.Equal(t, []any{"GoldenImageAgeDays", 35.0, "Maximum", 86400.0}, []any{alarm["metricName"], alarm["threshold"], alarm["statistic"], alarm["period"]})
	variables := r.Inputs(t, "aws:lambda/function:Function", "images")["environment"].(map[string]any)["variables"].(map[string]any)
	require.Equal(t, map[string]any{contract.EnvImageName: "assetguard-test-golden-ami", contract.EnvImageSince: "2026-11-22T05:00:00Z"}, variables)
}

func TestLogs(t *testing.T) {
	run := func(metric goldenami.LogMetric) (*recorder.Recorder, error) {
		return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
			_, err := goldenami.NewLogs(ctx, "instances", &goldenami.LogsArgs{
				Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), LogDays: 365,
				LogGroups: []string{"ISMS-GoldenAMI-AuthLogs"}, Namespace: "ISMS-GoldenAMI", Metrics: []goldenami.LogMetric{metric},
			})
			return err
		}})
	}
	failed := goldenami.LogMetric{Name: "FailedLogins", LogGroup: "ISMS-GoldenAMI-AuthLogs", Pattern: `"Failed"`, Alarm: "Look.", Threshold: 10, Period: 300}
	r, err := run(failed)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"name": "ISMS-GoldenAMI-AuthLogs", "retentionInDays": 365.0, "kmsKeyId": "arn:key"},
		r.Inputs(t, "aws:cloudwatch/logGroup:LogGroup", "ISMS-GoldenAMI-AuthLogs"))
	filter := r.Inputs(t, "aws:cloudwatch/logMetricFilter:LogMetricFilter", "instances-FailedLogins")
	require.Equal(t, map[string]any{"name": "FailedLogins", "namespace": "ISMS-GoldenAMI", "value": "1", "defaultValue": "0", "unit": "Count"}, filter["metricTransformation"])
	require.Equal(t, 10.0, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "instances-FailedLogins")["threshold"])
	board := r.Document(t, "aws:cloudwatch/dashboard:Dashboard", "instances", "dashboardBody")
	for _, part := range []string{"cpu_usage_active", "FailedLogins", "GoldenImageAgeDays", "SOURCE 'ISMS-GoldenAMI-AuthLogs'"} {
		require.Contains(t, board, part)
	}
	failed.LogGroup = "elsewhere"
	_, err = run(failed)
	require.ErrorContains(t, err, `metric FailedLogins: "elsewhere" is none of LogGroups`)
}

// TestFaultsAreToldAtOnce: every fault of a component in one error, and nothing registered.
func TestFaultsAreToldAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		make func(ctx *pulumi.Context) error
		want []string
	}{
		"recipe": {func(ctx *pulumi.Context) error {
			_, err := goldenami.NewRecipe(ctx, "r", &goldenami.RecipeArgs{Place: recorder.Place(), Documents: []goldenami.Document{{Name: "a", Body: "b"}, {Name: "a"}}})
			return err
		}, []string{"recipe r: KeyArn is required", "Bucket is required", "VolumeGB is 0", "ParentImage and KeyName are required", `document "a": give each a name of its own`}},
		"workshop": {func(ctx *pulumi.Context) error {
			_, err := goldenami.NewWorkshop(ctx, "w", &goldenami.WorkshopArgs{Place: recorder.Place()})
			return err
		}, []string{"workshop w: KeyArn is required", "SubnetID is required", "LogBucketDays is 0", "InstanceTypes and Recipe are required"}},
		"pipeline": {func(ctx *pulumi.Context) error {
			_, err := goldenami.NewPipeline(ctx, "p", &goldenami.PipelineArgs{Place: recorder.Place(), Start: "now", Copies: []goldenami.Copy{{Region: "us-east-1"}}})
			return err
		}, []string{"pipeline p: KeyArn is required", "Recipe is required", `start is "now"`, "the place's own region first", "Keep is 0", "DeleteAfterDays must be more"}},
		"watch": {func(ctx *pulumi.Context) error {
			_, err := goldenami.NewWatch(ctx, "x", &goldenami.WatchArgs{Place: recorder.Place()})
			return err
		}, []string{"watch x: KeyArn is required", "Since is required", "MaxAgeDays is 0", "schedule and timezone are required"}},
		"logs": {func(ctx *pulumi.Context) error {
			_, err := goldenami.NewLogs(ctx, "l", &goldenami.LogsArgs{Place: recorder.Place()})
			return err
		}, []string{"logs l: KeyArn is required", "TopicArn is required", "LogGroups, Namespace and LogDays are required"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := recorder.Run(recorder.Program{Stack: "test", Run: c.make})
			for _, fault := range c.want {
				require.ErrorContains(t, err, fault)
			}
			require.Empty(t, r.Keys())
		})
	}
}
