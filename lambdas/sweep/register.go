package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"
	"assetguard/lambdas/internal/emf"
)

// write makes the register of the parts: the day's CSV and JSON lines and the table of kinds, then the latest ones,
// which are always whole. A run that comes late, after one that started later, leaves what that one wrote.
func (h *Handler) write(ctx context.Context, step Step) (Step, error) {
	newest, err := h.newest(ctx)
	if err != nil {
		return step, err
	}
	late := newest.After(step.At)
	if late && h.day(Step{At: newest}) == h.day(step) {
		return h.finish(ctx, step, nil)
	}
	policy, overrides, err := h.policies.Load(ctx)
	if err != nil {
		return step, fmt.Errorf("tag policy: %w", err)
	}
	measured := newCoverage(policy, overrides)
	csvKey, linesKey, kindsKey := h.day(step)+"register.csv", h.day(step)+"register.jsonl.gz", h.day(step)+"kinds.csv"
	err = h.put(ctx, csvKey, typeCSV, func(w io.Writer) error {
		t, err := newTable(w)
		if err != nil {
			return err
		}
		err = h.rows(ctx, step, func(r *row) error {
			measured.add(r)
			return t.write(r)
		})
		return errors.Join(err, t.close())
	})
	if err != nil {
		return step, err
	}
	err = h.put(ctx, linesKey, typeLines, func(w io.Writer) error {
		l := newLines(w)
		err := h.rows(ctx, step, func(r *row) error { return l.write(r) })
		return errors.Join(err, l.close())
	})
	if err != nil {
		return step, err
	}
	kinds := kindRows(step)
	if err := h.put(ctx, kindsKey, typeCSV, func(w io.Writer) error { return writeKinds(w, kinds) }); err != nil {
		return step, err
	}
	if late {
		return h.finish(ctx, step, nil)
	}
	for _, copied := range [][2]string{
		{kindsKey, contract.RegisterLatestKinds}, {csvKey, contract.RegisterLatestCSV}, {linesKey, contract.RegisterLatestLines},
	} {
		if err := h.store.Copy(ctx, copied[0], copied[1]); err != nil {
			return step, err
		}
	}
	if err := h.store.Put(ctx, contract.RegisterLatestRun, "text/plain", strings.NewReader(step.At.Format(time.RFC3339Nano))); err != nil {
		return step, err
	}
	measured.notListed = notListed(kinds)
	return h.finish(ctx, step, measured)
}

// newest is when the run of the latest register started; zero if there is none.
func (h *Handler) newest(ctx context.Context) (time.Time, error) {
	body, err := h.store.Open(ctx, contract.RegisterLatestRun)
	if errors.Is(err, ErrNoObject) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	text, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return time.Time{}, fmt.Errorf("read %s: %w", contract.RegisterLatestRun, err)
	}
	return time.Parse(time.RFC3339Nano, string(text))
}

// put writes an object as fn makes it, without holding it in memory.
func (h *Handler) put(ctx context.Context, key, contentType string, fn func(io.Writer) error) error {
	out, in := io.Pipe()
	go func() { in.CloseWithError(fn(in)) }()
	err := h.store.Put(ctx, key, contentType, out)
	return errors.Join(err, out.Close())
}

// rows goes through the rows of all parts in the order of their ARNs.
func (h *Handler) rows(ctx context.Context, step Step, each func(*row) error) error {
	for _, key := range step.Parts {
		if err := h.part(ctx, key, each); err != nil {
			return fmt.Errorf("part %s: %w", key, err)
		}
	}
	return nil
}

func (h *Handler) part(ctx context.Context, key string, each func(*row) error) error {
	rows, err := open[row](ctx, h.store, key)
	if err != nil {
		return err
	}
	defer rows.close()
	for {
		r, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(&r); err != nil {
			return err
		}
	}
}

// finishedKey is the mark of a run that has written its register. A step of it that comes again has nothing
// to do, and nothing to do it with.
func (s Step) finishedKey() string { return contract.RegisterWorkPrefix + s.Run + "/finished" }

func (h *Handler) finished(ctx context.Context, step Step) (bool, error) {
	body, err := h.store.Open(ctx, step.finishedKey())
	if errors.Is(err, ErrNoObject) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, body.Close()
}

// finish marks the run, removes what it kept between its steps, and publishes what was measured: nil for a run that
// came late.
func (h *Handler) finish(ctx context.Context, step Step, measured *coverage) (Step, error) {
	if err := h.store.Put(ctx, step.finishedKey(), "text/plain", strings.NewReader(date(h.now()))); err != nil {
		return step, err
	}
	for _, prefix := range []string{step.foundPrefix(), step.rowsPrefix()} {
		keys, err := h.store.List(ctx, prefix)
		if err == nil {
			err = h.store.Remove(ctx, keys)
		}
		if err != nil { // the register stands: what is left over only takes room
			h.log.Warn("left over", "prefix", prefix, "error", err.Error())
		}
	}
	if measured == nil {
		h.log.Warn("the run came late: a later one has written the latest register", "run", step.Run)
	} else {
		measured.publish(h)
		h.count(emf.Count{Name: contract.MetricSweepFinished, Value: 1})
		h.log.Info("register written", "run", step.Run, "register", h.day(step), "assets", measured.all.assets, "faults", len(step.Faults))
	}
	step.Stage = stageDone
	return step, nil
}

// coverage counts the register's rows.
type coverage struct {
	ids              map[string]string // asset type ids by the value that the tag shows
	all              counts
	byService        map[string]*counts
	byClassification map[string]int
	notListed        int // kinds
}

type counts struct{ assets, tagged, unclassified, missing int }

func newCoverage(documents ...*tagpolicy.Policy) *coverage {
	c := &coverage{ids: map[string]string{}, byService: map[string]*counts{}, byClassification: map[string]int{
		contract.Unclassified: 0, contract.ClassificationNone: 0}}
	for _, p := range documents {
		for _, t := range p.AssetTypes {
			c.ids[t.Value] = t.ID
		}
	}
	return c
}

func (c *coverage) add(r *row) {
	service := c.byService[r.Service]
	if service == nil {
		service = &counts{}
		c.byService[r.Service] = service
	}
	c.all.add(r)
	service.add(r)
	c.byClassification[c.classification(r.AssetType)]++
}

func (n *counts) add(r *row) {
	n.assets++
	switch {
	case len(r.MissingKeys) > 0:
		n.missing++
	case !r.Unclassified:
		n.tagged++
	}
	if r.Unclassified {
		n.unclassified++
	}
}

// classification is what a metric's dimension can say of an AssetType: dimensions are ASCII.
func (c *coverage) classification(assetType string) string {
	id, known := c.ids[assetType]
	switch {
	case assetType == "":
		return contract.ClassificationNone
	case assetType == contract.Unclassified:
		return contract.Unclassified
	case !known:
		return contract.ClassificationOther
	}
	return id
}

func (c *coverage) publish(h *Handler) {
	h.count(emf.Count{Name: contract.MetricKindsNotListed, Value: c.notListed})
	c.all.publish(h, nil)
	for service, n := range c.byService {
		n.publish(h, map[string]string{contract.DimensionService: service})
	}
	for id, n := range c.byClassification {
		h.count(emf.Count{Name: contract.MetricAssets, Value: n, Dimensions: map[string]string{contract.DimensionClassification: id},
			Sets: [][]string{{contract.DimensionClassification}}})
	}
}

func (n *counts) publish(h *Handler, dimensions map[string]string) {
	var sets [][]string
	for name := range dimensions {
		sets = [][]string{{name}}
	}
	for metric, value := range map[string]int{
		contract.MetricAssets: n.assets, contract.MetricAssetsTagged: n.tagged,
		contract.MetricAssetsUnclassified: n.unclassified, contract.MetricAssetsMissing: n.missing,
	} {
		h.count(emf.Count{Name: metric, Value: value, Dimensions: dimensions, Sets: sets})
	}
}
