package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"assetguard/imagebuilder"

	"github.com/aws/aws-sdk-go-v2/aws"
	builder "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Image is an image with what is known of it.
type Image struct {
	ARN      string
	AMI      string // in the home region; empty for a build without an image
	Copies   map[string]string
	State    types.ImageStatus
	Built    time.Time
	Report   *imagebuilder.Report  // nil when there is none that can be believed
	Fault    error                 // why Report cannot be believed; nil when there is none, or when it can
	Findings *types.SeverityCounts // nil when it was not scanned
	Newest   bool                  // the parameter of the newest image names it
	Promoted bool                  // the parameter of the promoted image names it
}

// List lists the images of the pipeline, the newest first.
func (s *Stack) List(ctx context.Context) ([]Image, error) {
	p, err := s.pipeline(ctx)
	if err != nil {
		return nil, err
	}
	bucket, err := s.bucket(ctx, p)
	if err != nil {
		return nil, err
	}
	summaries, err := s.summaries(ctx, p)
	if err != nil {
		return nil, err
	}
	newest, err := s.parameter(ctx, s.Home, s.Newest)
	if err != nil {
		return nil, err
	}
	promoted, err := s.parameter(ctx, s.Home, s.Promoted)
	if err != nil {
		return nil, err
	}
	var images []Image
	for _, summary := range summaries {
		image := Image{ARN: aws.ToString(summary.Arn), Built: moment(summary.DateCreated), Copies: map[string]string{}}
		if summary.State != nil {
			image.State = summary.State.Status
		}
		if summary.OutputResources != nil {
			for _, ami := range summary.OutputResources.Amis {
				image.Copies[aws.ToString(ami.Region)] = aws.ToString(ami.Image)
			}
		}
		if image.AMI = image.Copies[s.Home]; image.AMI != "" {
			image.Newest, image.Promoted = image.AMI == newest, image.AMI == promoted
			if image.Report, image.Fault, err = s.report(ctx, bucket, image.AMI); err != nil {
				return nil, err
			}
			if image.Findings, err = s.findings(ctx, image.ARN); err != nil {
				return nil, err
			}
		}
		images = append(images, image)
	}
	return images, nil
}

// parameter is the value of a parameter, "" when there is none.
func (s *Stack) parameter(ctx context.Context, region, name string) (string, error) {
	out, err := s.Regions(region).Parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if missing := new(ssmtypes.ParameterNotFound); errors.As(err, &missing) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("parameter %s in %s: %w", name, region, err)
	}
	return aws.ToString(out.Parameter.Value), nil
}

// report is the compliance report of an image, nil when it has none. One that cannot be believed is a fault of that image,
// and hides no other.
func (s *Stack) report(ctx context.Context, bucket, ami string) (report *imagebuilder.Report, fault, err error) {
	key := s.Reports + "/" + imagebuilder.ReportKey(ami)
	out, err := s.Objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if missing := new(s3types.NoSuchKey); errors.As(err, &missing) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("report of %s: %w", ami, err)
	}
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("report of %s: %w", ami, err)
	}
	report, fault = imagebuilder.ParseReport(content)
	if fault == nil {
		fault = contradiction(report, ami)
	}
	if fault != nil {
		return nil, fault, nil
	}
	return report, nil, nil
}

// contradiction is what a report says against itself, or of another image. Its rules count, not what it says of them.
func contradiction(r *imagebuilder.Report, ami string) error {
	if r.Image != ami {
		return fmt.Errorf("the report is about %s", r.Image)
	}
	if len(r.Rules) == 0 {
		return errors.New("the report has no rules")
	}
	counts, compliant := map[imagebuilder.Status]int{}, true
	for _, rule := range r.Rules {
		counts[rule.Status]++
		if rule.Mandatory && rule.Status != imagebuilder.StatusPassed && rule.Status != imagebuilder.StatusOff {
			compliant = false
		}
	}
	passed, failed, off := counts[imagebuilder.StatusPassed], counts[imagebuilder.StatusFailed], counts[imagebuilder.StatusOff]
	if passed != r.Passed || failed != r.Failed || off != r.Off || passed+failed+off != len(r.Rules) || compliant != r.Compliant {
		return errors.New("what the report counts is not what its rules say")
	}
	return nil
}

// findings are the counts of Inspector's findings about an image, nil when it was not scanned to the end. A scan that found
// nothing has no counts.
func (s *Stack) findings(ctx context.Context, arn string) (*types.SeverityCounts, error) {
	if !s.Scanned {
		return nil, nil
	}
	image, err := s.Builder.GetImage(ctx, &builder.GetImageInput{ImageBuildVersionArn: &arn})
	if err != nil {
		return nil, fmt.Errorf("scan of %s: %w", short(arn), err)
	}
	if scan := image.Image.ScanState; scan == nil || scan.Status != types.ImageScanStatusCompleted {
		return nil, nil
	}
	out, err := s.Builder.ListImageScanFindingAggregations(ctx, &builder.ListImageScanFindingAggregationsInput{
		Filter: &types.Filter{Name: aws.String("imageBuildVersionArn"), Values: []string{arn}},
	})
	if err != nil {
		return nil, fmt.Errorf("findings about %s: %w", short(arn), err)
	}
	for _, response := range out.Responses {
		if a := response.ImageAggregation; a != nil && aws.ToString(a.ImageBuildVersionArn) == arn {
			return a.SeverityCounts, nil
		}
	}
	return &types.SeverityCounts{}, nil
}

// WriteTable writes the images for people.
func WriteTable(images []Image, now time.Time, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "AMI\tIMAGE\tSTATE\tBUILT\tAGE\tCOMPLIANCE\tCRITICAL/HIGH/MEDIUM\t")
	for _, i := range images {
		mark := ""
		if i.Newest {
			mark = "newest"
		}
		if i.Promoted {
			mark += " promoted"
		}
		ami := i.AMI
		if ami == "" {
			ami = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d d\t%s\t%s\t%s\n", ami, short(i.ARN), i.State, i.Built.UTC().Format("2006-01-02 15:04"),
			int(now.Sub(i.Built).Hours()/24), i.compliance(), counts(i.Findings), mark)
	}
	return table.Flush()
}

func (i *Image) compliance() string {
	r := i.Report
	switch {
	case i.Fault != nil:
		return "NOT PROVEN: unusable report"
	case r == nil:
		return "not proven: no report"
	}
	word := "compliant"
	if !r.Compliant {
		word = "NOT COMPLIANT"
	}
	return fmt.Sprintf("%s: %d passed, %d failed, %d off", word, r.Passed, r.Failed, r.Off)
}

func counts(c *types.SeverityCounts) string {
	if c == nil {
		return "not scanned"
	}
	return fmt.Sprintf("%d/%d/%d", aws.ToInt64(c.Critical), aws.ToInt64(c.High), aws.ToInt64(c.Medium))
}
