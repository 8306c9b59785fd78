package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/sandbox/bench/fakeaws"
	"assetguard/sandbox/driver/layout"
)

func repository(t *testing.T) string {
	t.Helper()
	here, err := layout.Find(".", os.Getenv)
	require.NoError(t, err)
	return here.Repository
}

// purpose is the call for which each function is there.
var purpose = map[string]string{
	contract.FunctionAutotag: "tagging:TagResources", contract.FunctionSweep: "tagging:TagResources",
	contract.FunctionImporter: "securityhub:BatchImportFindings", contract.FunctionSuppression: "securityhub:BatchUpdateFindings",
	contract.FunctionImages: "ec2:DescribeImages",
	contract.FunctionSlack:  "slack:Post", contract.FunctionSubscriptions: "sns:ListSubscriptionsByTopic",
	contract.FunctionFindings: "sns:Publish", contract.FunctionRemediation: "ssm:StartAutomationExecution",
}

// TestEachFunctionOnce runs each function once cold and once warm: it finds its answers, tags what it should, and
// does what the Python handler does.
func TestEachFunctionOnce(t *testing.T) {
	dir := t.TempDir()
	r := &results{Machine: thisMachine(repository(t))}
	require.NoError(t, r.takeFunctions(t.Context(), options{cold: 1, warm: 1}, repository(t), dir, t.Output()))
	require.Len(t, r.Functions, len(benchmarks()))
	for _, f := range r.Functions {
		g := f.Languages[langGo]
		assert.Positive(t, g.ColdStart.Median, f.Function)
		assert.Positive(t, g.WarmPerSecond, f.Function)
		assert.Positive(t, g.ColdMemoryMB, f.Function)
		assert.Positive(t, f.CallsCold[purpose[f.Function]], f.Function)
		assert.Equal(t, r.Python != nil, f.Comparison != nil, f.Function)
	}
	for _, a := range r.Aims {
		if a.Unit == "MB" { // sizes are the same everywhere, times are not
			assert.True(t, a.Met, "%s %v %s: %v", a.What, a.Want, a.Unit, a.Got)
		}
	}
	require.NoError(t, r.print(t.Output()))
	path := filepath.Join(dir, "bench", "results.json")
	require.NoError(t, r.save(path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var read results
	require.NoError(t, json.Unmarshal(text, &read))
	assert.Equal(t, r.Functions, read.Functions)
}

func TestEachFunctionHasABenchmark(t *testing.T) {
	all, err := declared(repository(t))
	require.NoError(t, err)
	require.Len(t, all, len(benchmarks()), "a benchmark without a function")

	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "lambdas", "cmd", "new"), 0o755))
	_, err = declared(root)
	require.ErrorContains(t, err, "function new has no benchmark: add its event to sandbox/bench/benchmark.go")
}

func TestSameEffect(t *testing.T) {
	base := func() effect {
		return effect{Calls: map[string]int{"ec2:DescribeTags": 1}, Tags: map[string]map[string]string{"arn": {"Owner": "a"}},
			Findings: map[string]any{"f": map[string]any{"Title": "a"}},
			Register: [][]string{{"ARN"}, {"arn"}}, Answer: map[string]any{"stage": "done"}}
	}
	require.NoError(t, sameEffect("a", "b", base(), base()))
	for want, change := range map[string]func(*effect){
		"ec2:DescribeTags: 1 and 2 times":         func(e *effect) { e.Calls["ec2:DescribeTags"] = 2 },
		"ssm:GetParameters: 0 and 1 times":        func(e *effect) { e.Calls["ssm:GetParameters"] = 1 },
		"finding f: map[Title:a] and map[]":       func(e *effect) { e.Findings = map[string]any{"f": map[string]any{}} },
		"tags of arn: map[Owner:a] and map[]":     func(e *effect) { delete(e.Tags, "arn") },
		`row 1 of the register: ["arn"] and [""]`: func(e *effect) { e.Register[1][0] = "" },
		"the registers have 2 and 1 rows":         func(e *effect) { e.Register = e.Register[:1] },
		"answers: map[stage:done] and <nil>":      func(e *effect) { e.Answer = nil },
	} {
		other := base()
		change(&other)
		require.ErrorContains(t, sameEffect("a", "b", base(), other), want)
	}
}

func TestUnknownCallsAndWrongTagsFail(t *testing.T) {
	all, err := declared(repository(t))
	require.NoError(t, err)
	subjects, err := goSubjects(t.Context(), repository(t), all[:1])
	require.NoError(t, err)
	b, err := newBench(t.TempDir(), t.Output())
	require.NoError(t, err)
	defer func() { require.NoError(t, b.close()) }()

	wrong := subjects[0].cold
	wrong.tagged++
	_, err = b.invoke(t.Context(), subjects[0], wrong, 1)
	require.ErrorContains(t, err, "tagged 3 assets, not 4")

	b.host.Forget(fakeaws.Region, subjects[0].function().Name) // a process keeps its parameters
	wrong.account.Parameters = nil
	_, err = b.invoke(t.Context(), subjects[0], wrong, 2)
	require.ErrorContains(t, err, "autotag-go failed")
}

func TestAims(t *testing.T) {
	f := functionResult{Function: "f", Languages: map[string]figure{langGo: {ZipBytes: 8_000_001}},
		Comparison: &comparison{ColdStart: 15, ColdMemory: 4, PeakMemory: 2.9}}
	r := &results{Aims: f.aims()}
	require.Equal(t, []bool{false, true, false}, []bool{r.Aims[0].Met, r.Aims[1].Met, r.Aims[2].Met})
	require.NoError(t, r.verdict(false))
	require.ErrorContains(t, r.verdict(true), "missed: f: zip at most 8 MB")
	require.ErrorContains(t, r.verdict(true), "missed: f: memory less than Python's by at least 3 times: 2.9")
	require.NotContains(t, r.verdict(true).Error(), "cold start")
}

func TestParseEvaluations(t *testing.T) {
	out := `goos: linux
BenchmarkProgram/regions=1-2    10  100000000 ns/op   108.0 registrations
BenchmarkProgram/regions=1-2    10  130000000 ns/op   108.0 registrations
BenchmarkProgram/regions=1-2    10  110000000 ns/op   108.0 registrations
BenchmarkProgram/regions=2-2    10  120000000 ns/op   149.0 registrations
BenchmarkProgram/regions=4-2    10  140000000 ns/op   231.0 registrations
PASS
`
	all, err := parseEvaluations([]byte(out))
	require.NoError(t, err)
	require.Equal(t, []evaluation{{1, 108, 110}, {2, 149, 120}, {4, 231, 140}}, all)
	line := fitOf(all)
	assert.InDelta(t, 100, line.Base, 1e-6)
	assert.InDelta(t, 10, line.PerRegion, 1e-6)
	assert.InDelta(t, 1, line.Determination, 1e-9)

	_, err = parseEvaluations([]byte("PASS\n"))
	require.ErrorContains(t, err, "too few figures")
}

func TestEditLeavesTheCheckoutAlone(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(root, "stacks", "run.go")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte("package stacks\n"), 0o600))
	first, err := edit(root, dir, 0)
	require.NoError(t, err)
	second, err := edit(root, dir, 1)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "package stacks\n", string(text))
	changed, err := os.ReadFile(filepath.Join(dir, "run-0.go"))
	require.NoError(t, err)
	require.Contains(t, string(changed), "func init()")
}

func TestFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"there are only flags":       {"autotag"},
		"are at least 1":             {"-cold", "0"},
		"write functions or program": {"-skip", "all"},
	} {
		_, err := parse(args)
		require.ErrorContains(t, err, want)
	}
}

func TestFindPythonSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findPython(t.Context())
	require.True(t, errors.Is(err, errNoPython), "%v", err)
	require.ErrorContains(t, err, "pip install boto3")
}

func TestInTurns(t *testing.T) {
	require.Equal(t, []int{0, 1, 2}, slices.Collect(inTurns(3, 0)))
	require.Equal(t, []int{2, 1, 0}, slices.Collect(inTurns(3, 1)))
}

func TestTheRegisterIsComparedWithoutAges(t *testing.T) {
	rows, err := cells([]byte("\ufeffARN,AgeDays,Sources\r\narn,3,service\r\n"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"\ufeffARN", "Sources"}, {"arn", "service"}}, rows)
}

func TestUntagged(t *testing.T) {
	a := fakeaws.Account{Instances: 4, Buckets: 3, Databases: 2, Functions: 1}
	require.Equal(t, 3*2+1+1+1+1, a.Untagged())
	require.Len(t, a.ARNs(), 3*4+1+3+2+1)
}
