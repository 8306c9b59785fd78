package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"assetguard/imagebuilder"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	builder "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	home  = "ap-northeast-2"
	other = "us-east-1"
	name  = "assetguard-prod-golden-ami"
	arn   = "arn:aws:imagebuilder:" + home + ":111122223333:image/" + name + "/1.2.3/"
)

// account is a fake of all services; parameters and tags are by region.
type account struct {
	Builder
	pipelines  []string
	images     []types.ImageSummary
	builds     []types.Image // one for each look
	steps      [][]types.WorkflowStepMetadata
	looks      int
	counts     map[string]*types.SeverityCounts
	reports    map[string]imagebuilder.Report
	parameters map[string]string // by region and name
	clean      []string          // images that were scanned, and nothing was found
	tags       map[string]string // by region and image
	promoted   []string          // regions and images that have the tag Promoted
	untagged   []string
	started    string
	lines      []string
}

func (a *account) ListImagePipelines(context.Context, *builder.ListImagePipelinesInput, ...func(*builder.Options)) (*builder.ListImagePipelinesOutput, error) {
	out := &builder.ListImagePipelinesOutput{}
	for _, p := range a.pipelines {
		out.ImagePipelineList = append(out.ImagePipelineList, types.ImagePipeline{Name: aws.String(p), Arn: aws.String("arn:pipeline/" + p), InfrastructureConfigurationArn: aws.String("arn:infra")})
	}
	return out, nil
}

func (a *account) GetInfrastructureConfiguration(context.Context, *builder.GetInfrastructureConfigurationInput, ...func(*builder.Options)) (*builder.GetInfrastructureConfigurationOutput, error) {
	return &builder.GetInfrastructureConfigurationOutput{InfrastructureConfiguration: &types.InfrastructureConfiguration{
		Logging: &types.Logging{S3Logs: &types.S3Logs{S3BucketName: aws.String("builds")}},
	}}, nil
}

func (a *account) StartImagePipelineExecution(_ context.Context, in *builder.StartImagePipelineExecutionInput, _ ...func(*builder.Options)) (*builder.StartImagePipelineExecutionOutput, error) {
	a.started = aws.ToString(in.ImagePipelineArn)
	return &builder.StartImagePipelineExecutionOutput{ImageBuildVersionArn: aws.String(arn + "1")}, nil
}

func (a *account) ListImagePipelineImages(context.Context, *builder.ListImagePipelineImagesInput, ...func(*builder.Options)) (*builder.ListImagePipelineImagesOutput, error) {
	return &builder.ListImagePipelineImagesOutput{ImageSummaryList: a.images}, nil
}

func (a *account) GetImage(_ context.Context, in *builder.GetImageInput, _ ...func(*builder.Options)) (*builder.GetImageOutput, error) {
	if len(a.builds) == 0 {
		asked, scan := aws.ToString(in.ImageBuildVersionArn), types.ImageScanStatusTimedOut
		if a.counts[asked] != nil || slices.Contains(a.clean, asked) {
			scan = types.ImageScanStatusCompleted
		}
		return &builder.GetImageOutput{Image: &types.Image{ScanState: &types.ImageScanState{Status: scan}}}, nil
	}
	image := a.builds[min(a.looks, len(a.builds)-1)]
	image.Arn = in.ImageBuildVersionArn
	return &builder.GetImageOutput{Image: &image}, nil
}

func (a *account) ListWorkflowExecutions(context.Context, *builder.ListWorkflowExecutionsInput, ...func(*builder.Options)) (*builder.ListWorkflowExecutionsOutput, error) {
	return &builder.ListWorkflowExecutionsOutput{WorkflowExecutions: []types.WorkflowExecutionMetadata{{WorkflowExecutionId: aws.String("wf"), Type: types.WorkflowTypeBuild}}}, nil
}

func (a *account) ListWorkflowStepExecutions(context.Context, *builder.ListWorkflowStepExecutionsInput, ...func(*builder.Options)) (*builder.ListWorkflowStepExecutionsOutput, error) {
	return &builder.ListWorkflowStepExecutionsOutput{Steps: a.steps[min(a.looks, len(a.steps)-1)]}, nil
}

func (a *account) ListImageScanFindingAggregations(_ context.Context, in *builder.ListImageScanFindingAggregationsInput, _ ...func(*builder.Options)) (*builder.ListImageScanFindingAggregationsOutput, error) {
	out, asked := &builder.ListImageScanFindingAggregationsOutput{}, in.Filter.Values[0]
	if c := a.counts[asked]; c != nil {
		out.Responses = []types.ImageScanFindingAggregation{{ImageAggregation: &types.ImageAggregation{ImageBuildVersionArn: &asked, SeverityCounts: c}}}
	}
	return out, nil
}

func (a *account) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	if aws.ToString(in.LogGroupName) != "/aws/imagebuilder/"+name || aws.ToString(in.LogStreamName) != "1.2.3/1" {
		return nil, &logtypes.ResourceNotFoundException{}
	}
	out := &cloudwatchlogs.GetLogEventsOutput{}
	for _, line := range a.lines {
		out.Events = append(out.Events, logtypes.OutputLogEvent{Message: aws.String(line)})
	}
	return out, nil
}

func (a *account) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	report, there := a.reports[aws.ToString(in.Bucket)+"/"+aws.ToString(in.Key)]
	if !there {
		return nil, &s3types.NoSuchKey{}
	}
	content, err := json.Marshal(report)
	return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(content))}, err
}

// there are the services of one region.
type there struct {
	*account
	region string
}

func (t there) GetParameter(_ context.Context, in *ssm.GetParameterInput, _ ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	value, known := t.parameters[t.region+aws.ToString(in.Name)]
	if !known {
		return nil, &ssmtypes.ParameterNotFound{}
	}
	return &ssm.GetParameterOutput{Parameter: &ssmtypes.Parameter{Value: &value}}, nil
}

func (t there) PutParameter(_ context.Context, in *ssm.PutParameterInput, _ ...func(*ssm.Options)) (*ssm.PutParameterOutput, error) {
	t.parameters[t.region+aws.ToString(in.Name)] = aws.ToString(in.Value)
	return &ssm.PutParameterOutput{}, nil
}

func (t there) CreateTags(_ context.Context, in *ec2.CreateTagsInput, _ ...func(*ec2.Options)) (*ec2.CreateTagsOutput, error) {
	for _, tag := range in.Tags {
		if id := t.region + " " + in.Resources[0]; aws.ToString(tag.Key) == "Promoted" && !slices.Contains(t.promoted, id) {
			t.promoted = append(t.promoted, id)
		}
		t.tags[t.region+in.Resources[0]] += aws.ToString(tag.Key) + "=" + aws.ToString(tag.Value) + " "
	}
	return &ec2.CreateTagsOutput{}, nil
}

// DescribeImages lists those that have the tag Promoted, one a page.
func (t there) DescribeImages(_ context.Context, in *ec2.DescribeImagesInput, _ ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error) {
	if in.Owners[0] != "self" || in.Filters[0].Values[0] != name || in.Filters[1].Values[0] != "Promoted" {
		return nil, errors.New("asks for images of others")
	}
	var own []string
	for _, image := range t.promoted {
		if id, found := strings.CutPrefix(image, t.region+" "); found {
			own = append(own, id)
		}
	}
	page, out := 0, &ec2.DescribeImagesOutput{}
	if in.NextToken != nil {
		page = len(aws.ToString(in.NextToken))
	}
	if page < len(own) {
		out.Images = []ec2types.Image{{ImageId: &own[page]}}
	}
	if page+1 < len(own) {
		out.NextToken = aws.String(strings.Repeat("x", page+1))
	}
	return out, nil
}

func (t there) DeleteTags(_ context.Context, in *ec2.DeleteTagsInput, _ ...func(*ec2.Options)) (*ec2.DeleteTagsOutput, error) {
	for _, id := range in.Resources { // the account's lists, since it is a pointer
		t.untagged = append(t.untagged, t.region+" "+id)
		t.promoted = slices.DeleteFunc(t.promoted, func(image string) bool { return image == t.region+" "+id })
	}
	return &ec2.DeleteTagsOutput{}, nil
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func stackOf(a *account) *Stack {
	a.pipelines = append(a.pipelines, "another", name)
	if a.parameters == nil {
		a.parameters = map[string]string{}
	}
	a.tags = map[string]string{}
	return &Stack{
		Name: name, Newest: "/newest", Promoted: "/promoted", Reports: "reports", Environment: "PROD", Home: home, Scanned: true, Limits: Limits{High: 10},
		Builder: a, Logs: a, Objects: a, Regions: func(region string) Region { return Region{there{a, region}, there{a, region}} },
		Now: func() time.Time { return noon }, Wait: func(context.Context, time.Duration) error { a.looks++; return nil },
	}
}

func summary(number, ami, day string, state types.ImageStatus) types.ImageSummary {
	s := types.ImageSummary{Arn: aws.String(arn + number), DateCreated: aws.String(day + "T02:00:00Z"), State: &types.ImageState{Status: state}}
	if ami != "" {
		s.OutputResources = &types.OutputResources{Amis: []types.Ami{
			{Region: aws.String(home), Image: aws.String(ami)}, {Region: aws.String(other), Image: aws.String(ami + "e")},
		}}
	}
	return s
}

// tested is a report with so many rules, all of them mandatory.
func tested(ami string, passed, failed, off int) imagebuilder.Report {
	r := imagebuilder.Report{Schema: 1, Compliant: failed == 0, Image: ami, Passed: passed, Failed: failed, Off: off}
	for _, rules := range []struct {
		status imagebuilder.Status
		number int
	}{{imagebuilder.StatusPassed, passed}, {imagebuilder.StatusFailed, failed}, {imagebuilder.StatusOff, off}} {
		for range rules.number {
			r.Rules = append(r.Rules, imagebuilder.Result{Mandatory: true, Status: rules.status})
		}
	}
	return r
}

// company has a good image, a bad one, one with vulnerabilities, and a build that failed.
func company() *account {
	return &account{
		images: []types.ImageSummary{
			summary("1", "ami-00000001", "2026-11-01", types.ImageStatusAvailable), summary("4", "", "2026-11-22", types.ImageStatusFailed),
			summary("3", "ami-00000003", "2026-11-15", types.ImageStatusAvailable), summary("2", "ami-00000002", "2026-11-08", types.ImageStatusAvailable),
		},
		reports: map[string]imagebuilder.Report{
			"builds/reports/ami-00000001/report.json": tested("ami-00000001", 40, 0, 2),
			"builds/reports/ami-00000002/report.json": tested("ami-00000002", 38, 2, 0),
			"builds/reports/ami-00000003/report.json": tested("ami-00000003", 42, 0, 0),
		},
		counts: map[string]*types.SeverityCounts{
			arn + "1": {Critical: aws.Int64(0), High: aws.Int64(10), Medium: aws.Int64(5)},
			arn + "3": {Critical: aws.Int64(1), High: aws.Int64(11)},
		},
		parameters: map[string]string{home + "/newest": "ami-00000003", home + "/promoted": "ami-00000002", other + "/promoted": "ami-00000002e"},
		promoted:   []string{home + " ami-00000002", other + " ami-00000002e"},
	}
}

func TestList(t *testing.T) {
	s := stackOf(company())
	images, err := s.List(t.Context())
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, WriteTable(images, noon, &out))
	assert.Equal(t, `AMI           IMAGE                               STATE      BUILT             AGE   COMPLIANCE                                 CRITICAL/HIGH/MEDIUM  
-             assetguard-prod-golden-ami/1.2.3/4  FAILED     2026-11-22 02:00  0 d   not proven: no report                      not scanned           
ami-00000003  assetguard-prod-golden-ami/1.2.3/3  AVAILABLE  2026-11-15 02:00  7 d   compliant: 42 passed, 0 failed, 0 off      1/11/0                newest
ami-00000002  assetguard-prod-golden-ami/1.2.3/2  AVAILABLE  2026-11-08 02:00  14 d  NOT COMPLIANT: 38 passed, 2 failed, 0 off  not scanned            promoted
ami-00000001  assetguard-prod-golden-ami/1.2.3/1  AVAILABLE  2026-11-01 02:00  21 d  compliant: 40 passed, 0 failed, 2 off      0/10/5                
`, out.String())

}

// TestReportsThatCannotBeBelieved: they hide no other image, and no word of theirs promotes one.
func TestReportsThatCannotBeBelieved(t *testing.T) {
	lying := func(change func(*imagebuilder.Report)) imagebuilder.Report {
		r := tested("ami-00000001", 40, 0, 0)
		change(&r)
		return r
	}
	for want, report := range map[string]imagebuilder.Report{
		"the report is about ami-00000009":                 tested("ami-00000009", 40, 0, 0),
		"the report has no rules":                          {Schema: 1, Compliant: true, Image: "ami-00000001"},
		"schema 2 is not known":                            lying(func(r *imagebuilder.Report) { r.Schema = 2 }),
		"what the report counts is not what its rules say": lying(func(r *imagebuilder.Report) { r.Rules[3].Status = imagebuilder.StatusFailed }),
	} {
		a := company()
		a.reports["builds/reports/ami-00000001/report.json"] = report
		s := stackOf(a)
		images, err := s.List(t.Context())
		require.NoError(t, err, want)
		require.Len(t, images, 4)
		for _, unproven := range []bool{false, true} {
			_, err = s.Candidate(images, "ami-00000001", unproven)
			require.ErrorContains(t, err, want)
		}
		var out bytes.Buffer
		require.NoError(t, WriteTable(images, noon, &out))
		assert.Contains(t, out.String(), "NOT PROVEN: unusable report")
	}
	r := lying(func(r *imagebuilder.Report) { r.Rules[3].Status, r.Passed, r.Failed = imagebuilder.StatusFailed, 39, 1 })
	require.Error(t, contradiction(&r, "ami-00000001"), "a mandatory rule failed, and it calls itself compliant")
	r.Rules[3].Mandatory = false
	require.NoError(t, contradiction(&r, "ami-00000001"))
}

// TestCleanScanIsAScan: Image Builder has no counts of an image in which nothing was found.
func TestCleanScanIsAScan(t *testing.T) {
	a := company()
	a.counts, a.clean = nil, []string{arn + "3"}
	s := stackOf(a)
	images, err := s.List(t.Context())
	require.NoError(t, err)
	_, err = s.Candidate(images, "ami-00000003", false)
	require.NoError(t, err)
	_, err = s.Candidate(images, "ami-00000001", false)
	require.ErrorContains(t, err, "inspector has not scanned it")
}

// TestUnprovenImages: in the sandbox nothing is tested or scanned. What is known to be bad is refused there too.
func TestUnprovenImages(t *testing.T) {
	a := company()
	delete(a.reports, "builds/reports/ami-00000001/report.json")
	delete(a.counts, arn+"1")
	s := stackOf(a)
	images, err := s.List(t.Context())
	require.NoError(t, err)
	_, err = s.Candidate(images, "ami-00000001", false)
	require.ErrorContains(t, err, "it has no compliance report")
	require.ErrorContains(t, err, "inspector has not scanned it")
	chosen, err := s.Candidate(images, "ami-00000001", true)
	require.NoError(t, err)
	require.NoError(t, s.Promote(t.Context(), chosen, "no instance runs here"))
	assert.Equal(t, "Promoted=PROD Keep=true Unproven=no instance runs here ", a.tags[home+"ami-00000001"])
	_, err = s.Candidate(images, "ami-00000002", true)
	require.ErrorContains(t, err, "it failed 2 rules")
	_, err = s.Candidate(images, "ami-00000003", true)
	require.ErrorContains(t, err, "inspector found 1 critical vulnerabilities")
}

func TestPromotionIsRefused(t *testing.T) {
	s := stackOf(company())
	images, err := s.List(t.Context())
	require.NoError(t, err)
	for ami, wants := range map[string][]string{
		"":             {"ami-00000003 cannot be promoted", "inspector found 1 critical vulnerabilities, and goldenImage.scan allows 0", "11 high"}, // the newest
		"ami-00000002": {"it failed 2 rules of the compliance test", "inspector has not scanned it"},
		"ami-00000009": {"there is no image ami-00000009"},
	} {
		_, err := s.Candidate(images, ami, false)
		for _, want := range wants {
			require.ErrorContains(t, err, want)
		}
	}
	s.Scanned = false
	chosen, err := s.Candidate(images, "", false)
	require.NoError(t, err, "nobody asked for a scan")
	assert.Equal(t, "ami-00000003", chosen.AMI)
	images[1].Report = nil
	_, err = s.Candidate(images, "", false)
	require.ErrorContains(t, err, "it has no compliance report")
}

func TestPromoteInEveryRegion(t *testing.T) {
	a := company()
	s := stackOf(a)
	images, err := s.List(t.Context())
	require.NoError(t, err)
	chosen, err := s.Candidate(images, "ami-00000001", false)
	require.NoError(t, err)
	for range 2 { // repeated, it changes nothing more
		require.NoError(t, s.Promote(t.Context(), chosen, ""))
		assert.Equal(t, "ami-00000001", a.parameters[home+"/promoted"])
		assert.Equal(t, "ami-00000001e", a.parameters[other+"/promoted"])
		assert.Contains(t, a.tags[home+"ami-00000001"], "Promoted=PROD Keep=true ")
		assert.Equal(t, []string{home + " ami-00000002", other + " ami-00000002e"}, a.untagged)
	}
	// A promotion that stopped after the parameter, and one beside this: the next takes the tags that they left.
	a.promoted, a.untagged = []string{home + " ami-00000002", home + " ami-00000001", home + " ami-00000003"}, nil
	require.NoError(t, s.Promote(t.Context(), chosen, ""))
	assert.Equal(t, []string{home + " ami-00000002", home + " ami-00000003"}, a.untagged)
}

func building(status types.WorkflowStepExecutionStatus) types.WorkflowStepMetadata {
	step := types.WorkflowStepMetadata{Name: aws.String("ApplyBuildComponents"), Status: status, StartTime: aws.String("2026-11-22T11:59:00Z")}
	if status != types.WorkflowStepExecutionStatusRunning {
		step.EndTime = aws.String("2026-11-22T11:59:30Z")
	}
	return step
}

func TestWatchShowsEachChange(t *testing.T) {
	began := aws.String("2026-11-22T11:58:00Z")
	in := func(state types.ImageStatus) types.Image {
		return types.Image{DateCreated: began, State: &types.ImageState{Status: state}}
	}
	waiting := types.WorkflowStepMetadata{Name: aws.String("CreateOutputAMI"), Status: types.WorkflowStepExecutionStatusPending}
	a := &account{
		builds: []types.Image{in(types.ImageStatusBuilding), in(types.ImageStatusBuilding), in(types.ImageStatusAvailable)},
		steps:  [][]types.WorkflowStepMetadata{{building(types.WorkflowStepExecutionStatusRunning), waiting}, {building(types.WorkflowStepExecutionStatusCompleted)}},
	}
	s := stackOf(a)
	started, err := s.Start(t.Context(), "token")
	require.NoError(t, err)
	assert.Equal(t, "arn:pipeline/"+name, a.started)
	var out bytes.Buffer
	require.NoError(t, s.Watch(t.Context(), started, &out))
	assert.Equal(t, `assetguard-prod-golden-ami/1.2.3/1
    2m0s  BUILD         ApplyBuildComponents       RUNNING   1m0s
    2m0s  BUILDING
    2m0s  BUILD         ApplyBuildComponents       COMPLETED 30s
    2m0s  AVAILABLE
image   assetguard-prod-golden-ami/1.2.3/1
state   AVAILABLE
log     /aws/imagebuilder/assetguard-prod-golden-ami, stream 1.2.3/1
        https://ap-northeast-2.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-2#logsV2:log-groups/log-group/$252Faws$252Fimagebuilder$252Fassetguard-prod-golden-ami/log-events/1.2.3$252F1
        s3://builds/logs/assetguard-prod-golden-ami/1.2.3/1
`, out.String())
}

func TestAFailedBuildShowsItsLog(t *testing.T) {
	a := &account{
		builds: []types.Image{{DateCreated: aws.String("2026-11-22T11:58:00Z"), State: &types.ImageState{Status: types.ImageStatusFailed, Reason: aws.String("the compliance test failed")}}},
		steps:  [][]types.WorkflowStepMetadata{{building(types.WorkflowStepExecutionStatusFailed)}},
		lines:  []string{"ssh-server: failed", "compliance: 1 mandatory rule failed\n"},
	}
	var out bytes.Buffer
	err := stackOf(a).Watch(t.Context(), arn+"2", &out)
	require.ErrorIs(t, err, ErrFailed, "it failed before it had a log")
	out.Reset()
	err = stackOf(a).Watch(t.Context(), arn+"1", &out)
	require.ErrorIs(t, err, ErrFailed)
	assert.Contains(t, out.String(), "reason  the compliance test failed")
	assert.Contains(t, out.String(), "the last 2 lines of the log:\n  | ssh-server: failed\n  | compliance: 1 mandatory rule failed\n")
}

func TestWithoutAPipeline(t *testing.T) {
	s := stackOf(&account{})
	s.Name = "assetguard-dev-golden-ami"
	_, err := s.Start(t.Context(), "token")
	require.ErrorIs(t, err, ErrNoPipeline)
	s.Name = name
	_, err = s.Status(t.Context(), "")
	require.ErrorContains(t, err, "has not built anything yet")
}
