package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
}

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
		err = h.settle(ctx, t.step.Region)
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
		if s.Token, err = h.importPage(ctx, s.Region, packs[s.Pack], s.Token); err != nil {
			return err
		}
		if s.Token == "" {
			s.Pack++
		}
	}
	h.write(emf.Count{Namespace: contract.MetricNamespace, Name: contract.MetricImportFinished, Value: 1})
	return h.next(ctx, step{Region: s.Region, Stage: stageArchive}, archiveDelay)
}

// pageTime is what a page may take: three calls, each with retries.
const pageTime = 15 * time.Second

func (h *Handler) timeForPage(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return !ok || deadline.Sub(h.now()) > pageTime
}

// importPage imports one page and returns the token of the next, "" after the last. UpdatedAt is when the page was asked
// for: an event about a later evaluation wins over it, whichever comes first.
func (h *Handler) importPage(ctx context.Context, region string, p pack, token string) (next string, err error) {
	asked := h.now()
	in := &configservice.GetConformancePackComplianceDetailsInput{ConformancePackName: aws.String(p.name), Limit: maxBatch}
	if token != "" {
		in.NextToken = aws.String(token)
	}
	page, err := h.regions(region).Config.GetConformancePackComplianceDetails(ctx, in)
	if err != nil {
		return "", fmt.Errorf("evaluations of %s: %w", p.name, err)
	}
	var evaluations []*evaluation
	tallies, seen := map[tally]int{}, map[string]bool{}
	for _, found := range page.ConformancePackRuleEvaluationResults {
		v, known := h.listed(region, asked, found)
		if !known {
			tallies[tally{contract.MetricImportOutcome, contract.OutcomeIgnored, reasonUnknownRule}]++
			continue
		}
		if !seen[v.id()] {
			seen[v.id()] = true
			evaluations = append(evaluations, v)
			tallies[tally{contract.MetricImportOutcome, v.outcome(), reasonSchedule}]++
		}
	}
	for id, why := range h.importAll(ctx, region, evaluations) {
		why.detail = id + ": " + why.detail
		return "", failure{why}
	}
	h.count(tallies)
	return aws.ToString(page.NextToken), nil
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
func (h *Handler) settle(ctx context.Context, region string) error {
	if err := h.archiveStale(ctx, region); err != nil {
		return err
	}
	return h.label(ctx, region)
}

// archiveStale archives the findings of a region that no run has imported for long: their rule left the pack, or their
// resource went without an event.
func (h *Handler) archiveStale(ctx context.Context, region string) error {
	in := &securityhub.GetFindingsInput{MaxResults: aws.Int32(maxBatch), Filters: h.ours(region)}
	in.Filters.UpdatedAt = []hubtypes.DateFilter{{
		Start: aws.String(timestamp(h.now().Add(-findingsLive))), End: aws.String(timestamp(h.now().Add(-staleAfter))),
	}}
	for pages := securityhub.NewGetFindingsPaginator(h.regions(region).Hub, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("stale findings of %s: %w", region, err)
		}
		var ended []hubtypes.AwsSecurityFinding
		for _, f := range page.Findings {
			ended = append(ended, h.ended(f))
		}
		for id, why := range h.send(ctx, region, ended) {
			why.detail = id + ": " + why.detail
			return failure{why}
		}
		if len(ended) > 0 {
			h.count(map[tally]int{{contract.MetricImportOutcome, contract.OutcomeArchived, reasonStale}: len(ended)})
		}
	}
	return nil
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
