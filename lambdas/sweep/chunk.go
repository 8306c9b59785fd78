package sweep

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// chunkAssets is how many assets are sorted in memory at once: some megabytes.
const chunkAssets = 5000

// writeChunk puts assets away, sorted by ARN.
func writeChunk(ctx context.Context, store Store, key string, assets []asset) error {
	slices.SortStableFunc(assets, func(a, b asset) int { return cmp.Compare(a.ARN, b.ARN) })
	var body bytes.Buffer
	lines := newLines(&body)
	for i := range assets {
		if err := lines.write(&assets[i]); err != nil {
			return err
		}
	}
	if err := lines.close(); err != nil {
		return err
	}
	return store.Put(ctx, key, typeLines, &body)
}

// lines writes gzipped JSON lines.
type lines struct {
	zip *gzip.Writer
	enc *json.Encoder
}

func newLines(w io.Writer) *lines {
	zip := gzip.NewWriter(w)
	enc := json.NewEncoder(zip)
	enc.SetEscapeHTML(false)
	return &lines{zip, enc}
}

func (l *lines) write(v any) error { return l.enc.Encode(v) }
func (l *lines) close() error      { return l.zip.Close() }

// reader reads gzipped JSON lines of one type.
type reader[T any] struct {
	body io.Closer
	dec  *json.Decoder
}

func open[T any](ctx context.Context, store Store, key string) (*reader[T], error) {
	body, err := store.Open(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	zip, err := gzip.NewReader(bufio.NewReader(body))
	if err != nil {
		body.Close()
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	return &reader[T]{body, json.NewDecoder(zip)}, nil
}

// next is the next value, or io.EOF.
func (r *reader[T]) next() (v T, err error) {
	err = r.dec.Decode(&v)
	return v, err
}

func (r *reader[T]) close() { r.body.Close() }

// merged yields the assets of sorted chunks in the order of their ARNs, each once.
type merged struct {
	heads heads
}

type head struct {
	asset  asset
	reader *reader[asset]
}

type heads []head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return h[i].asset.ARN < h[j].asset.ARN }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)        { *h = append(*h, x.(head)) }
func (h *heads) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// mergeChunks opens the chunks. The caller closes what it gets.
func mergeChunks(ctx context.Context, store Store, keys []string) (*merged, error) {
	m := &merged{}
	for _, key := range keys {
		r, err := open[asset](ctx, store, key)
		if err != nil {
			m.close()
			return nil, err
		}
		if err := m.push(r); err != nil {
			m.close()
			return nil, fmt.Errorf("read %s: %w", key, err)
		}
	}
	return m, nil
}

func (m *merged) push(r *reader[asset]) error {
	a, err := r.next()
	if errors.Is(err, io.EOF) {
		r.close()
		return nil
	}
	if err != nil {
		r.close()
		return err
	}
	heap.Push(&m.heads, head{a, r})
	return nil
}

// next is the next asset with what all sources say of it, or io.EOF.
func (m *merged) next() (asset, error) {
	if len(m.heads) == 0 {
		return asset{}, io.EOF
	}
	var same []asset
	for len(m.heads) > 0 && (len(same) == 0 || m.heads[0].asset.ARN == same[0].ARN) {
		least := heap.Pop(&m.heads).(head)
		same = append(same, least.asset)
		if err := m.push(least.reader); err != nil {
			return asset{}, err
		}
	}
	return union(same), nil
}

func (m *merged) close() {
	for _, h := range m.heads {
		h.reader.close()
	}
}

// union joins what the sources say of one asset. Where they differ the better ranked one is believed.
func union(same []asset) asset {
	slices.SortStableFunc(same, func(a, b asset) int { return cmp.Compare(ranks[a.Sources[0]], ranks[b.Sources[0]]) })
	a := same[0]
	for _, other := range same[1:] {
		a.named(other.Names...)
		if a.CreatedAt.IsZero() {
			a.CreatedAt = other.CreatedAt
		}
		if a.Tags == nil {
			a.Tags = other.Tags
		}
		if name := other.Sources[0]; !slices.Contains(a.Sources, name) {
			a.Sources = append(a.Sources, name)
		}
	}
	return a
}
