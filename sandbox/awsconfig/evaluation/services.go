package evaluation

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	analyzertypes "github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	guardtypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	inspectortypes "github.com/aws/aws-sdk-go-v2/service/inspector2/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
)

func (s *State) hubEnabled(ctx context.Context, _ Rule) ([]Outcome, error) {
	_, err := securityhub.NewFromConfig(s.gateway).DescribeHub(ctx, &securityhub.DescribeHubInput{})
	if is(err, "InvalidAccessException") {
		return s.ofAccount(false, "Security Hub is off."), nil
	}
	return s.ofAccount(true, ""), err
}

func (s *State) detectorEnabled(ctx context.Context, _ Rule) ([]Outcome, error) {
	client := guardduty.NewFromConfig(s.gateway)
	listed, err := client.ListDetectors(ctx, &guardduty.ListDetectorsInput{})
	if err != nil {
		return nil, err
	}
	for _, id := range listed.DetectorIds {
		detector, err := client.GetDetector(ctx, &guardduty.GetDetectorInput{DetectorId: &id})
		if err != nil {
			return nil, err
		}
		if detector.Status == guardtypes.DetectorStatusEnabled {
			return s.ofAccount(true, ""), nil
		}
	}
	return s.ofAccount(false, "GuardDuty is off."), nil
}

// scans evaluates what Inspector looks at.
func (s *State) scans(ctx context.Context, of func(*inspectortypes.ResourceState) *inspectortypes.State, why string) ([]Outcome, error) {
	account, err := once(s, "inspector", func() (*inspectortypes.ResourceState, error) {
		out, err := inspector2.NewFromConfig(s.gateway).BatchGetAccountStatus(ctx, &inspector2.BatchGetAccountStatusInput{AccountIds: []string{s.account}})
		if err != nil {
			return nil, err
		}
		for _, account := range out.Accounts {
			if account.ResourceState != nil {
				return account.ResourceState, nil
			}
		}
		return &inspectortypes.ResourceState{}, nil
	})
	if err != nil {
		return nil, err
	}
	state := of(account)
	return s.ofAccount(state != nil && state.Status == inspectortypes.StatusEnabled, why), nil
}

func (s *State) scansInstances(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.scans(ctx, func(r *inspectortypes.ResourceState) *inspectortypes.State { return r.Ec2 }, "Inspector does not scan instances.")
}

func (s *State) scansImages(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.scans(ctx, func(r *inspectortypes.ResourceState) *inspectortypes.State { return r.Ecr }, "Inspector does not scan images.")
}

func (s *State) scansFunctions(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.scans(ctx, func(r *inspectortypes.ResourceState) *inspectortypes.State { return r.Lambda }, "Inspector does not scan functions.")
}

func (s *State) scansCode(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.scans(ctx, func(r *inspectortypes.ResourceState) *inspectortypes.State { return r.LambdaCode }, "Inspector does not scan the code of functions.")
}

func (s *State) externalAnalyzer(ctx context.Context, _ Rule) ([]Outcome, error) {
	out, err := accessanalyzer.NewFromConfig(s.gateway).ListAnalyzers(ctx, &accessanalyzer.ListAnalyzersInput{})
	if err != nil {
		return nil, err
	}
	external := []analyzertypes.Type{analyzertypes.TypeAccount, analyzertypes.TypeOrganization}
	return s.ofAccount(slices.ContainsFunc(out.Analyzers, func(a analyzertypes.AnalyzerSummary) bool {
		return slices.Contains(external, a.Type) && a.Status == analyzertypes.AnalyzerStatusActive
	}), "There is no analyzer of external access."), nil
}

// recording asks for a recorder that records, by the role that is AWS Config's own.
func (s *State) recording(ctx context.Context, _ Rule) ([]Outcome, error) {
	client := configservice.NewFromConfig(s.gateway)
	recorders, err := client.DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{})
	if err != nil {
		return nil, err
	}
	states, err := client.DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
	if err != nil {
		return nil, err
	}
	const why = "AWS Config does not record, or not by its service-linked role."
	for _, r := range recorders.ConfigurationRecorders {
		own := strings.Contains(strings.ToLower(aws.ToString(r.RoleARN)), ":role/aws-service-role/config.amazonaws.com/")
		for _, state := range states.ConfigurationRecordersStatus {
			if own && aws.ToString(state.Name) == aws.ToString(r.Name) && state.Recording {
				return s.ofAccount(true, ""), nil
			}
		}
	}
	return s.ofAccount(false, why), nil
}

// audited are the trails of the region, with whether each logs.
func (s *State) audited(ctx context.Context) ([]trailtypes.Trail, error) {
	return once(s, "trails", func() ([]trailtypes.Trail, error) {
		out, err := s.audit.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
		if err != nil {
			return nil, err
		}
		return out.TrailList, nil
	})
}

func (s *State) multiRegionTrail(ctx context.Context, _ Rule) ([]Outcome, error) {
	trails, err := s.audited(ctx)
	if err != nil {
		return nil, err
	}
	for _, trail := range trails {
		status, err := s.audit.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: trail.Name})
		if err == nil && aws.ToBool(trail.IsMultiRegionTrail) && aws.ToBool(status.IsLogging) {
			return s.ofAccount(true, ""), nil
		}
	}
	return s.ofAccount(false, "No trail of all regions logs."), nil
}

func (s *State) eachTrail(ctx context.Context, evaluate func(trailtypes.Trail) (why string)) ([]Outcome, error) {
	trails, err := s.audited(ctx)
	outcomes := []Outcome{}
	for _, trail := range trails {
		why := evaluate(trail)
		outcomes = append(outcomes, Outcome{Type: "AWS::CloudTrail::Trail", ID: aws.ToString(trail.TrailARN), Compliant: why == "", Annotation: why})
	}
	return outcomes, err
}

func (s *State) encryptedTrails(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachTrail(ctx, func(t trailtypes.Trail) string {
		if aws.ToString(t.KmsKeyId) == "" {
			return "The trail's files are not encrypted with a key of KMS."
		}
		return ""
	})
}

func (s *State) validatedTrails(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachTrail(ctx, func(t trailtypes.Trail) string {
		if !aws.ToBool(t.LogFileValidationEnabled) {
			return "The trail's files are not validated."
		}
		return ""
	})
}
