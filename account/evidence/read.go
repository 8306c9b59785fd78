package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"assetguard/internal/compliance"
	report "assetguard/internal/compliance/evidence"
	"assetguard/internal/contract"
)

// Config is the part of AWS Config that is read.
type Config interface {
	DescribeConformancePacks(context.Context, *configservice.DescribeConformancePacksInput, ...func(*configservice.Options)) (*configservice.DescribeConformancePacksOutput, error)
	GetConformancePackComplianceDetails(context.Context, *configservice.GetConformancePackComplianceDetailsInput, ...func(*configservice.Options)) (*configservice.GetConformancePackComplianceDetailsOutput, error)
	DescribeConfigRuleEvaluationStatus(context.Context, *configservice.DescribeConfigRuleEvaluationStatusInput, ...func(*configservice.Options)) (*configservice.DescribeConfigRuleEvaluationStatusOutput, error)
}

// Hub is the part of Security Hub that is read.
type Hub interface {
	GetFindings(context.Context, *securityhub.GetFindingsInput, ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error)
}

// Parameters reads the accepted risks.
type Parameters interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Region is the clients of one region.
type Region struct {
	Config Config
	Hub    Hub
}

// maxAge is how old the last run of a check may be that runs daily: a day and one that failed.
const maxAge = 48 * time.Hour

// Stack is the deployed stack that is read.
type Stack struct {
	Name    string
	Account string
	Regions []string // the home region first
	Pack    string   // the name of the conformance pack
	Checks  compliance.Settings
	Tags    []compliance.Tag
	Zone    *time.Location // in which the last day of an accepted risk ends
}

// Read reads the stack at a time. progress takes a line for each part. The error is about the settings only: what cannot
// be read stands in the result.
func (s *Stack) Read(ctx context.Context, at time.Time, regions func(string) Region, parameters Parameters, progress io.Writer) (report.Input, error) {
	r := &reading{
		Stack: s, progress: progress,
		in: report.Input{At: at, Stack: s.Name, Account: s.Account, Regions: s.Regions, Settings: s.Checks, MaxAge: maxAge},
	}
	if len(s.Regions) == 0 {
		return report.Input{}, errors.New("no regions: name the home region and the others")
	}
	for i, region := range s.Regions {
		pack, err := compliance.Render(s.Checks, s.Tags, compliance.Target{Region: region, Home: i == 0})
		if err != nil {
			return report.Input{}, fmt.Errorf("conformance pack of %s: %w", region, err)
		}
		r.in.Absences = append(r.in.Absences, report.Absences(pack, region)...)
	}
	r.accepted = r.readAccepted(ctx, parameters)
	for _, region := range s.Regions {
		r.readRegion(ctx, region, regions(region))
	}
	return r.in, nil
}

// reading is what one Read knows so far.
type reading struct {
	*Stack
	in       report.Input
	accepted map[string]contract.AcceptedRisk
	progress io.Writer
}

func (r *reading) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(r.progress, format+"\n", arguments...) // nobody needs progress that cannot be written
}

// unread notes a part that could not be read.
func (r *reading) unread(what, region string, err error) {
	r.say("%s: %s could not be read: %v", region, what, err)
	r.in.Unread = append(r.in.Unread, report.Unread{What: what, Region: region, Reason: err.Error()})
}

// readAccepted reads the accepted risks by id. A stack without any has no parameter.
func (r *reading) readAccepted(ctx context.Context, parameters Parameters) map[string]contract.AcceptedRisk {
	byID := map[string]contract.AcceptedRisk{}
	out, err := parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(contract.ParameterAccepted)})
	var none *ssmtypes.ParameterNotFound
	if errors.As(err, &none) {
		return byID
	}
	if err == nil && out.Parameter == nil {
		err = errors.New("the parameter has no value")
	}
	var risks contract.AcceptedRisks
	if err == nil {
		risks, err = contract.ParseAcceptedRisks(aws.ToString(out.Parameter.Value))
	}
	if err != nil {
		r.unread("accepted risks", r.Regions[0], err)
		return byID
	}
	for _, risk := range risks.Accepted {
		byID[risk.ID] = risk
	}
	return byID
}

// readRegion reads Security Hub first: it knows which failures are accepted, those of the pack too.
func (r *reading) readRegion(ctx context.Context, region string, from Region) {
	r.say("%s: findings of Security Hub", region)
	hub, err := r.readHub(ctx, region, from.Hub)
	if err != nil {
		r.unread("Security Hub", region, err)
		hub = nil
	} else {
		r.in.Results = append(r.in.Results, hub.results...)
		r.say("%s: %d results of controls", region, len(hub.results))
	}
	r.say("%s: evaluations of AWS Config", region)
	found, err := r.readConfig(ctx, region, from.Config, hub)
	if err != nil {
		r.unread("AWS Config", region, err)
		return
	}
	r.in.Results, r.in.Runs = append(r.in.Results, found.results...), append(r.in.Runs, found.runs...)
	r.say("%s: %d results of the conformance pack", region, len(found.results))
}
