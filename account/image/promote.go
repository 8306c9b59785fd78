package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assetguard/internal/contract"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Candidate finds the image with an AMI id of the home region, "" for the newest that was built, and says why it may not
// be promoted: every reason at once. With unproven, it is no reason that nobody tested or scanned it: for the sandbox, where
// no instance runs. What was found bad stays one.
func (s *Stack) Candidate(images []Image, ami string, unproven bool) (Image, error) {
	index := slices.IndexFunc(images, func(i Image) bool {
		return i.AMI != "" && (i.AMI == ami || ami == "" && i.State == types.ImageStatusAvailable)
	})
	if index < 0 {
		return Image{}, fmt.Errorf("there is no image %s: `go run ./account image list` shows those that there are", cmp.Or(ami, "that is available"))
	}
	image := images[index]
	var faults []error
	if image.State != types.ImageStatusAvailable {
		faults = append(faults, fmt.Errorf("its state is %s", image.State))
	}
	switch {
	case image.Fault != nil:
		faults = append(faults, fmt.Errorf("its compliance report cannot be used: %w", image.Fault))
	case image.Report == nil && !unproven:
		faults = append(faults, errors.New("it has no compliance report"))
	case image.Report != nil && !image.Report.Compliant:
		faults = append(faults, fmt.Errorf("it failed %d rules of the compliance test", image.Report.Failed))
	}
	if s.Scanned && (image.Findings != nil || !unproven) {
		faults = append(faults, s.Limits.faults(image.Findings)...)
	}
	if len(faults) > 0 {
		return Image{}, fmt.Errorf("%s cannot be promoted: %w", image.AMI, errors.Join(faults...))
	}
	return image, nil
}

func (l Limits) faults(found *types.SeverityCounts) []error {
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
// from the lifecycle policy; images that were promoted before lose it. It may be repeated, also after it stopped halfway.
// unproven is why an image is promoted that nobody tested, "" for one that was; its tag says so.
func (s *Stack) Promote(ctx context.Context, image Image, unproven string) error {
	for _, region := range slices.Sorted(maps.Keys(image.Copies)) {
		if err := s.promote(ctx, region, image.Copies[region], unproven); err != nil {
			return fmt.Errorf("%s: %w", region, err)
		}
	}
	return nil
}

func (s *Stack) promote(ctx context.Context, region, ami, unproven string) error {
	there := s.Regions(region)
	tags := []ec2types.Tag{{Key: aws.String(contract.TagPromoted), Value: &s.Environment}, {Key: aws.String(contract.TagKeep), Value: aws.String("true")}}
	if unproven != "" {
		tags = append(tags, ec2types.Tag{Key: aws.String(contract.TagUnproven), Value: &unproven})
	}
	if _, err := there.Machines.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{ami}, Tags: tags}); err != nil {
		return fmt.Errorf("tag %s: %w", ami, err)
	}
	if _, err := there.Parameters.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &s.Promoted, Value: &ami, Type: ssmtypes.ParameterTypeString, DataType: aws.String("aws:ec2:image"), Overwrite: aws.Bool(true),
		Description: aws.String("Golden image that production launches from"),
	}); err != nil {
		return fmt.Errorf("parameter %s: %w", s.Promoted, err)
	}
	return s.release(ctx, there.Machines, ami)
}

// release takes the tags of a promotion from every image but one: a promotion that stopped halfway, or two at once, leave
// more than one.
func (s *Stack) release(ctx context.Context, machines Machines, promoted string) error {
	var before []string
	pages := ec2.NewDescribeImagesPaginator(machines, &ec2.DescribeImagesInput{Owners: []string{"self"}, Filters: []ec2types.Filter{
		{Name: aws.String("tag:" + contract.TagName), Values: []string{s.Name}}, {Name: aws.String("tag-key"), Values: []string{contract.TagPromoted}},
	}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("images that were promoted before: %w", err)
		}
		for _, image := range page.Images {
			if id := aws.ToString(image.ImageId); id != promoted {
				before = append(before, id)
			}
		}
	}
	if len(before) == 0 {
		return nil
	}
	if _, err := machines.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: before, Tags: []ec2types.Tag{
		{Key: aws.String(contract.TagPromoted)}, {Key: aws.String(contract.TagKeep)},
	}}); err != nil {
		return fmt.Errorf("take the tags from %s, promoted before: %w", strings.Join(before, " and "), err)
	}
	return nil
}
