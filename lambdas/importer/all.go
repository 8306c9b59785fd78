package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
	"assetguard/lambdas/internal/reason"
)

const (
	// staleAfter is how long a finding has not been imported when it counts as left over. Every run imports everything,
	// so that after a run what is older than two days is not evaluated any more; GetFindings may lag by minutes.
	staleAfter = 48 * time.Hour
	// archiveDelay is how long after the import its findings are looked at. SQS allows no more.
	archiveDelay = 15 * time.Minute
	// findingsLive is how long Security Hub keeps a finding that is not updated, with room.
	findingsLive = 100 * 24 * time.Hour
)

// The stages of a step. The first message has none.
const (
	stageImport  = "import"
	stageArchive = "archive"
)

// step is a message of the chain.
type step struct {
	Source string `json:"source"` // contract.ImportAllSource
	Region string `json:"region,omitempty"`
	Stage  string `json:"stage,omitempty"`
	Pack   int    `json:"pack,omitempty"`  // which of the region's packs, by the order of AWS Config
	Token  string `json:"token,omitempty"` // of the page to go on with
	// Refused are the ids of findings that Security Hub did not take in this run, at most maxRefused: they look left over
	// and are not.
	Refused []string `json:"refused,omitempty"`
}

// maxRefused is how many refused findings a step names: with the longest ids well below the size of a message. With
// more, something is wrong with all of them, and the run ends.
const maxRefused = 100

func parseStep(body string) (step, error) {
	var s step
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		return step{}, fmt.Errorf("no step: %w", err)
	}
	switch {
	case s.Stage == "" && s.Region == "", s.Region != "" && s.Pack >= 0 && (s.Stage == stageImport || s.Stage == stageArchive):
		return s, nil
	}
	return step{}, fmt.Errorf("no step: stage %q of region %q, pack %d", s.Stage, s.Region, s.Pack)
}

// failure is a step that comes again.
type failure struct{ result }

func (f failure) Error() string { return f.detail }

// run does a step and sends the next. A step that fails comes again, so nothing is archived before everything was
// imported.
func (h *Handler) run(ctx context.Context, t *task) {
	if t.result.outcome != "" { // it could not be read
		return
	}
	var err error
	switch t.step.Stage {
	case "":
		err = h.begin(ctx)
	case stageImport:
		err = h.importPages(ctx, *t.step)
	case stageArchive:
		err = h.settle(ctx, *t.step)
	}
	var known failure
	switch {
	case errors.As(err, &known):
		t.result = known.result
	case err != nil:
		t.result = again(reason.Of(err), err)
	}
}

// begin starts a chain for each region.
func (h *Handler) begin(ctx context.Context) error {
	for _, region := range h.all {
		if err := h.next(ctx, step{Region: region, Stage: stageImport}, 0); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) next(ctx context.Context, s step, delay time.Duration) error {
	s.Source = contract.ImportAllSource
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = h.queue.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(h.queueURL), MessageBody: aws.String(string(body)), DelaySeconds: int32(delay / time.Second),
	})
	if err != nil {
		return fmt.Errorf("next step: %w", err)
	}
	return nil
}

// importPages imports the evaluations of a region's packs, page by page, as far as the time goes.
func (h *Handler) importPages(ctx context.Context, s step) error {
	packs, err := h.packs.in(ctx, s.Region)
	if err != nil {
		return err
	}
	if len(packs) == 0 {
		return failure{again(reasonPackMissing, fmt.Errorf("%s has no conformance pack %s", s.Region, h.packs.name))}
	}
	for s.Pack < len(packs) {
		if !h.timeForPage(ctx) {
			return h.next(ctx, s, 0)
		}
		if err = h.importPage(ctx, &s, packs[s.Pack]); err != nil {
			return err
		}
	}
	h.write(emf.Count{Namespace: contract.MetricNamespace, Name: contract.MetricImportFinished, Value: 1})
	return h.next(ctx, step{Region: s.Region, Stage: stageArchive, Refused: s.Refused}, archiveDelay)
}

// pageTime is what a page may take: three calls, each with retries.
const pageTime = 15 * time.Second

func (h *Handler) timeForPage(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return !ok || deadline.Sub(h.now()) > pageTime
}

// importPage imports the step's page and moves the step to the next. UpdatedAt is when the page was asked for: an event
// about a later evaluation wins over it, whichever comes first.
func (h *Handler) importPage(ctx context.Context, s *step, p pack) error {
	asked := h.now()
	in := &configservice.GetConformancePackComplianceDetailsInput{ConformancePackName: aws.String(p.name), Limit: maxBatch}
	if s.Token != "" {
		in.NextToken = aws.String(s.Token)
	}
	page, err := h.regions(s.Region).Config.GetConformancePackComplianceDetails(ctx, in)
	if err != nil {
		return fmt.Errorf("evaluations of %s: %w", p.name, err)
	}
	var evaluations []*evaluation
	tallies, seen := map[tally]int{}, map[string]bool{}
	for _, found := range page.ConformancePackRuleEvaluationResults {
		v, known := h.listed(s.Region, asked, found)
		if !known {
			tallies[tally{contract.MetricImportOutcome, contract.OutcomeIgnored, reasonUnknownRule}]++
			continue
		}
		if !seen[v.id()] {
			seen[v.id()] = true
			evaluations = append(evaluations, v)
		}
	}
	failed := h.importAll(ctx, s.Region, evaluations)
	for _, v := range evaluations {
		why, fails := failed[v.id()]
		switch {
		case !fails:
			tallies[tally{contract.MetricImportOutcome, v.outcome(), reasonSchedule}]++
		case why.reason == reason.Refused && len(s.Refused) < maxRefused:
			h.log.Error("finding refused", "finding", v.id(), "detail", why.detail)
			tallies[tally{contract.MetricImportOutcome, contract.OutcomeFailed, why.reason}]++
			s.Refused = append(s.Refused, v.id())
		default:
			why.detail = v.id() + ": " + why.detail
			return failure{why}
		}
	}
	h.count(tallies)
	if s.Token = aws.ToString(page.NextToken); s.Token == "" {
		s.Pack++
	}
	return nil
}

// listed is an evaluation of a list.
func (h *Handler) listed(region string, asked time.Time, found configtypes.ConformancePackEvaluationResult) (*evaluation, bool) {
	if found.EvaluationResultIdentifier == nil || found.EvaluationResultIdentifier.EvaluationResultQualifier == nil {
		return nil, false
	}
	q := found.EvaluationResultIdentifier.EvaluationResultQualifier
	v := &evaluation{
		account: h.account, region: region, rule: aws.ToString(q.ConfigRuleName),
		resourceType: aws.ToString(q.ResourceType), resourceID: aws.ToString(q.ResourceId),
		compliance: string(found.ComplianceType), annotation: aws.ToString(found.Annotation),
		recorded: aws.ToTime(found.ResultRecordedTime), updated: asked,
	}
	if v.fault(true) != nil {
		return nil, false
	}
	var known bool
	v.check, known, _ = compliance.PackOfRule(v.rule)
	return v, known
}

// settle does what needs the findings as the import left them.
func (h *Handler) settle(ctx context.Context, s step) error {
	if err := h.archiveStale(ctx, s); err != nil {
		return err
	}
	return h.label(ctx, s.Region)
}

// archiveStale archives the findings of a region that no run has imported for long: their rule left the pack, or their
// resource went without an event. They are all listed before the first is changed, since pages of a list that changes
// skip some.
func (h *Handler) archiveStale(ctx context.Context, s step) error {
	in := &securityhub.GetFindingsInput{MaxResults: aws.Int32(maxBatch), Filters: h.ours(s.Region)}
	in.Filters.UpdatedAt = []hubtypes.DateFilter{{
		Start: aws.String(timestamp(h.now().Add(-findingsLive))), End: aws.String(timestamp(h.now().Add(-staleAfter))),
	}}
	var ended []hubtypes.AwsSecurityFinding
	for pages := securityhub.NewGetFindingsPaginator(h.regions(s.Region).Hub, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("stale findings of %s: %w", s.Region, err)
		}
		for _, f := range page.Findings {
			if !slices.Contains(s.Refused, aws.ToString(f.Id)) {
				ended = append(ended, h.ended(f))
			}
		}
	}
	failed := h.send(ctx, s.Region, ended)
	tallies := map[tally]int{}
	if archived := len(ended) - len(failed); archived > 0 {
		tallies[tally{contract.MetricImportOutcome, contract.OutcomeArchived, reasonStale}] = archived
	}
	var err error
	for id, why := range failed {
		if why.reason == reason.Refused {
			h.log.Error("finding refused", "finding", id, "detail", why.detail)
			tallies[tally{contract.MetricImportOutcome, contract.OutcomeFailed, why.reason}]++
			continue
		}
		why.detail = id + ": " + why.detail
		err = failure{why}
	}
	h.count(tallies)
	return err
}

// ours are the filters of the active findings that the function imported into a region.
func (h *Handler) ours(region string) *hubtypes.AwsSecurityFindingFilters {
	return &hubtypes.AwsSecurityFindingFilters{
		GeneratorId:  []hubtypes.StringFilter{{Comparison: hubtypes.StringFilterComparisonPrefix, Value: aws.String(compliance.GeneratorID(""))}},
		RecordState:  equals(string(hubtypes.RecordStateActive)),
		AwsAccountId: equals(h.account),
		Region:       equals(region),
	}
}

func equals(value string) []hubtypes.StringFilter {
	return []hubtypes.StringFilter{{Comparison: hubtypes.StringFilterComparisonEquals, Value: aws.String(value)}}
}

// ended is a finding of ours as its provider archives it.
func (h *Handler) ended(f hubtypes.AwsSecurityFinding) hubtypes.AwsSecurityFinding {
	return hubtypes.AwsSecurityFinding{
		SchemaVersion: f.SchemaVersion, Id: f.Id, ProductArn: f.ProductArn, GeneratorId: f.GeneratorId, AwsAccountId: f.AwsAccountId,
		CreatedAt: f.CreatedAt, FirstObservedAt: f.FirstObservedAt, LastObservedAt: f.LastObservedAt,
		Title: f.Title, Description: f.Description, Compliance: f.Compliance, Remediation: f.Remediation,
		FindingProviderFields: f.FindingProviderFields, Resources: f.Resources,
		RecordState: hubtypes.RecordStateArchived, UpdatedAt: aws.String(timestamp(h.now())),
	}
}
