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
	Report   *imagebuilder.Report // nil when there is none
	Findings *types.SeverityCounts
	Newest   bool // the parameter of the newest image names it
	Promoted bool // the parameter of the promoted image names it
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
			if image.Report, err = s.report(ctx, bucket, image.AMI); err != nil {
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

// report is the compliance report of an image, nil when it has none.
func (s *Stack) report(ctx context.Context, bucket, ami string) (*imagebuilder.Report, error) {
	key := s.Reports + "/" + imagebuilder.ReportKey(ami)
	out, err := s.Objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if missing := new(s3types.NoSuchKey); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", ami, err)
	}
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", ami, err)
	}
	report, err := imagebuilder.ParseReport(content)
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", ami, err)
	}
	if report.Image != ami {
		return nil, fmt.Errorf("report of %s is about %s", ami, report.Image)
	}
	return report, nil
}

// findings are the counts of Inspector's findings about an image, nil when it was not scanned.
func (s *Stack) findings(ctx context.Context, arn string) (*types.SeverityCounts, error) {
	if !s.Scanned {
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
	return nil, nil
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
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d d\t%s\t%s\t%s\n", ami, short(i.ARN), i.State, i.Built.Format("2006-01-02 15:04"),
			int(now.Sub(i.Built).Hours()/24), compliance(i.Report), counts(i.Findings), mark)
	}
	return table.Flush()
}

func compliance(r *imagebuilder.Report) string {
	if r == nil {
		return "no report"
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
