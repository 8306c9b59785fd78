package progress

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// ticking is a clock that goes on by a step at each look.
func ticking(step time.Duration) func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(step)
		return now
	}
}

func TestStepPlain(t *testing.T) {
	var out bytes.Buffer
	p := New(&out)
	p.now = ticking(3 * time.Second)
	assert.NoError(t, p.Step("engine", func(note func(string)) error { note("v3 on PATH"); return nil }))
	failure := errors.New("no network")
	assert.ErrorIs(t, p.Step("provider", func(func(string)) error { return failure }), failure)
	assert.Equal(t, "  .. engine\n  ok engine: v3 on PATH (3.0 s)\n  .. provider\n  !! provider (3.0 s)\n", out.String())
}

func TestSpinnerIsWipedBeforeALine(t *testing.T) {
	var out bytes.Buffer
	p := New(&out)
	p.terminal, p.now = true, ticking(time.Second)
	w := p.watch("engine", time.Unix(0, 0))
	w.stop()
	out.Reset()
	w.note("a note that is far longer than what is left of a line of eighty columns on a terminal")
	w.show(0)
	p.Linef("a line")
	assert.Equal(t, "  ⠋ engine (1.0 s): a note that is far longer than what is left of a line of e…\r\x1b[Ka line\n", out.String())
}

func TestSeconds(t *testing.T) {
	tests := map[time.Duration]string{
		0: "0.0 s", 320 * time.Millisecond: "0.3 s", 59 * time.Second: "59.0 s", 125 * time.Second: "2 min 05 s",
	}
	for d, want := range tests {
		assert.Equal(t, want, Seconds(d))
	}
}
