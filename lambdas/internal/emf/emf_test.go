package emf_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/lambdas/internal/emf"
)

func TestWrite(t *testing.T) {
	at := time.UnixMilli(1772413230123)
	for _, c := range []struct {
		name  string
		count emf.Count
		line  string
	}{
		{"with dimensions", emf.Count{Namespace: "assetguard", Name: "AutotagOutcome", Value: 3,
			Dimensions: map[string]string{"Outcome": "tagged", "Service": "ec2"}, Sets: [][]string{{"Outcome"}, {"Outcome", "Service"}}},
			`{"AutotagOutcome":3,"Outcome":"tagged","Service":"ec2","_aws":{"CloudWatchMetrics":[{"Dimensions":[["Outcome"],["Outcome","Service"]],` +
				`"Metrics":[{"Name":"AutotagOutcome","Unit":"Count"}],"Namespace":"assetguard"}],"Timestamp":1772413230123}}` + "\n"},
		{"without dimensions", emf.Count{Namespace: "assetguard", Name: "TagOverridesInvalid", Value: 1},
			`{"TagOverridesInvalid":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[[]],` +
				`"Metrics":[{"Name":"TagOverridesInvalid","Unit":"Count"}],"Namespace":"assetguard"}],"Timestamp":1772413230123}}` + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, emf.Write(&b, at, c.count))
			assert.Equal(t, c.line, b.String())
		})
	}
}

func TestWriteReportsTheWriter(t *testing.T) {
	assert.ErrorContains(t, emf.Write(closed{}, time.Now(), emf.Count{Name: "X"}), "closed")
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("closed") }
