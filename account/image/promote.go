package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"assetguard/internal/contract"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Candidate finds the image with an AMI id of the home region, "" for the newest that was built, and says why it may not
// be promoted: every reason at once.
func (s *Stack) Candidate(images []Image, ami string) (Image, error) {
	index := slices.IndexFunc(images, func(i Image) bool {
		return i.AMI != "" && (i.AMI == ami || ami == "" && i.State == types.ImageStatusAvailable)
	})
	if index < 0 {
		return Image{}, fmt.Errorf("there is no image %s: `go run ./account image list` shows those that there are", ami)
	}
	image := images[index]
	var faults []error
	if image.State != types.ImageStatusAvailable {
		faults = append(faults, fmt.Errorf("its state is %s", image.State))
	}
	switch {
	case image.Report == nil:
		faults = append(faults, errors.New("it has no compliance report"))
	case !image.Report.Compliant:
		faults = append(faults, fmt.Errorf("it failed %d rules of the compliance test", image.Report.Failed))
	}
	faults = append(faults, s.Limits.faults(s.Scanned, image.Findings)...)
	if len(faults) > 0 {
		return Image{}, fmt.Errorf("%s cannot be promoted: %w", image.AMI, errors.Join(faults...))
	}
	return image, nil
}

func (l Limits) faults(scanned bool, found *types.SeverityCounts) []error {
	if !scanned {
		return nil
	}
	if found == nil {
		return []error{errors.New("inspector has not scanned it")}
	}
	var faults []error
	for _, severity := range []struct {
		name  string
		found *int64
		limit int
	}{{"critical", found.Critical, l.Critical}, {"high", found.High, l.High}} {
		if n := aws.ToInt64(severity.found); n > int64(severity.limit) {
			faults = append(faults, fmt.Errorf("inspector found %d %s vulnerabilities, and goldenImage.scan allows %d", n, severity.name, severity.limit))
		}
	}
	return faults
}

// Promote makes an image the one that production launches from, in every region that has it. The tag Keep holds it
// from the lifecycle policy; the image before loses it. It may be repeated: the parameter comes last.
func (s *Stack) Promote(ctx context.Context, image Image) error {
	for _, region := range slices.Sorted(maps.Keys(image.Copies)) {
		if err := s.promote(ctx, region, image.Copies[region]); err != nil {
			return fmt.Errorf("%s: %w", region, err)
		}
	}
	return nil
}

func (s *Stack) promote(ctx context.Context, region, ami string) error {
	there := s.Regions(region)
	before, err := s.parameter(ctx, region, s.Promoted)
	if err != nil {
		return err
	}
	if _, err := there.Machines.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{ami}, Tags: []ec2types.Tag{
		{Key: aws.String(contract.TagPromoted), Value: &s.Environment}, {Key: aws.String(contract.TagKeep), Value: aws.String("true")},
	}}); err != nil {
		return fmt.Errorf("tag %s: %w", ami, err)
	}
	if _, err := there.Parameters.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &s.Promoted, Value: &ami, Type: ssmtypes.ParameterTypeString, DataType: aws.String("aws:ec2:image"), Overwrite: aws.Bool(true),
		Description: aws.String("Golden image that production launches from"),
	}); err != nil {
		return fmt.Errorf("parameter %s: %w", s.Promoted, err)
	}
	if before == "" || before == ami {
		return nil
	}
	if _, err := there.Machines.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{before}, Tags: []ec2types.Tag{
		{Key: aws.String(contract.TagPromoted)}, {Key: aws.String(contract.TagKeep)},
	}}); err != nil {
		return fmt.Errorf("take the tags from %s, which was promoted before: %w", before, err)
	}
	return nil
}
