package suppression

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// Hub is the part of Security Hub that is used. Rules are changed where they work; findings in the home region, which
// has those of all linked regions.
type Hub interface {
	BatchGetAutomationRules(context.Context, *securityhub.BatchGetAutomationRulesInput, ...func(*securityhub.Options)) (*securityhub.BatchGetAutomationRulesOutput, error)
	BatchUpdateAutomationRules(context.Context, *securityhub.BatchUpdateAutomationRulesInput, ...func(*securityhub.Options)) (*securityhub.BatchUpdateAutomationRulesOutput, error)
	GetFindings(context.Context, *securityhub.GetFindingsInput, ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error)
	BatchUpdateFindings(context.Context, *securityhub.BatchUpdateFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsOutput, error)
	ListStandardsControlAssociations(context.Context, *securityhub.ListStandardsControlAssociationsInput, ...func(*securityhub.Options)) (*securityhub.ListStandardsControlAssociationsOutput, error)
	BatchUpdateStandardsControlAssociations(context.Context, *securityhub.BatchUpdateStandardsControlAssociationsInput, ...func(*securityhub.Options)) (*securityhub.BatchUpdateStandardsControlAssociationsOutput, error)
}

// Parameters reads the accepted risks.
type Parameters interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Settings say what the function works by.
type Settings struct {
	Home      string         // the home region
	Parameter string         // path of the accepted risks
	Zone      *time.Location // in which a risk's last day ends
	Language  string         // of the notes at findings: ko or en
}

// Handler ends accepted risks.
type Handler struct {
	settings   Settings
	hubs       func(region string) Hub
	parameters Parameters
	metrics    io.Writer
	log        *slog.Logger
	now        func() time.Time
	sleep      func(context.Context, time.Duration) error
}

// New makes a handler. hubs gives the client of one region and is called once or more for each; out takes metrics and
// logs, a JSON object a line.
func New(settings Settings, hubs func(region string) Hub, parameters Parameters, out io.Writer) *Handler {
	return &Handler{
		settings: settings, hubs: hubs, parameters: parameters, metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)),
		now: time.Now, sleep: sleep,
	}
}

// Report is what a run did.
type Report struct {
	Holds      int `json:"holds"`      // accepted risks, those that expire soon among them
	Expiring   int `json:"expiring"`   // within contract.RiskExpiringDays
	Expired    int `json:"expired"`    // accepted risks that still stand in the configuration
	RulesOff   int `json:"rulesOff"`   // automation rules that this run switched off
	RulesOn    int `json:"rulesOn"`    // and on
	Reopened   int `json:"reopened"`   // findings that this run set back to NEW
	Unfinished int `json:"unfinished"` // findings that it could not
	ControlsOn int `json:"controlsOn"` // controls that it switched on, each counted per standard
	// SQSEventResponse is empty: a run that fails returns an error, and its message comes again.
	events.SQSEventResponse
}

// Handle does a run. The event does not matter. The error joins all that failed.
func (h *Handler) Handle(ctx context.Context) (Report, error) {
	document, err := h.read(ctx)
	if err != nil {
		return Report{}, err
	}
	risks := document.Accepted
	r := Report{SQSEventResponse: events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}}
	at := h.now()
	counted := map[string]bool{} // a risk of several regions is one
	for _, risk := range risks {
		if counted[risk.ID] {
			continue
		}
		counted[risk.ID] = true
		h.logRisk(risk, at)
		switch risk.State(at, h.settings.Zone) {
		case contract.RiskExpired:
			r.Expired++
		case contract.RiskExpiring:
			r.Expiring++
			r.Holds++
		default:
			r.Holds++
		}
	}
	// The rules come first: a rule that is still on would suppress again what is set back.
	rules := h.setRules(ctx, risks, at, &r)
	findings := h.reopen(ctx, risks, at, &r)
	controls := h.setControls(ctx, document.ControlsOff, &r)
	h.count(r)
	return r, errors.Join(rules, findings, controls)
}

func (h *Handler) read(ctx context.Context) (contract.AcceptedRisks, error) {
	out, err := h.parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(h.settings.Parameter)})
	if err != nil {
		return contract.AcceptedRisks{}, fmt.Errorf("accepted risks: %w", err)
	}
	if out.Parameter == nil {
		return contract.AcceptedRisks{}, fmt.Errorf("accepted risks: %s has no value", h.settings.Parameter)
	}
	risks, err := contract.ParseAcceptedRisks(aws.ToString(out.Parameter.Value))
	if err != nil {
		return contract.AcceptedRisks{}, fmt.Errorf("%s: %w", h.settings.Parameter, err)
	}
	return risks, nil
}

// logRisk writes one line for each risk that needs somebody's attention.
func (h *Handler) logRisk(risk contract.AcceptedRisk, at time.Time) {
	if state := risk.State(at, h.settings.Zone); state != contract.RiskHolds {
		h.log.Warn("accepted risk", "id", risk.ID, "state", state, "lastDay", risk.Expires)
	}
}

func (h *Handler) count(r Report) {
	for state, n := range map[string]int{
		contract.RiskHolds: r.Holds - r.Expiring, contract.RiskExpiring: r.Expiring, contract.RiskExpired: r.Expired,
	} {
		h.write(emf.Count{Name: contract.MetricAcceptedRisks, Value: n,
			Dimensions: map[string]string{contract.DimensionState: state}, Sets: [][]string{{contract.DimensionState}}})
	}
	h.write(emf.Count{Name: contract.MetricFindingsReopened, Value: r.Reopened})
	h.write(emf.Count{Name: contract.MetricFindingsNotReopened, Value: r.Unfinished})
	h.log.Info("run", "report", r)
}

func (h *Handler) write(c emf.Count) {
	c.Namespace = contract.MetricNamespace
	if err := emf.Write(h.metrics, h.now(), c); err != nil {
		h.log.Error("metric lost", "metric", c.Name, "error", err.Error())
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
