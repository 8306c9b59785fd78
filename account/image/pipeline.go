package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// Builder is the part of Image Builder that is used.
type Builder interface {
	ListImagePipelines(context.Context, *imagebuilder.ListImagePipelinesInput, ...func(*imagebuilder.Options)) (*imagebuilder.ListImagePipelinesOutput, error)
	GetInfrastructureConfiguration(context.Context, *imagebuilder.GetInfrastructureConfigurationInput, ...func(*imagebuilder.Options)) (*imagebuilder.GetInfrastructureConfigurationOutput, error)
	StartImagePipelineExecution(context.Context, *imagebuilder.StartImagePipelineExecutionInput, ...func(*imagebuilder.Options)) (*imagebuilder.StartImagePipelineExecutionOutput, error)
	GetImage(context.Context, *imagebuilder.GetImageInput, ...func(*imagebuilder.Options)) (*imagebuilder.GetImageOutput, error)
	ListImagePipelineImages(context.Context, *imagebuilder.ListImagePipelineImagesInput, ...func(*imagebuilder.Options)) (*imagebuilder.ListImagePipelineImagesOutput, error)
	ListWorkflowExecutions(context.Context, *imagebuilder.ListWorkflowExecutionsInput, ...func(*imagebuilder.Options)) (*imagebuilder.ListWorkflowExecutionsOutput, error)
	ListWorkflowStepExecutions(context.Context, *imagebuilder.ListWorkflowStepExecutionsInput, ...func(*imagebuilder.Options)) (*imagebuilder.ListWorkflowStepExecutionsOutput, error)
	ListImageScanFindingAggregations(context.Context, *imagebuilder.ListImageScanFindingAggregationsInput, ...func(*imagebuilder.Options)) (*imagebuilder.ListImageScanFindingAggregationsOutput, error)
}

// Logs reads the log of a build.
type Logs interface {
	GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error)
}

// Objects reads compliance reports.
type Objects interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Parameters hold the id of the image that is promoted, and of the newest, in a region.
type Parameters interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
	PutParameter(context.Context, *ssm.PutParameterInput, ...func(*ssm.Options)) (*ssm.PutParameterOutput, error)
}

// Machines lists and tags machine images in a region.
type Machines interface {
	CreateTags(context.Context, *ec2.CreateTagsInput, ...func(*ec2.Options)) (*ec2.CreateTagsOutput, error)
	DescribeImages(context.Context, *ec2.DescribeImagesInput, ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error)
	DeleteTags(context.Context, *ec2.DeleteTagsInput, ...func(*ec2.Options)) (*ec2.DeleteTagsOutput, error)
}

// Region are the clients of one region.
type Region struct {
	Parameters Parameters
	Machines   Machines
}

// Limits are the most findings of Inspector with which an image is promoted.
type Limits struct{ Critical, High int }

// Stack is the golden image of one stack.
type Stack struct {
	Name        string // of the pipeline
	Newest      string // parameter with the newest image
	Promoted    string // parameter with the promoted image
	Reports     string // folder of compliance reports in the pipeline's bucket
	Environment string // value of the tag that a promoted image gets
	Home        string // region of the pipeline
	Scanned     bool   // whether Inspector scans images
	Limits      Limits
	Builder     Builder
	Logs        Logs
	Objects     Objects
	Regions     func(region string) Region
	Now         func() time.Time
	Wait        func(context.Context, time.Duration) error
	Every       time.Duration // between two looks of Watch
}

// ErrNoPipeline says that the stack has no pipeline.
var ErrNoPipeline = errors.New("there is no pipeline of this name: is goldenImage.enabled set, and the stack deployed?")

// pipeline finds the pipeline by its name.
func (s *Stack) pipeline(ctx context.Context) (types.ImagePipeline, error) {
	pages := imagebuilder.NewListImagePipelinesPaginator(s.Builder, &imagebuilder.ListImagePipelinesInput{
		Filters: []types.Filter{{Name: aws.String("name"), Values: []string{s.Name}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.ImagePipeline{}, fmt.Errorf("pipelines: %w", err)
		}
		for _, p := range page.ImagePipelineList {
			if aws.ToString(p.Name) == s.Name {
				return p, nil
			}
		}
	}
	return types.ImagePipeline{}, fmt.Errorf("%s: %w", s.Name, ErrNoPipeline)
}

// bucket is where builds leave logs and reports.
func (s *Stack) bucket(ctx context.Context, p types.ImagePipeline) (string, error) {
	out, err := s.Builder.GetInfrastructureConfiguration(ctx, &imagebuilder.GetInfrastructureConfigurationInput{
		InfrastructureConfigurationArn: p.InfrastructureConfigurationArn,
	})
	if err != nil {
		return "", fmt.Errorf("infrastructure of the pipeline: %w", err)
	}
	if c := out.InfrastructureConfiguration; c != nil && c.Logging != nil && c.Logging.S3Logs != nil {
		return aws.ToString(c.Logging.S3Logs.S3BucketName), nil
	}
	return "", fmt.Errorf("pipeline %s keeps no logs in S3", s.Name)
}

// summaries are the builds of a pipeline, the newest first.
func (s *Stack) summaries(ctx context.Context, p types.ImagePipeline) ([]types.ImageSummary, error) {
	var all []types.ImageSummary
	pages := imagebuilder.NewListImagePipelineImagesPaginator(s.Builder, &imagebuilder.ListImagePipelineImagesInput{ImagePipelineArn: p.Arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("builds of the pipeline: %w", err)
		}
		all = append(all, page.ImageSummaryList...)
	}
	newestFirst(all)
	return all, nil
}

// Start starts a build and returns its ARN. token makes a repeated start of the same build the same one.
func (s *Stack) Start(ctx context.Context, token string) (string, error) {
	p, err := s.pipeline(ctx)
	if err != nil {
		return "", err
	}
	out, err := s.Builder.StartImagePipelineExecution(ctx, &imagebuilder.StartImagePipelineExecutionInput{ImagePipelineArn: p.Arn, ClientToken: &token})
	if err != nil {
		return "", fmt.Errorf("start the build: %w", err)
	}
	return aws.ToString(out.ImageBuildVersionArn), nil
}

// short is an image's name and version out of its ARN: NAME/1.2.3/4.
func short(arn string) string {
	_, rest, _ := strings.Cut(arn, ":image/")
	return rest
}
