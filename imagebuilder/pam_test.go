package imagebuilder

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What Amazon Linux has, as far as the rule reads it. authselect 1.3 has a line of its own for former passwords, which
// waits for a feature.
const (
	authselectStack = `auth        required                                     pam_faillock.so preauth silent                         {include if "with-faillock"}
auth        sufficient                                   pam_unix.so {if not "without-nullok":nullok}
auth        required                                     pam_faillock.so authfail                               {include if "with-faillock"}
account     required                                     pam_unix.so
password    requisite                                    pam_pwquality.so
password    requisite                                    pam_pwhistory.so use_authtok                           {include if "with-pwhistory"}
password    sufficient                                   pam_unix.so yescrypt shadow {if not "without-nullok":nullok} use_authtok
`
	authconfigStack = `auth        required      pam_env.so
auth        sufficient    pam_unix.so try_first_pass nullok
auth        required      pam_deny.so

account     required      pam_unix.so

password    requisite     pam_pwquality.so try_first_pass local_users_only retry=3 authtok_type=
password    sufficient    pam_unix.so try_first_pass use_authtok nullok sha512 shadow
password    required      pam_deny.so
`
)

// authselect makes the profile, and of it the stacks with the two features.
const authselect = `#!/usr/bin/env bash
set -euo pipefail
case $1 in
	create-profile)
		mkdir -p "$ETC/authselect/custom/golden-image"
		for stack in system-auth password-auth; do cp "$ETC/template" "$ETC/authselect/custom/golden-image/$stack"; done ;;
	current) exit 2 ;;
	select) ;;
	apply-changes)
		for stack in system-auth password-auth; do
			sed -E -e '/include if "with-pwhistory"/d' -e 's/\{if not[^}]*\}//; s/[[:space:]]*\{include[^}]*\}//' "$ETC/authselect/custom/golden-image/$stack" >"$ETC/pam.d/$stack"
		done ;;
	check) ;;
	*) exit 1 ;;
esac
`

func TestPAMProfile(t *testing.T) {
	for system, stack := range map[OS]string{AmazonLinux2023: authselectStack, AmazonLinux2: authconfigStack} {
		t.Run(string(system), func(t *testing.T) {
			machine := newPAM(t, system, stack)
			before, failed := machine.run(t, "check.sh")
			assert.True(t, failed)
			for _, says := range []string{"faillock first", "former passwords", "keys of accounts", "empty passwords"} {
				assert.Contains(t, before, says)
			}
			said, failed := machine.run(t, "apply.sh")
			require.False(t, failed, said)
			said, failed = machine.run(t, "check.sh")
			require.False(t, failed, said)
			first := mustRead(t, filepath.Join(machine.etc, "pam.d/system-auth"))
			golden(t, "pam/"+string(system), first)
			said, failed = machine.run(t, "apply.sh")
			require.False(t, failed, said)
			assert.Equal(t, first, mustRead(t, filepath.Join(machine.etc, "pam.d/system-auth")), "a second run changes nothing")
		})
	}
}

type pam struct{ dir, etc string }

func newPAM(t *testing.T, system OS, stack string) pam {
	t.Helper()
	dir := t.TempDir()
	m := pam{dir: dir, etc: filepath.Join(dir, "etc")}
	write := func(name, content string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o755))
	}
	settings := Settings{}
	all := ""
	for _, name := range []string{"apply.sh", "check.sh"} {
		script := text("rules/accounts/pam-profile/" + name)
		all += script
		write(name, strings.ReplaceAll(script, "/etc/", m.etc+"/"))
	}
	target, err := Target{OS: system, AllowEndOfLife: true}.effective()
	require.NoError(t, err)
	write("settings.sh", shell(settings.variables(target), all+text("lib.sh")))
	write("lib.sh", text("lib.sh"))
	write("expect.sh", text("expect.sh"))
	write("bin/authselect", authselect)
	write("bin/rpm", "#!/usr/bin/env bash\n")
	write("etc/template", stack)
	// As the distributions have it: a link to the tool's own file, before the rule without its features.
	for _, name := range []string{"system-auth", "password-auth"} {
		write("etc/pam.d/"+name+"-ac", strings.NewReplacer(`{if not "without-nullok":nullok}`, "nullok").Replace(withoutFeatures(stack)))
		require.NoError(t, os.Symlink(name+"-ac", filepath.Join(m.etc, "pam.d", name)))
	}
	return m
}

// withoutFeatures leaves out lines that wait for a feature.
func withoutFeatures(stack string) string {
	var b strings.Builder
	for line := range strings.Lines(stack) {
		if !strings.Contains(line, "{include if") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func (m pam) run(t *testing.T, script string) (said string, failed bool) {
	t.Helper()
	command := exec.Command("bash", filepath.Join(m.dir, script))
	command.Env = append(os.Environ(), "GOLDEN_IMAGE="+m.dir, "ETC="+m.etc, "PATH="+filepath.Join(m.dir, "bin")+":"+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	return string(out), err != nil
}
