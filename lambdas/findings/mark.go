package findings

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/lambdas/internal/reason"
)

// marksPerCall is how many findings a call takes.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html
const marksPerCall = 100

// mark names a finding that is to become NOTIFIED.
type mark struct {
	schema               finding.Schema
	id, product, account string
}

func markOf(f *finding.Finding) mark {
	return mark{schema: f.Schema, id: f.ID, product: f.ProductARN, account: f.Account}
}

func (m mark) key() string { return m.product + "\n" + m.id }

// refusal is why a finding is not NOTIFIED.
type refusal struct {
	reason  string
	forGood bool
}

// markTold sets the items NOTIFIED that people were told of. What Security Hub could not do now goes back to the queue;
// at its last attempt a message is done even so, since people know.
func (h *Handler) markTold(ctx context.Context, items []*item) {
	var told []*item
	var marks []mark
	for _, i := range items {
		if i.unmarked && !i.result.again {
			told = append(told, i)
			marks = append(marks, markOf(&i.Finding))
		}
	}
	refused := h.mark(ctx, marks)
	for n, i := range told {
		r, unmarked := refused[marks[n].key()]
		switch {
		case !unmarked:
			h.noteMarked(ctx, i)
		case !r.forGood && !i.task.last && i.result.outcome == contract.OutcomeTold:
			i.result = again(r.reason, errUnmarked)
			continue // counted when it is done
		}
		h.countMarks(marks[n:n+1], refused)
	}
}

var errUnmarked = errors.New("told, and not NOTIFIED yet")

// noteMarked writes down since when events should not call the finding NEW any more.
func (h *Handler) noteMarked(ctx context.Context, i *item) {
	name := attrNotified
	if i.result.outcome == contract.OutcomeDuplicate && i.prior.elsewhere(i) {
		name = attrOther
	}
	if err := h.note(ctx, i, name, ""); err != nil && !refused(err) {
		h.log.Warn("a finding that opens again will be told only if it is worse", "finding", i.ID, "error", err.Error())
	}
}

// countMarks counts findings that are NOTIFIED, and those that are not.
func (h *Handler) countMarks(marks []mark, refused map[string]refusal) {
	tallies := map[tally]int{}
	for _, m := range marks {
		t := tally{metric: contract.MetricFindingMark, outcome: contract.OutcomeMarked, reason: reasonNone}
		if r, unmarked := refused[m.key()]; unmarked {
			t.outcome, t.reason = contract.OutcomeUnmarked, r.reason
		}
		tallies[t]++
	}
	h.count(tallies)
}

// mark sets findings NOTIFIED and says why some are not, by key.
func (h *Handler) mark(ctx context.Context, marks []mark) map[string]refusal {
	refused := map[string]refusal{}
	for _, schema := range []finding.Schema{finding.ASFF, finding.OCSF} {
		of := slices.DeleteFunc(slices.Clone(marks), func(m mark) bool { return m.schema != schema })
		for chunk := range slices.Chunk(of, marksPerCall) {
			h.markChunk(ctx, schema, chunk, refused)
		}
	}
	return refused
}

// markChunk tries findings until all are NOTIFIED or refused for good, at most tries times.
func (h *Handler) markChunk(ctx context.Context, schema finding.Schema, chunk []mark, refused map[string]refusal) {
	for try := 1; len(chunk) > 0; try++ {
		undone, err := h.call(ctx, schema, chunk)
		if err != nil {
			for _, m := range chunk {
				refused[m.key()] = refusal{reason: because(err)}
			}
			return
		}
		var retry []mark
		for _, m := range chunk {
			code, failed := undone[m.key()]
			delete(refused, m.key())
			if failed {
				refused[m.key()] = codes(code)
			}
			if failed && !refused[m.key()].forGood {
				retry = append(retry, m)
			}
		}
		if chunk = retry; len(chunk) > 0 && (try == tries || h.sleep(ctx, pause) != nil) {
			return
		}
	}
}

// codes are the error codes of parts of an answer. A finding that is not found may come to be: it is new.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindingsUnprocessedFinding.html
func codes(code string) refusal {
	switch code {
	case "FindingSizeExceeded":
		return refusal{reason: "size-exceeded", forGood: true}
	case "InvalidInput", "ValidationException":
		return refusal{reason: "invalid-input", forGood: true}
	case "FindingNotFound", "ResourceNotFoundException":
		return refusal{reason: "not-found"}
	case "ConcurrentUpdateError", "ConflictException":
		return refusal{reason: reason.Concurrent}
	}
	return refusal{reason: reason.OfCode(code, 0)}
}

// call updates findings of one format and gives the codes of those that were not, by key.
func (h *Handler) call(ctx context.Context, schema finding.Schema, chunk []mark) (undone map[string]string, err error) {
	err = h.persist(ctx, func() error {
		if schema == finding.OCSF {
			undone, err = h.callV2(ctx, chunk)
		} else {
			undone, err = h.callV1(ctx, chunk)
		}
		return err
	})
	return undone, err
}

func (h *Handler) callV1(ctx context.Context, chunk []mark) (map[string]string, error) {
	in := &securityhub.BatchUpdateFindingsInput{Workflow: &hubtypes.WorkflowUpdate{Status: hubtypes.WorkflowStatusNotified}}
	for _, m := range chunk {
		in.FindingIdentifiers = append(in.FindingIdentifiers, hubtypes.AwsSecurityFindingIdentifier{Id: aws.String(m.id), ProductArn: aws.String(m.product)})
	}
	out, err := h.clients.Hub.BatchUpdateFindings(ctx, in)
	if err != nil {
		return nil, err
	}
	undone := map[string]string{}
	for _, u := range out.UnprocessedFindings {
		if u.FindingIdentifier != nil {
			undone[aws.ToString(u.FindingIdentifier.ProductArn)+"\n"+aws.ToString(u.FindingIdentifier.Id)] = aws.ToString(u.ErrorCode)
		}
	}
	return undone, nil
}

func (h *Handler) callV2(ctx context.Context, chunk []mark) (map[string]string, error) {
	in := &securityhub.BatchUpdateFindingsV2Input{StatusId: aws.Int32(finding.InProgress)}
	for _, m := range chunk {
		in.FindingIdentifiers = append(in.FindingIdentifiers, hubtypes.OcsfFindingIdentifier{
			CloudAccountUid: aws.String(m.account), FindingInfoUid: aws.String(m.id), MetadataProductUid: aws.String(m.product)})
	}
	out, err := h.clients.Hub.BatchUpdateFindingsV2(ctx, in)
	if err != nil {
		return nil, err
	}
	undone := map[string]string{}
	for _, u := range out.UnprocessedFindings {
		if u.FindingIdentifier != nil {
			undone[aws.ToString(u.FindingIdentifier.MetadataProductUid)+"\n"+aws.ToString(u.FindingIdentifier.FindingInfoUid)] = string(u.ErrorCode)
		}
	}
	return undone, nil
}
