package sweep

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

func TestNewAsset(t *testing.T) {
	for arn, want := range map[string][4]string{ // type, name, region, account
		"arn:aws:ec2:eu-west-1:1:instance/i-1":                          {"ec2:instance", "i-1", "eu-west-1", "1"},
		"arn:aws:s3:::files":                                            {"s3:bucket", "files", seoul, account},
		"arn:aws:sqs:eu-west-1:1:q":                                     {"sqs:queue", "q", "eu-west-1", "1"},
		"arn:aws-cn:rds:cn-north-1:1:db:d":                              {"rds:db", "d", "cn-north-1", "1"},
		"arn:aws:iam::1:role/a/b":                                       {"iam:role", "b", contract.GlobalRegion, "1"},
		"arn:aws:apigateway:eu-west-1::/restapis/x":                     {"apigateway:restapis", "x", "eu-west-1", account},
		"arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/worker":         {"logs:log-group", "worker", "eu-west-1", "1"},
		"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/y": {"elasticloadbalancing:loadbalancer", "x", "eu-west-1", "1"},
		"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/classic": {"elasticloadbalancing:loadbalancer", "classic", "eu-west-1", "1"},
		"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/x/y":      {"elasticloadbalancing:targetgroup", "x", "eu-west-1", "1"},
		"arn:aws:wafv2:us-east-1:1:global/webacl/x/y":                   {"wafv2:webacl", "x", "us-east-1", "1"},
		"arn:aws:kafka:eu-west-1:1:cluster/x/y":                         {"kafka:cluster", "x", "eu-west-1", "1"},
		"arn:aws:codepipeline:eu-west-1:1:x":                            {"codepipeline:pipeline", "x", "eu-west-1", "1"},
	} {
		a, ok := newAsset(arn, seoul, account)
		require.True(t, ok, arn)
		require.Equal(t, want, [4]string{a.Type, a.Names[0], a.Region, a.Account}, arn)
	}
	for _, bad := range []string{"", "i-1", "arn:aws:s3"} {
		_, ok := newAsset(bad, seoul, account)
		require.False(t, ok, bad)
	}
}

func TestFormulasAreHarmless(t *testing.T) {
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"": "", "web-1": "web-1", "수강생": "수강생", "a=b": "a=b",
	} {
		require.Equal(t, want, harmless(cell))
	}
}

func FuzzTable(f *testing.F) {
	for _, seed := range []string{"=cmd|' /C calc'!A0", "a,b", "\"", "\r\n", "수강생 \"DB\"", "\ufeff=1", "'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		var out bytes.Buffer
		table, err := newTable(&out)
		require.NoError(t, err)
		require.NoError(t, table.write(&row{ARN: "arn", Name: value, Owner: "next"}))
		require.NoError(t, table.close())
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), byteOrderMark))).ReadAll()
		require.NoError(t, err)
		require.Len(t, lines, 2)
		require.Len(t, lines[1], len(columns))
		require.Equal(t, "next", lines[1][9], "no value reaches the next cell")
		cell := lines[1][3]
		require.False(t, cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])), "%q begins a formula", cell)
		// encoding/csv leaves carriage returns to the ends of lines. A tag's value holds none.
		require.Equal(t, strings.ReplaceAll(harmless(value), "\r", ""), strings.ReplaceAll(cell, "\r", ""))
	})
}

// discard is a store that keeps the parts only.
type discard struct{ *world }

func (d discard) Put(ctx context.Context, key, contentType string, body io.Reader) error {
	if strings.HasPrefix(key, contract.RegisterWorkPrefix) {
		return d.world.Put(ctx, key, contentType, body)
	}
	_, err := io.Copy(io.Discard, body)
	return err
}

// BenchmarkRegister decides and writes 100,000 assets. peak-MB is the heap's growth beyond the stored
// chunks and parts, which in an account are in S3.
func BenchmarkRegister(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				w := newWorld()
				h := w.handler(seoul)
				h.store, h.metrics = discard{w}, io.Discard
				step := Step{Run: "r", At: w.clock, Stage: stageDecide}
				for start := 0; start < n; start += chunkAssets {
					var found []asset
					for i := range chunkAssets {
						a, _ := newAsset(fmt.Sprintf("%sinstance/i-%07d", ec2ARN, start+i), seoul, account)
						a.Sources, a.Tags = []string{sourceService}, map[string]string{"Name": "web-1", "AssetType": "Web Server",
							"Environment": "PROD", "Owner": "DevOps", "PersonalInformation": "N"}
						found = append(found, a)
					}
					require.NoError(b, writeChunk(b.Context(), w, object(step.foundPrefix(), start/chunkAssets), found))
				}
				peak := watchHeap()
				for step.Stage == stageDecide {
					var err error
					step, err = h.decide(b.Context(), step)
					require.NoError(b, err)
				}
				_, err := h.write(b.Context(), step)
				require.NoError(b, err)
				b.ReportMetric(float64(peak())/(1<<20), "peak-MB")
			}
		})
	}
}

// watchHeap measures how far the heap grows until the returned function is called.
func watchHeap() func() uint64 {
	read := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	runtime.GC()
	base, stop, done := read(), make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			if now := read(); now > base {
				most = max(most, now-base)
			}
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}
