package suppression

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

const home = "ap-northeast-2"

// world is a fake account: the accepted risks, automation rules and findings, and what goes wrong.
type world struct {
	clock    time.Time
	document string
	rules    map[string]hubtypes.RuleStatus // by ARN
	findings map[string]*hubtypes.AwsSecurityFinding
	busy     map[string]int // how often a finding is left unprocessed
	fail     string         // the call that fails
	updates  []int          // sizes of BatchUpdateFindings
	calls    []string
	slept    int
	out      bytes.Buffer
	controls map[string]map[string]string // by region and control: the reason for which it is off in a standard, "" for on
}

func ruleARN(region, name string) string {
	return "arn:aws:securityhub:" + region + ":123456789012:automation-rule/" + name
}

// newWorld has a risk that holds, one whose last day is today, one that expired and one of another region that expired.
func newWorld() *world {
	w := &world{
		clock:    time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), // noon in Seoul
		rules:    map[string]hubtypes.RuleStatus{},
		findings: map[string]*hubtypes.AwsSecurityFinding{}, busy: map[string]int{},
	}
	var risks []contract.AcceptedRisk
	for _, r := range []struct{ id, region, expires string }{
		{"holds", home, "2027-06-30"}, {"today", home, "2026-11-22"}, {"expired", home, "2026-11-21"}, {"expired", "us-east-1", "2026-11-21"},
	} {
		arn := ruleARN(r.region, r.id)
		w.rules[arn] = hubtypes.RuleStatusEnabled
		risks = append(risks, contract.AcceptedRisk{ID: r.id, RuleARN: arn, Expires: r.expires})
	}
	document, err := json.Marshal(contract.AcceptedRisks{Accepted: risks})
	if err != nil {
		panic(err)
	}
	w.document = string(document)
	for _, id := range []string{"holds", "today", "expired", "removed"} {
		w.add("finding-"+id, id)
	}
	w.add("by-hand", "")
	return w
}

func (w *world) add(finding, risk string) {
	f := &hubtypes.AwsSecurityFinding{
		Id: aws.String(finding), ProductArn: aws.String("product"), Workflow: &hubtypes.Workflow{Status: hubtypes.WorkflowStatusSuppressed},
		UserDefinedFields: map[string]string{"ismsP2023": "2.6.1"},
	}
	if risk != "" {
		f.UserDefinedFields[contract.FieldAcceptedRisk] = risk
	}
	w.findings[finding] = f
}

func (w *world) handle(t *testing.T, language string) (Report, error) {
	t.Helper()
	seoul, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	h := New(Settings{Home: home, Parameter: contract.ParameterAccepted, Zone: seoul, Language: language},
		func(region string) Hub { return &hub{w, region} }, w, &w.out)
	h.now = func() time.Time { return w.clock }
	h.sleep = func(context.Context, time.Duration) error { w.slept++; return nil }
	return h.Handle(t.Context())
}

func (w *world) call(name string) error {
	w.calls = append(w.calls, name)
	if strings.HasSuffix(name, w.fail) && w.fail != "" {
		return errors.New("refused")
	}
	return nil
}

func (w *world) GetParameter(_ context.Context, in *ssm.GetParameterInput, _ ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	if err := w.call("GetParameter"); err != nil {
		return nil, err
	}
	if aws.ToString(in.Name) != contract.ParameterAccepted {
		return nil, errors.New("no such parameter")
	}
	return &ssm.GetParameterOutput{Parameter: &ssmtypes.Parameter{Value: aws.String(w.document)}}, nil
}

// hub is Security Hub in a region.
type hub struct {
	*world
	region string
}

func (h *hub) BatchGetAutomationRules(_ context.Context, in *securityhub.BatchGetAutomationRulesInput, _ ...func(*securityhub.Options)) (*securityhub.BatchGetAutomationRulesOutput, error) {
	if err := h.call(h.region + " BatchGetAutomationRules"); err != nil {
		return nil, err
	}
	out := &securityhub.BatchGetAutomationRulesOutput{}
	for _, arn := range in.AutomationRulesArns {
		status, there := h.rules[arn]
		if !there || !strings.Contains(arn, ":"+h.region+":") {
			out.UnprocessedAutomationRules = append(out.UnprocessedAutomationRules,
				hubtypes.UnprocessedAutomationRule{RuleArn: aws.String(arn), ErrorCode: aws.Int32(404), ErrorMessage: aws.String("no such rule")})
			continue
		}
		out.Rules = append(out.Rules, hubtypes.AutomationRulesConfig{RuleArn: aws.String(arn), RuleStatus: status})
	}
	return out, nil
}

func (h *hub) BatchUpdateAutomationRules(_ context.Context, in *securityhub.BatchUpdateAutomationRulesInput, _ ...func(*securityhub.Options)) (*securityhub.BatchUpdateAutomationRulesOutput, error) {
	if err := h.call(h.region + " BatchUpdateAutomationRules"); err != nil {
		return nil, err
	}
	out := &securityhub.BatchUpdateAutomationRulesOutput{}
	for _, item := range in.UpdateAutomationRulesRequestItems {
		h.rules[*item.RuleArn] = item.RuleStatus
		out.ProcessedAutomationRules = append(out.ProcessedAutomationRules, *item.RuleArn)
	}
	return out, nil
}

// GetFindings has pages of three.
func (h *hub) GetFindings(_ context.Context, in *securityhub.GetFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error) {
	if err := h.call(h.region + " GetFindings"); err != nil {
		return nil, err
	}
	var suppressed []hubtypes.AwsSecurityFinding
	for _, id := range slices.Sorted(maps.Keys(h.findings)) {
		if string(h.findings[id].Workflow.Status) == *in.Filters.WorkflowStatus[0].Value {
			suppressed = append(suppressed, *h.findings[id])
		}
	}
	at := 3 * len(aws.ToString(in.NextToken))
	out := &securityhub.GetFindingsOutput{Findings: suppressed[at:min(at+3, len(suppressed))]}
	if at+3 < len(suppressed) {
		out.NextToken = aws.String(aws.ToString(in.NextToken) + "+")
	}
	return out, nil
}

func (h *hub) BatchUpdateFindings(_ context.Context, in *securityhub.BatchUpdateFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsOutput, error) {
	if err := h.call(h.region + " BatchUpdateFindings"); err != nil {
		return nil, err
	}
	h.updates = append(h.updates, len(in.FindingIdentifiers))
	out := &securityhub.BatchUpdateFindingsOutput{}
	for _, id := range in.FindingIdentifiers {
		if h.busy[*id.Id] > 0 {
			h.busy[*id.Id]--
			out.UnprocessedFindings = append(out.UnprocessedFindings, hubtypes.BatchUpdateFindingsUnprocessedFinding{
				FindingIdentifier: &id, ErrorCode: aws.String("ConcurrentUpdateError"), ErrorMessage: aws.String("busy")})
			continue
		}
		f := h.findings[*id.Id]
		f.Workflow.Status, f.UserDefinedFields = in.Workflow.Status, in.UserDefinedFields
		f.Note = &hubtypes.Note{Text: in.Note.Text, UpdatedBy: in.Note.UpdatedBy}
	}
	return out, nil
}

// metrics are the counts that were written, by name and state.
func (w *world) metrics(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for line := range strings.Lines(w.out.String()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		for _, name := range []string{"AcceptedRisks", "FindingsReopened", "FindingsNotReopened"} {
			if value, there := entry[name].(float64); there {
				key := name
				if state, is := entry["State"].(string); is {
					key += " " + state
				}
				counts[key] += int(value)
			}
		}
	}
	return counts
}

func TestRun(t *testing.T) {
	w := newWorld()
	r, err := w.handle(t, "en")
	require.NoError(t, err)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.JSONEq(t, `{"holds":2,"expiring":1,"expired":1,"rulesOff":2,"rulesOn":0,"reopened":2,"unfinished":0,"controlsOn":0,"batchItemFailures":[]}`, string(text))
	assert.Equal(t, map[string]hubtypes.RuleStatus{
		ruleARN(home, "holds"): "ENABLED", ruleARN(home, "today"): "ENABLED", ruleARN(home, "expired"): "DISABLED", ruleARN("us-east-1", "expired"): "DISABLED",
	}, w.rules)
	for finding, status := range map[string]hubtypes.WorkflowStatus{
		"finding-holds": "SUPPRESSED", "finding-today": "SUPPRESSED", "finding-expired": "NEW", "finding-removed": "NEW", "by-hand": "SUPPRESSED",
	} {
		assert.Equal(t, status, w.findings[finding].Workflow.Status, finding)
	}
	expired := w.findings["finding-expired"]
	assert.Equal(t, map[string]string{"ismsP2023": "2.6.1", "acceptedRiskEnded": "expired"}, expired.UserDefinedFields)
	assert.Equal(t, "The accepted risk expired ended after 2026-11-21: the finding counts again.", *expired.Note.Text)
	assert.Equal(t, "The accepted risk removed is not configured any more: the finding counts again.", *w.findings["finding-removed"].Note.Text)
	assert.Equal(t, map[string]int{"AcceptedRisks holds": 1, "AcceptedRisks expiring": 1, "AcceptedRisks expired": 1,
		"FindingsReopened": 2, "FindingsNotReopened": 0}, w.metrics(t))
	assert.Contains(t, w.out.String(), `"id":"today","state":"expiring","lastDay":"2026-11-22"`)
	assert.Less(t, slices.Index(w.calls, home+" BatchUpdateAutomationRules"), slices.Index(w.calls, home+" BatchUpdateFindings"), "rules first")

	// A second run changes nothing, also not what a person suppressed meanwhile.
	expired.Workflow.Status = hubtypes.WorkflowStatusSuppressed
	w.calls = nil
	r, err = w.handle(t, "en")
	require.NoError(t, err)
	assert.Zero(t, r.RulesOff+r.RulesOn+r.Reopened)
	assert.NotContains(t, strings.Join(w.calls, " "), "Update")
	assert.Equal(t, hubtypes.WorkflowStatusSuppressed, expired.Workflow.Status)
}

func TestKoreanNotes(t *testing.T) {
	w := newWorld()
	_, err := w.handle(t, "ko")
	require.NoError(t, err)
	assert.Equal(t, "수용한 위험 expired의 기한(2026-11-21)이 지나 다시 조치 대상입니다.", *w.findings["finding-expired"].Note.Text)
	assert.Equal(t, "수용한 위험 removed이(가) 설정에서 제거되어 다시 조치 대상입니다.", *w.findings["finding-removed"].Note.Text)
}

// TestTheLastDayEndsInSeoul: at 15:00 UTC, and not before.
func TestTheLastDayEndsInSeoul(t *testing.T) {
	w := newWorld()
	w.clock = time.Date(2026, 11, 22, 14, 59, 59, 0, time.UTC)
	_, err := w.handle(t, "en")
	require.NoError(t, err)
	assert.Equal(t, hubtypes.RuleStatusEnabled, w.rules[ruleARN(home, "today")])
	w.clock = w.clock.Add(time.Second)
	_, err = w.handle(t, "en")
	require.NoError(t, err)
	assert.Equal(t, hubtypes.RuleStatusDisabled, w.rules[ruleARN(home, "today")])
	assert.Equal(t, hubtypes.WorkflowStatusNew, w.findings["finding-today"].Workflow.Status)
}

// TestADateThatIsMoved switches the rule on again.
func TestADateThatIsMoved(t *testing.T) {
	w := newWorld()
	_, err := w.handle(t, "en")
	require.NoError(t, err)
	w.document = strings.ReplaceAll(w.document, "2026-11-21", "2027-11-21")
	r, err := w.handle(t, "en")
	require.NoError(t, err)
	assert.Equal(t, 2, r.RulesOn)
	assert.Equal(t, hubtypes.RuleStatusEnabled, w.rules[ruleARN(home, "expired")])
}

func TestManyFindings(t *testing.T) {
	w := newWorld()
	for n := range 250 {
		w.add(fmt.Sprintf("many-%03d", n), "expired")
	}
	w.busy = map[string]int{"many-007": 2, "many-249": 1}
	r, err := w.handle(t, "en")
	require.NoError(t, err)
	assert.Equal(t, 252, r.Reopened)
	assert.Equal(t, []int{100, 1, 1, 100, 51, 1, 1}, w.updates, "chunks, each followed by what it left, then the removed risk's")
	assert.Equal(t, 3, w.slept)
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		set      func(*world)
		fault    string
		reopened int
	}{
		"no parameter":   {func(w *world) { w.fail = "GetParameter" }, "accepted risks: refused", 0},
		"bad document":   {func(w *world) { w.document = "{" }, contract.ParameterAccepted, 0},
		"rule is gone":   {func(w *world) { delete(w.rules, ruleARN(home, "holds")) }, "automation-rule/holds: 404 no such rule", 2},
		"no ARN":         {func(w *world) { w.document = strings.Replace(w.document, "arn:aws:securityhub:us", "us", 1) }, "arn: invalid prefix", 2},
		"rules refused":  {func(w *world) { w.fail = "us-east-1 BatchGetAutomationRules" }, "automation rules: refused", 2},
		"switch refused": {func(w *world) { w.fail = "us-east-1 BatchUpdateAutomationRules" }, "switch automation rules: refused", 2},
		"list refused":   {func(w *world) { w.fail = "GetFindings" }, "suppressed findings: refused", 0},
		"update refused": {func(w *world) { w.fail = "BatchUpdateFindings" }, "set 1 findings of expired back: refused", 0},
		"finding is busy": {func(w *world) { w.busy = map[string]int{"finding-expired": 99} },
			"1 undone, such as finding-expired: ConcurrentUpdateError busy", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.set(w)
			r, err := w.handle(t, "en")
			require.ErrorContains(t, err, c.fault)
			assert.Equal(t, c.reopened, r.Reopened, "the rest is done all the same")
			if strings.HasPrefix(name, "finding") || strings.HasPrefix(name, "update") {
				assert.Positive(t, w.metrics(t)["FindingsNotReopened"])
			}
		})
	}
}

func (h *hub) ListStandardsControlAssociations(_ context.Context, in *securityhub.ListStandardsControlAssociationsInput, _ ...func(*securityhub.Options)) (*securityhub.ListStandardsControlAssociationsOutput, error) {
	if err := h.call(h.region + " ListStandardsControlAssociations"); err != nil {
		return nil, err
	}
	reason, known := h.controls[h.region][aws.ToString(in.SecurityControlId)]
	if !known {
		return nil, &hubtypes.ResourceNotFoundException{}
	}
	status := hubtypes.AssociationStatusEnabled
	if reason != "" {
		status = hubtypes.AssociationStatusDisabled
	}
	return &securityhub.ListStandardsControlAssociationsOutput{StandardsControlAssociationSummaries: []hubtypes.StandardsControlAssociationSummary{
		{SecurityControlId: in.SecurityControlId, StandardsArn: aws.String("fsbp"), AssociationStatus: status, UpdatedReason: aws.String(reason)},
	}}, nil
}

func (h *hub) BatchUpdateStandardsControlAssociations(_ context.Context, in *securityhub.BatchUpdateStandardsControlAssociationsInput, _ ...func(*securityhub.Options)) (*securityhub.BatchUpdateStandardsControlAssociationsOutput, error) {
	if err := h.call(h.region + " BatchUpdateStandardsControlAssociations"); err != nil {
		return nil, err
	}
	out := &securityhub.BatchUpdateStandardsControlAssociationsOutput{}
	for _, update := range in.StandardsControlAssociationUpdates {
		if h.busy[aws.ToString(update.SecurityControlId)] > 0 {
			out.UnprocessedAssociationUpdates = append(out.UnprocessedAssociationUpdates, hubtypes.UnprocessedStandardsControlAssociationUpdate{
				StandardsControlAssociationUpdate: &update, ErrorCode: hubtypes.UnprocessedErrorCodeLimitExceeded, ErrorReason: aws.String("busy"),
			})
			continue
		}
		h.controls[h.region][aws.ToString(update.SecurityControlId)] = ""
	}
	return out, nil
}

// What a deployment switched off and no setting wants off is switched on; what the settings or a person want off stays.
func TestControlsThatNoSettingWantsOff(t *testing.T) {
	w := newWorld()
	w.document = `{"accepted":[],"controlsOff":{"ap-northeast-2":["IAM.7"],"us-east-1":[]}}`
	w.controls = map[string]map[string]string{
		home:        {"IAM.7": "assetguard: the pack evaluates IAM_PASSWORD_POLICY", "EC2.2": "assetguard: switched off", "S3.5": "the CISO said so", "EC2.7": ""},
		"us-east-1": {"IAM.7": "assetguard: the pack evaluates IAM_PASSWORD_POLICY"},
	}
	report, err := w.handle(t, "en")
	require.NoError(t, err)
	assert.Equal(t, 2, report.ControlsOn)
	assert.Equal(t, map[string]map[string]string{
		home:        {"IAM.7": "assetguard: the pack evaluates IAM_PASSWORD_POLICY", "EC2.2": "", "S3.5": "the CISO said so", "EC2.7": ""},
		"us-east-1": {"IAM.7": ""},
	}, w.controls)
	again, err := w.handle(t, "en")
	require.NoError(t, err)
	assert.Zero(t, again.ControlsOn)

	w.controls[home]["EC2.2"], w.busy["EC2.2"] = "assetguard: switched off", 1
	_, err = w.handle(t, "en")
	require.ErrorContains(t, err, "control EC2.2 of ap-northeast-2: 1 standards undone: LIMIT_EXCEEDED busy")
	w.fail = "us-east-1 ListStandardsControlAssociations"
	_, err = w.handle(t, "en")
	require.ErrorContains(t, err, "control IAM.7 of us-east-1: refused")
}
