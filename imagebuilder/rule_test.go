package imagebuilder

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"assetguard/internal/compliance"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, "%s: go test ./imagebuilder -update, and look at the difference", name)
}

func TestRulesNameKnownCodes(t *testing.T) {
	ismsp := map[string]bool{}
	for _, m := range compliance.MapOf(compliance.ISMSP2023) {
		ismsp[m.Code.ID] = true
	}
	kisa := map[string]Control{}
	for _, c := range KISA() {
		kisa[c.Code] = c
	}
	seen := map[string]bool{}
	for _, r := range Rules() {
		assert.False(t, seen[r.ID], "%s stands there twice", r.ID)
		seen[r.ID] = true
		worst := SeverityLow
		for _, code := range r.KISA {
			assert.Contains(t, kisa, code, r.ID)
			if s := kisa[code].Severity; s == SeverityHigh || s == SeverityMedium && worst == SeverityLow {
				worst = s
			}
		}
		if len(r.KISA) > 0 {
			assert.Equal(t, worst, r.Severity, "%s is as severe as the worst of its codes", r.ID)
		}
		for _, code := range r.ISMSP {
			assert.True(t, ismsp[code], "%s: ISMS-P has no %s", r.ID, code)
		}
	}
}

func TestEveryControlIsTreated(t *testing.T) {
	counts := map[Treatment]int{}
	for _, c := range KISA() {
		counts[c.Treatment]++
	}
	assert.Equal(t, 67, counts[Enforced]+counts[Checked]+counts[NotApplicable])
	assert.Len(t, KISA(), 67)

	orphan := Control{Code: "U-99"}
	require.ErrorContains(t, orphan.treat(), "U-99 has no rule")
	both := Control{Code: "U-01", ReasonEn: "no", ReasonKo: "no"}
	require.ErrorContains(t, both.treat(), "U-01 is said to be not applicable, and ssh-server names it")
}

func TestHeadFaults(t *testing.T) {
	tree := fstest.MapFS{}
	for _, group := range Groups() {
		tree["rules/"+string(group)+"/fine/check.sh"] = &fstest.MapFile{Data: []byte("#!/usr/bin/env bash\n# rule: fine\n# title: a\n" +
			"# title-ko: b\n# severity: low\n# mandatory: no\n# switch: fine\n# isms-p: 2.5.1\n# os: amazon-linux-2023\n# proof: container\n")}
	}
	_, err := readRules(tree)
	require.NoError(t, err)
	tree["rules/access/broken/check.sh"] = &fstest.MapFile{Data: []byte("true\n")}
	tree["rules/access/broken/apply.sh"] = &fstest.MapFile{Data: []byte("#!/usr/bin/env bash\n# severity: grave\n# mandatory: perhaps\n# os: windows\n")}
	tree["rules/files/unchecked/apply.sh"] = &fstest.MapFile{}
	_, err = readRules(tree)
	golden(t, "head-faults.txt", err.Error()+"\n")
}

func TestScriptsAreStrictBash(t *testing.T) {
	for _, rule := range Rules() {
		for _, name := range []string{rule.Apply, rule.Check} {
			if name == "" {
				continue
			}
			source, err := Script(name)
			require.NoError(t, err)
			assert.Contains(t, source, "\nset -euo pipefail\n", name)
			assert.NotContains(t, source, "{{", "%s: AWSTOE would take it for a reference", name)
			assembled := script(name)
			assert.True(t, strings.HasPrefix(assembled, "# rule: "+rule.ID+"\n"), name)
			bash := exec.Command("bash", "-n")
			bash.Stdin = strings.NewReader(assembled)
			out, err := bash.CombinedOutput()
			assert.NoError(t, err, "%s: %s", name, out)
		}
	}
}

// TestLibrary runs functions of lib.sh in a directory of its own.
func TestLibrary(t *testing.T) {
	for name, c := range map[string]struct{ before, script, after string }{
		"a key is set in place":             {"a 1\nKEY old\nb 2\n", "set_key f KEY ' ' new", "a 1\nKEY new\nb 2\n"},
		"a key is set once":                 {"KEY = 1\n  KEY=2\n", "set_key f KEY ' = ' 3", "KEY = 3\n"},
		"what is commented out stays so":    {"# KEY = 1\n", "set_key f KEY ' = ' 2", "# KEY = 1\nKEY = 2\n"},
		"a longer key is another":           {"KEYS 1\n", "set_key f KEY ' ' 2", "KEYS 1\nKEY 2\n"},
		"a lead comes first":                {"x\n", "echo first | lead_file f", "first\n# golden image: end of what comes first\nx\n"},
		"a lead takes the place of another": {"x\n", "echo first | lead_file f; echo second | lead_file f", "second\n# golden image: end of what comes first\nx\n"},
		"the last value of a key counts":    {"KEY=1\nKEY = 2 \n", "value f KEY >>f", "KEY=1\nKEY = 2 \n2\n"},
		"no value is empty":                 {"KEYS=1\n", `echo "[$(value f KEY)]" >>f`, "KEYS=1\n[]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range map[string]string{"settings.sh": "", "lib.sh": text("lib.sh"), "expect.sh": text("expect.sh"), "f": c.before} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600))
			}
			for range 2 { // the second run changes nothing, except where it appends on purpose
				command := exec.Command("bash", "-c", "source ./expect.sh; "+c.script)
				command.Dir = dir
				out, err := command.CombinedOutput()
				require.NoError(t, err, string(out))
				if strings.Contains(c.script, ">>") {
					break
				}
			}
			after, err := os.ReadFile(filepath.Join(dir, "f"))
			require.NoError(t, err)
			assert.Equal(t, c.after, string(after))
		})
	}
}
