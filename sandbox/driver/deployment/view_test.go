package deployment

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/driver/progress"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each file of testdata/events holds engine events, one JSON object a line; one second passes from each
// to the next. What a person sees of them is the golden file of the same name.
func TestView(t *testing.T) {
	files, err := filepath.Glob("testdata/*.events")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var out bytes.Buffer
			v := newView(progress.New(&out))
			clock := time.Unix(0, 0)
			v.now = func() time.Time { return clock }
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for line := range bytes.Lines(text) {
				var event apitype.EngineEvent
				require.NoError(t, json.Unmarshal(line, &event))
				v.show(events.EngineEvent{EngineEvent: event})
				clock = clock.Add(time.Second)
			}
			out.WriteString("standing: " + v.standing() + "\ntotals: " + v.totals() + "\n")
			for _, change := range v.changes {
				out.WriteString("change: " + change.String() + "\n")
			}
			golden := file[:len(file)-len(".events")] + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), out.String())
		})
	}
}

func TestFollowEndsWhenTheEngineNeverOpenedTheStream(t *testing.T) {
	v := newView(progress.New(&bytes.Buffer{}))
	ended := make(chan struct{})
	close(ended)
	v.follow(make(chan events.EngineEvent), ended, func(string) {})
	assert.Equal(t, "0 done", v.standing())
}

func TestDescribe(t *testing.T) {
	assert.Equal(t, "sqs Queue tagging", describe("aws:sqs/queue:Queue", "tagging"))
	assert.Equal(t, "assetguard Queue tagging", describe("assetguard:queue:Queue", "tagging"))
	assert.Equal(t, "odd name", describe("odd", "name"))
}
