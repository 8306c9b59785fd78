package createevent_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"assetguard/internal/createevent"
)

func TestAll(t *testing.T) {
	seen, left := map[createevent.Event]bool{}, map[string]bool{}
	last := ""
	for _, e := range createevent.All() {
		assert.False(t, seen[e], "%v stands twice", e)
		seen[e] = true
		assert.Regexp(t, `^[a-z0-9-]+\.amazonaws\.com$`, e.EventSource)
		assert.Regexp(t, `^[A-Z][A-Za-z0-9]+$`, e.Name)
		if e.EventSource != last {
			assert.False(t, left[e.EventSource], "the events of %s stand apart", e.EventSource)
			left[last], last = true, e.EventSource
		}
	}
	assert.GreaterOrEqual(t, len(seen), 80)
	assert.GreaterOrEqual(t, len(left), 35)
	assert.False(t, seen[createevent.Of("ec2", "CreateTags")], "the function's own tagging must not wake it")
}

func TestAllIsACopy(t *testing.T) {
	createevent.All()[0] = createevent.Event{}
	assert.Equal(t, createevent.RunInstances, createevent.All()[0])
}
