package evidence

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assetguard/internal/compliance"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	now   = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	seoul = time.FixedZone("KST", 9*60*60)
)

const home, other = "ap-northeast-2", "us-east-1"

// complete is an input in which everything ran an hour ago in the home region and nothing failed: one resource
// passed each check and control.
func complete(t *testing.T) Input {
	t.Helper()
	in := Input{
		At: now, Stack: "prod", Account: "111122223333", Regions: []string{home}, MaxAge: 48 * time.Hour,
	}
	pack, err := compliance.Render(in.Settings, []compliance.Tag{{Key: "Owner"}}, compliance.Target{Region: home, Home: true})
	require.NoError(t, err)
	in.Absences = Absences(pack, home)
	for _, rule := range pack.Rules {
		in.Results = append(in.Results, passed(Source{Check: rule.Check.ID}))
	}
	for _, control := range compliance.Controls() {
		if in.Settings.Enabled(control.ID) {
			in.Results = append(in.Results, passed(Source{Control: control.ID}))
		}
	}
	return in
}

func resource(id string) Resource {
	return Resource{Account: "111122223333", Region: home, Type: "AWS::Example::Thing", ID: id, At: now.Add(-time.Hour)}
}

func passed(s Source) Result { return Result{Source: s, Resource: resource("good"), Status: Passed} }
func failed(s Source, id string) Result {
	return Result{Source: s, Resource: resource(id), Status: Failed}
}

// without removes what a source said.
func without(in Input, s Source) Input {
	in.Results = slices.DeleteFunc(slices.Clone(in.Results), func(r Result) bool { return r.Source == s })
	in.Runs = slices.DeleteFunc(slices.Clone(in.Runs), func(r Run) bool { return r.Source == s })
	return in
}

func evaluate(t *testing.T, in Input) Report {
	t.Helper()
	report, err := Evaluate(in)
	require.NoError(t, err)
	return report
}

func (r *Report) code(t *testing.T, id string) CodeReport {
	t.Helper()
	for _, c := range r.Codes {
		if c.Code == id {
			return c
		}
	}
	t.Fatalf("no code %s", id)
	return CodeReport{}
}

func TestEverythingPasses(t *testing.T) {
	report := evaluate(t, complete(t))
	require.Len(t, report.Codes, 120)
	for i, m := range compliance.Map() {
		c := report.Codes[i]
		assert.Equal(t, m.Code.ID, c.Code)
		if m.Automated() {
			assert.Equal(t, Met, c.Verdict, "%s: %s", c.Code, c.Reason)
		} else {
			assert.Equal(t, []any{NotAssessed, ReasonProcess}, []any{c.Verdict, c.Reason}, c.Code)
		}
	}
}

func TestVerdicts(t *testing.T) {
	password := Source{Check: "IAM_PASSWORD_POLICY"} // of CA-04, by the pack, with the controls IAM.15 and IAM.16
	accepted := func(until time.Time) Result {
		r := failed(password, "account")
		r.Accepted = &Acceptance{Reason: "console passwords are off", Until: until}
		return r
	}
	for name, tc := range map[string]struct {
		code    string // CA-04 unless given
		change  func(Input) Input
		verdict Verdict
		reason  Reason
		state   State // of the first source
	}{
		"a resource fails": {
			change:  func(in Input) Input { in.Results = append(in.Results, failed(password, "account")); return in },
			verdict: NotMet, reason: ReasonFailed, state: StateEvaluated,
		},
		"the failure is accepted": {
			change: func(in Input) Input {
				in.Results = append(in.Results, accepted(now.Add(time.Hour)))
				return in
			},
			verdict: Met, reason: ReasonPassed, state: StateEvaluated,
		},
		"the acceptance has ended": {
			change:  func(in Input) Input { in.Results = append(in.Results, accepted(now)); return in },
			verdict: NotMet, reason: ReasonFailed, state: StateEvaluated,
		},
		"a check is silent": {
			change:  func(in Input) Input { return without(in, password) },
			verdict: NotAssessed, reason: ReasonSilent, state: StateSilent,
		},
		"a control is silent": {
			change:  func(in Input) Input { return without(in, Source{Control: "IAM.15"}) },
			verdict: NotAssessed, reason: ReasonSilent, state: StateEvaluated,
		},
		"a failure goes before silence": {
			change: func(in Input) Input {
				in = without(in, Source{Control: "IAM.15"})
				in.Results = append(in.Results, failed(password, "account"))
				return in
			},
			verdict: NotMet, reason: ReasonFailed, state: StateEvaluated,
		},
		"a periodic check stopped": {
			change: func(in Input) Input {
				in = without(in, password)
				in.Runs = append(in.Runs, Run{password, home, now.Add(-49 * time.Hour)})
				return in
			},
			verdict: NotAssessed, reason: ReasonSilent, state: StateSilent,
		},
		"a check on change may be silent for long": {
			code: "2.12.1", // its first check is RDS.5, on change
			change: func(in Input) Input {
				in = without(in, Source{Control: "RDS.5"})
				r := passed(Source{Control: "RDS.5"})
				r.At = now.Add(-1000 * time.Hour)
				in.Results = append(in.Results, r)
				return in
			},
			verdict: Met, reason: ReasonPassed, state: StateEvaluated,
		},
		"a check found nothing to judge": {
			change: func(in Input) Input {
				in = without(in, password)
				in.Runs = append(in.Runs, Run{password, home, now})
				return in
			},
			verdict: Met, reason: ReasonPassed, state: StateNoResources,
		},
		"what is not applicable counts for nothing": {
			code: "2.8.5", // CodeBuild.1 and CodeBuild.2
			change: func(in Input) Input {
				for _, id := range []string{"CodeBuild.1", "CodeBuild.2"} {
					in = without(in, Source{Control: id})
					r := passed(Source{Control: id})
					r.Status = NotApplicable
					in.Results = append(in.Results, r)
				}
				return in
			},
			verdict: NotAssessed, reason: ReasonNoResources, state: StateNoResources,
		},
		"a check is switched off": {
			change: func(in Input) Input {
				in = without(in, password)
				in.Absences = append(in.Absences, Absence{password, "", "switched off: no passwords"})
				return in
			},
			verdict: Met, reason: ReasonPassed, state: StateAbsent,
		},
		"everything is absent": {
			code: "2.11.5", // GUARDDUTY_NON_ARCHIVED_FINDINGS
			change: func(in Input) Input {
				source := Source{Check: "GUARDDUTY_NON_ARCHIVED_FINDINGS"}
				in = without(in, source)
				in.Absences = append(in.Absences, Absence{source, home, "switched off: no GuardDuty"})
				return in
			},
			verdict: NotAssessed, reason: ReasonAbsent, state: StateAbsent,
		},
		"another region is silent": {
			code:    "2.7.2",
			change:  func(in Input) Input { in.Regions = []string{home, other}; return in },
			verdict: NotAssessed, reason: ReasonSilent, state: StateSilent,
		},
		"the standard is not enabled": {
			change: func(in Input) Input {
				in.Settings.Standards = &[]compliance.Standard{compliance.StandardFSBP}
				return without(without(in, Source{Control: "IAM.15"}), Source{Control: "IAM.16"})
			},
			verdict: Met, reason: ReasonPassed, state: StateEvaluated,
		},
	} {
		t.Run(name, func(t *testing.T) {
			report := evaluate(t, tc.change(complete(t)))
			code := "CA-04"
			if tc.code != "" {
				code = tc.code
			}
			c := report.code(t, code)
			assert.Equal(t, tc.verdict, c.Verdict)
			assert.Equal(t, tc.reason, c.Reason)
			assert.Equal(t, tc.state, c.Sources[0].State)
		})
	}
}

// Global checks and controls are expected in the home region only.
func TestGlobalChecksInOtherRegions(t *testing.T) {
	in := complete(t)
	in.Regions = []string{home, other}
	report := evaluate(t, in)
	users := report.code(t, "CA-01") // three checks and IAM.22
	assert.Equal(t, Met, users.Verdict)
	for _, s := range users.Sources {
		assert.Equal(t, StateEvaluated, s.State, s.ID)
	}
	ports := report.code(t, "CA-08")
	at := slices.IndexFunc(ports.Sources, func(s SourceReport) bool { return s.ID == "EC2.53" })
	require.GreaterOrEqual(t, at, 0)
	assert.Equal(t, []string{other}, ports.Sources[at].Silent, "a regional control is expected everywhere")

	silent := evaluate(t, without(in, Source{Control: "IAM.22"}))
	last := silent.code(t, "CA-01").Sources[3]
	assert.Equal(t, []string{home}, last.Silent, last.ID)
}

func TestInputFaults(t *testing.T) {
	in := Input{
		Settings: compliance.Settings{Rules: map[string]compliance.Rule{"IAM_USER_NO_POLICY_CHECK": {}}},
		Results: []Result{
			{Status: Passed, Resource: Resource{ID: "a", At: now}},
			{Source: Source{Check: "NONE"}, Status: "good", Resource: Resource{ID: "a", At: now}},
			{Source: Source{Control: "IAM.7"}, Status: Failed},
			{Source: Source{Control: "IAM.7"}, Status: Failed, Resource: resource("a")},
		},
		Runs:     []Run{{Source: Source{Control: "None.1"}}},
		Absences: []Absence{{Source: Source{Check: "NONE", Control: "IAM.7"}}},
	}
	_, err := Evaluate(in)
	require.Error(t, err)
	assert.Equal(t, strings.Join([]string{
		"no At or no MaxAge: say when the results were read and how old they may be",
		"no Regions: name the home region and the others",
		`result 0: name a check or a control, and not both: "", ""`,
		`result 1: there is no check "NONE"`,
		`result 1: "good" is no status`,
		"result 2 of IAM.7: resource or time is missing",
		`result 3 of IAM.7: is of account "111122223333", the report of ""`,
		`run 0: the map knows no control "None.1"`,
		`absence 0: name a check or a control, and not both: "NONE", "IAM.7"`,
		"absence 0 of NONE: the reason is missing",
		"rules.IAM_USER_NO_POLICY_CHECK: there is no such rule: did you mean IAM_USER_NO_POLICIES_CHECK? docs/compliance.md lists all",
	}, "\n"), err.Error())
}

// example is a report as people get it, cut down to some codes.
func example(t *testing.T) Report {
	t.Helper()
	in := complete(t)
	in.Regions = []string{home}
	in = without(in, Source{Check: "RDS_IN_BACKUP_PLAN"})
	in = without(in, Source{Control: "S3.3"})
	in.Absences = append(in.Absences, Absence{Source{Control: "S3.3"}, home, "switched off: accounts block public writing"})
	in = without(in, Source{Control: "RDS.3"})
	in.Runs = append(in.Runs, Run{Source{Control: "RDS.3"}, home, now})
	for i := range 23 {
		in.Results = append(in.Results, failed(Source{Control: "S3.2"}, fmt.Sprintf("arn:aws:s3:::bucket-%02d", i)))
	}
	in.Results = append(in.Results, failed(Source{Check: "IAM_PASSWORD_POLICY"}, "=cmd|'/c calc'"))
	accepted := failed(Source{Control: "EC2.15"}, "subnet-0a")
	accepted.Accepted = &Acceptance{Reason: "public subnet of the load balancer", Until: now.AddDate(0, 3, 0)}
	in.Results = append(in.Results, accepted)
	report := evaluate(t, in)
	report.Codes = slices.DeleteFunc(report.Codes, func(c CodeReport) bool {
		return !slices.Contains([]string{"CA-04", "CA-07", "CA-10", "CA-11", "CA-18", "1.1.1", "2.5.4", "2.8.5"}, c.Code)
	})
	return report
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "go test ./internal/compliance/evidence -update writes it anew")
}

func TestReportsForPeople(t *testing.T) {
	report := example(t)
	for _, language := range []string{"en", "ko"} {
		words := Words{Language: language, Location: seoul}
		var md, rows bytes.Buffer
		require.NoError(t, report.WriteMarkdown(&md, words))
		require.NoError(t, report.WriteCSV(&rows, words))
		golden(t, "report."+language+".md", md.Bytes())
		golden(t, "report."+language+".csv", rows.Bytes())
		assert.NotRegexp(t, `(?m)^[ \t]+$|\n\n\n`, md.String(), "no lines of blanks, no two empty lines")
	}
}

func TestCSVIsWhole(t *testing.T) {
	report := example(t)
	var b bytes.Buffer
	require.NoError(t, report.WriteCSV(&b, Words{Language: "en", Location: time.UTC}))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	require.NoError(t, err, "every row has as many cells as the head")
	failures, codes := 0, map[string]bool{}
	for _, row := range rows[1:] {
		codes[row[1]] = true
		if row[16] != "" {
			failures++
		}
		for _, cell := range row {
			assert.NotRegexp(t, `^[=+@-]`, cell)
		}
	}
	assert.Len(t, codes, len(report.Codes))
	assert.Equal(t, 23+2+1, failures, "23 buckets, the password policy for two codes, a subnet")
}

func TestJSON(t *testing.T) {
	report := example(t)
	var b bytes.Buffer
	require.NoError(t, report.WriteJSON(&b))
	golden(t, "report.json", b.Bytes())
	var back Report
	require.NoError(t, json.Unmarshal(b.Bytes(), &back))
	assert.Equal(t, report, back, "nothing is lost")
}
