package imagebuilder

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// instance are stand-ins for what report.sh asks of an instance.
var instance = map[string]string{
	"curl": `case $* in
*api/token*) echo token ;;
*ami-id) echo ami-0123456789abcdef0 ;;
*instance-id) echo i-0123456789abcdef0 ;;
*placement/region) echo ap-northeast-2 ;;
esac`,
	"rpm":       "echo 2023.9.20251117",
	"uname":     `case $1 in -r) echo 6.1.158-178.288.amzn2023.aarch64 ;; *) echo aarch64 ;; esac`,
	"date":      "echo 2026-11-22T06:00:00Z",
	"systemctl": "exit 1",
}

// runReport runs report.sh with the settings' tables and checks that the test gives; the others pass.
func runReport(t *testing.T, settings Settings, checks map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o755))
	}
	for name, script := range instance {
		write("bin/"+name, "#!/usr/bin/env bash\n"+script+"\n")
	}
	write("report.sh", text("report.sh"))
	write("rules.tsv", rulesTable(&settings, AmazonLinux2023))
	write("controls.tsv", controlsTable(&settings, AmazonLinux2023))
	for _, rule := range Rules() {
		write("checks/"+rule.ID+".sh", checks[rule.ID])
	}
	reportScript(t, dir, "check")
	return dir
}

func reportScript(t *testing.T, dir, verb string) string {
	t.Helper()
	command := exec.Command("bash", filepath.Join(dir, "report.sh"), verb)
	command.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	out, err := command.Output()
	if verb != "verdict" {
		require.NoError(t, err, string(out))
	} else if err != nil {
		return "failed\n" + string(out)
	}
	return string(out)
}

func TestReport(t *testing.T) {
	dir := runReport(t, Settings{Off: map[string]string{"aide": "\"Falcon\" watches files instead"}, KeepPackages: []string{"postfix"}}, map[string]string{
		"ssh-server": "echo 'sshd: permitrootlogin is \"yes\", expected no'; echo 'second | line'; exit 1",
		"banner":     "exit 3",
	})
	system := regexp.MustCompile(`(?m)^PRETTY_NAME="?([^"\n]*)`).FindStringSubmatch(mustRead(t, "/etc/os-release"))[1]
	for _, name := range reportNames {
		golden(t, "report/"+name, strings.ReplaceAll(mustRead(t, filepath.Join(dir, "report", name)), system, "Amazon Linux 2023.9.20251117"))
	}
	report, err := ParseReport([]byte(mustRead(t, filepath.Join(dir, "report/report.json"))))
	require.NoError(t, err)
	assert.False(t, report.Compliant)
	assert.Equal(t, "ami-0123456789abcdef0", report.Image)
	assert.Equal(t, [3]int{len(Rules()) - 3, 2, 1}, [3]int{report.Passed, report.Failed, report.Off})
	byCode := map[string]Status{}
	for _, c := range report.Controls {
		byCode[c.Code] = c.Status
	}
	assert.Equal(t, StatusFailed, byCode["U-01"])
	assert.Equal(t, StatusNotApplicable, byCode["U-28"])
	assert.Equal(t, StatusPassed, byCode["U-67"])
	assert.Equal(t, StatusOff, byCode["U-47"], "postfix is kept, so nothing limits its relays")

	assert.Equal(t, "ami-0123456789abcdef0\n", reportScript(t, dir, "image"))
	verdict := reportScript(t, dir, "verdict")
	assert.True(t, strings.HasPrefix(verdict, "failed\na mandatory rule failed:\n"), verdict)
	assert.Contains(t, verdict, `"id":"ssh-server"`)
}

func TestVerdict(t *testing.T) {
	assert.Empty(t, reportScript(t, runReport(t, Settings{}, nil), "verdict"))

	long := runReport(t, Settings{}, map[string]string{"ssh-server": "for i in {1..2000}; do echo line $i; done; exit 1"})
	report, err := ParseReport([]byte(mustRead(t, filepath.Join(long, "report/report.json"))))
	require.NoError(t, err)
	for _, r := range report.Rules {
		if r.ID == "ssh-server" {
			assert.True(t, strings.HasSuffix(r.Detail, " ..."), "what is cut off is seen to be: %s", r.Detail[len(r.Detail)-20:])
		}
	}
	assert.Equal(t, 1, report.Failed)
	assert.Empty(t, reportScript(t, runReport(t, Settings{}, map[string]string{"hidden-files": "exit 1"}), "verdict"), "it is not mandatory")
	off := Settings{Off: map[string]string{"ssh-server": "not here"}}
	assert.Empty(t, reportScript(t, runReport(t, off, map[string]string{"ssh-server": "exit 1"}), "verdict"), "what is off fails nothing")
}

func TestParseReportIsStrict(t *testing.T) {
	for name, c := range map[string]struct{ content, fault string }{
		"not JSON":       {"no", "compliance report: invalid"},
		"another schema": {`{"schema":2}`, "schema 2 is not known"},
		"unknown field":  {`{"schema":1,"more":1}`, "unknown field"},
		"two reports":    {`{"schema":1}{"schema":1}`, "text after the end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseReport([]byte(c.content))
			assert.ErrorContains(t, err, c.fault)
		})
	}
	assert.Equal(t, "ami-1/report.json", ReportKey("ami-1"))
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}
