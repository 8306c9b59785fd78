package findings

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
	"assetguard/lambdas/internal/emf"
)

const (
	topFindings = 20 // that a digest names
	topControls = 10
)

// digest is how far a digest is.
type digest struct {
	name        string
	from, ended time.Time
	notified    time.Time // everything was done
	parts       []string
	toldTo      []string // audiences
	marked      []string // parts whose findings are NOTIFIED
	findings    int
}

// end tells of a digest and sets its findings NOTIFIED. Every step is written down, so that an attempt goes on where the
// one before stopped.
func (h *Handler) end(ctx context.Context, t *task) {
	d, err := h.close(ctx, t.digest)
	if err != nil {
		t.result = again(because(err), err)
		return
	}
	switch {
	case !d.notified.IsZero():
		t.result = result{outcome: contract.OutcomeDuplicate, reason: reasonEnded}
		return
	case len(d.parts) == 0:
		t.result = result{outcome: contract.OutcomeDuplicate, reason: reasonEmpty}
		return
	}
	parts, err := h.readParts(ctx, d)
	if err == nil {
		err = h.tellDigest(ctx, d, parts)
	}
	if err != nil {
		t.result = again(because(err), err)
		return
	}
	t.result = h.markDigest(ctx, t, d, parts)
}

// close ends the digest, so that nothing goes into it any more, and says how far it is.
func (h *Handler) close(ctx context.Context, name string) (*digest, error) {
	var out *dynamodb.UpdateItemOutput
	err := h.persist(ctx, func() (err error) {
		out, err = h.clients.Table.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String(h.Table), Key: key(contract.StateDigest + name), ReturnValues: types.ReturnValueAllNew,
			UpdateExpression:         aws.String("SET #ended = if_not_exists(#ended, :now), #expires = :expires"),
			ExpressionAttributeNames: map[string]string{"#ended": attrEnded, "#expires": contract.StateExpires},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":now": num(h.now().UnixMilli()), ":expires": num(h.now().Add(stateLives).Unix())},
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("end of digest %s: %w", name, err)
	}
	a := out.Attributes
	return &digest{name: name, from: instant(a[attrFrom]), ended: instant(a[attrEnded]), notified: instant(a[attrNotified]),
		parts: slices.Sorted(slices.Values(members(a[attrParts]))), toldTo: members(a[attrToldTo]), marked: members(a[attrMarked])}, nil
}

// readParts gives the entries of each part. A finding is in one part only: that in which it is worst.
func (h *Handler) readParts(ctx context.Context, d *digest) (map[string][]entry, error) {
	var keys []string
	for _, part := range d.parts {
		keys = append(keys, partKey(d.name, part))
	}
	found, err := h.read(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("parts of digest %s: %w", d.name, err)
	}
	parts, worst := map[string][]entry{}, map[string]finding.Severity{}
	for _, part := range d.parts {
		body, ok := found[partKey(d.name, part)][attrBody].(*types.AttributeValueMemberB)
		if !ok {
			return nil, fmt.Errorf("part %s of digest %s is gone", part, d.name)
		}
		if parts[part], err = unzip(body.Value); err != nil {
			return nil, fmt.Errorf("digest %s: %w", d.name, err)
		}
		for n := range parts[part] {
			id := parts[part][n].Finding.Identity()
			worst[id] = max(worst[id], parts[part][n].Finding.Severity)
		}
	}
	seen := map[string]bool{}
	for _, part := range d.parts {
		parts[part] = slices.DeleteFunc(parts[part], func(e entry) bool {
			id := e.Finding.Identity()
			repeated := seen[id] || e.Finding.Severity < worst[id]
			seen[id] = seen[id] || !repeated
			return repeated
		})
		d.findings += len(parts[part])
	}
	return parts, nil
}

// tellDigest tells each audience that was not told yet.
func (h *Handler) tellDigest(ctx context.Context, d *digest, parts map[string][]entry) error {
	said := map[contract.Audience]*summary{}
	for _, part := range d.parts {
		for n := range parts[part] {
			for _, audience := range parts[part][n].Audiences {
				if said[audience] == nil {
					said[audience] = newSummary()
				}
				said[audience].add(&parts[part][n].Finding)
			}
		}
	}
	for _, audience := range slices.Sorted(maps.Keys(said)) {
		if slices.Contains(d.toldTo, string(audience)) {
			continue
		}
		about := said[audience].digest()
		about.From, about.To = d.from, d.ended
		about.Link = finding.HubLink(h.Partition, h.Home, finding.Filter{Field: "RecordState", Value: finding.RecordActive})
		if err := h.publish(ctx, audience, notice.Notice{Kind: notice.KindDigest, At: h.now(), Stack: h.Stack, Digest: about}); err != nil {
			return fmt.Errorf("digest %s: %w", d.name, err)
		}
		if err := h.progress(ctx, d, "ADD #name :value", attrToldTo, set(string(audience))); err != nil {
			h.log.Warn("a digest may be told twice", "digest", d.name, "audience", audience, "error", err.Error())
		}
	}
	return nil
}

func (h *Handler) progress(ctx context.Context, d *digest, expression, name string, value types.AttributeValue) error {
	return h.persist(ctx, func() error {
		_, err := h.clients.Table.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String(h.Table), Key: key(contract.StateDigest + d.name), UpdateExpression: aws.String(expression),
			ExpressionAttributeNames:  map[string]string{"#name": name},
			ExpressionAttributeValues: map[string]types.AttributeValue{":value": value},
		})
		return err
	})
}

// markDigest sets the findings NOTIFIED, part by part as far as the time goes. What is left is done by another message.
func (h *Handler) markDigest(ctx context.Context, t *task, d *digest, parts map[string][]entry) result {
	var done []string
	var last error
	marked, refused := []mark(nil), map[string]refusal{}
	for _, part := range d.parts {
		if slices.Contains(d.marked, part) {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		marks := marksOf(parts[part])
		left := h.mark(ctx, marks)
		if why := passingRefusal(left); why != "" && !t.last {
			last = fmt.Errorf("findings of part %s are not NOTIFIED: %s", part, why)
			continue
		}
		h.noteRefused(ctx, d, parts[part], left)
		done, marked = append(done, part), append(marked, marks...)
		maps.Copy(refused, left)
	}
	if len(done) > 0 {
		// What is written down is not done again: it counts now. The time for it is kept also when that of the work is over.
		if err := h.progress(context.WithoutCancel(ctx), d, "ADD #name :value", attrMarked, set(done...)); err != nil {
			return again(because(err), err)
		}
		h.countMarks(marked, refused)
	}
	if len(d.marked)+len(done) < len(d.parts) {
		return h.goOn(ctx, d, len(done) > 0 && last == nil, cmp.Or(last, ctx.Err()))
	}
	if err := h.progress(ctx, d, "SET #name = :value", attrNotified, num(h.now().UnixMilli())); err != nil {
		return again(because(err), err)
	}
	h.write(emf.Count{Name: contract.MetricFindingsInDigests, Value: d.findings})
	return result{outcome: contract.OutcomeTold, reason: reasonNone}
}

// noteRefused writes down which findings are not NOTIFIED though their digest was told, so that their next event does not
// look as if somebody had opened them again.
func (h *Handler) noteRefused(ctx context.Context, d *digest, entries []entry, why map[string]refusal) {
	for n := range entries {
		f := &entries[n].Finding.Finding
		if _, unmarked := why[markOf(f).key()]; !unmarked {
			continue
		}
		err := h.persist(ctx, func() error {
			_, err := h.clients.Table.UpdateItem(ctx, &dynamodb.UpdateItemInput{
				TableName: aws.String(h.Table), Key: key(contract.StateFinding + f.Identity()), UpdateExpression: aws.String("SET #unmarked = :now"),
				ConditionExpression:       aws.String("#digest = :digest"),
				ExpressionAttributeNames:  map[string]string{"#unmarked": attrUnmarked, "#digest": attrDigest},
				ExpressionAttributeValues: map[string]types.AttributeValue{":now": num(h.now().UnixMilli()), ":digest": str(d.name)},
			})
			return err
		})
		if err != nil && !refused(err) { // told anew since
			h.log.Warn("a finding that stays NEW may be told again", "finding", f.ID, "error", err.Error())
		}
	}
}

func marksOf(entries []entry) []mark {
	var marks []mark
	for n := range entries {
		marks = append(marks, markOf(&entries[n].Finding.Finding))
	}
	return marks
}

// passingRefusal is the reason of a refusal that the next attempt may get over, "" if there is none.
func passingRefusal(refused map[string]refusal) string {
	for _, key := range sortedKeys(refused) {
		if !refused[key].forGood {
			return refused[key].reason
		}
	}
	return ""
}

// goOn leaves the rest of a digest to the next attempt, or to another message when this one got on and only lacked time.
func (h *Handler) goOn(ctx context.Context, d *digest, advanced bool, why error) result {
	if advanced {
		// ctx is over; what is left until the answer is enough for one message.
		if err := h.sendEnd(context.WithoutCancel(ctx), d.name, 0); err == nil {
			return result{outcome: contract.OutcomeDuplicate, reason: reasonContinued}
		}
	}
	return again(because(why), why)
}

// summary is what a digest says of findings.
type summary struct {
	notice.Digest
	controls map[string]*notice.Count
	top      []*notice.Finding
}

func newSummary() *summary {
	return &summary{Digest: notice.Digest{Severity: map[string]int{}, Accounts: map[string]int{}}, controls: map[string]*notice.Count{}}
}

func (s *summary) add(f *notice.Finding) {
	s.Total++
	s.Severity[f.Severity.String()]++
	s.Accounts[f.Account]++
	about := cmp.Or(f.Control, f.Title)
	if len(f.CVEs) > 0 {
		about = cmp.Or(f.CVEs[0].ID, about)
	}
	if s.controls[about] == nil {
		s.controls[about] = &notice.Count{Name: about}
		if f.Title != about {
			s.controls[about].Title = f.Title
		}
	}
	s.controls[about].Count++
	s.top = append(s.top, f)
	if len(s.top) >= 50*topFindings { // sorted now and then, as digests may have any number of findings
		s.shorten()
	}
}

func (s *summary) shorten() {
	slices.SortStableFunc(s.top, func(a, b *notice.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.ID, b.ID))
	})
	s.top = s.top[:min(len(s.top), topFindings)]
}

func (s *summary) digest() *notice.Digest {
	s.shorten()
	for _, f := range s.top {
		s.Top = append(s.Top, *f)
	}
	for _, control := range s.controls {
		s.Controls = append(s.Controls, *control)
	}
	slices.SortFunc(s.Controls, func(a, b notice.Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	s.Controls = s.Controls[:min(len(s.Controls), topControls)]
	return &s.Digest
}
