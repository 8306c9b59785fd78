package createevent_test

import (
	"strings"
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
		assert.True(t, strings.HasPrefix(e.Source, "aws."), "%v", e)
		assert.True(t, strings.HasSuffix(e.EventSource, ".amazonaws.com"), "%v", e)
		assert.Regexp(t, `^[A-Z][A-Za-z0-9]+$`, e.Name)
		if e.Source != last {
			assert.False(t, left[e.Source], "the events of %s stand apart", e.Source)
			left[last], last = true, e.Source
		}
	}
	assert.False(t, seen[createevent.Event{Source: "aws.ec2", EventSource: "ec2.amazonaws.com", Name: "CreateTags"}],
		"the function's own tagging must not wake it")
}

func TestAllIsACopy(t *testing.T) {
	createevent.All()[0] = createevent.Event{}
	assert.Equal(t, createevent.RunInstances, createevent.All()[0])
}
