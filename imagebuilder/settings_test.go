package imagebuilder

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestZeroSettingsAreValid(t *testing.T) {
	require.NoError(t, new(Settings).Validate())
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	s := Settings{
		Off:                   map[string]string{"ssh-servr": "gone", "auditd": " ", "aide": "two\nlines"},
		Password:              Password{MaxDays: 91, MinDays: 31, WarnDays: 1, MinLength: 7, Classes: 5, Remember: 1},
		Lockout:               Lockout{Tries: 11, UnlockSeconds: 1},
		SSH:                   SSH{MaxTries: 9, AliveSeconds: 1, AliveCount: 9, LoginGraceSeconds: 600},
		SessionTimeoutSeconds: 900,
		Banner:                strings.Repeat("x", 1001),
		TimeServers:           []string{"169.254.169.123", "time; rm"},
		CryptoPolicy:          "LEGACY",
		KeepPackages:          []string{"nfs"},
		Administrators:        []string{"Some One"},
	}
	golden(t, "settings-faults.txt", s.Faults("goldenImage.hardening").Error()+"\n")
}

func TestPasswordsCanBeChangedInTime(t *testing.T) {
	s := Settings{Password: Password{MaxDays: 5}}
	require.ErrorContains(t, s.Validate(), "password.minDays")
	s.Password.MinDays = 1
	require.NoError(t, s.Validate())
}

// Values reach the scripts as they are, whatever stands in them.
func TestShellValuesAreQuoted(t *testing.T) {
	s := Settings{Banner: "it's $HOME `id` \"x\"\n두 번째 줄", KeepPackages: []string{"bind"}, SSH: SSH{AllowForwarding: true}, Password: Password{MaxDays: 60}}
	target, err := Target{}.effective()
	require.NoError(t, err)
	script := `printf '%s|%s|%s|%s' "$BANNER" "$SSH_FORWARDING" "$PASSWORD_MAX_DAYS" "${PASSWORD_MIN_DAYS}"
[[ " $UNNEEDED_PACKAGES " != *" bind "* && " $UNNEEDED_PACKAGES " = *" vsftpd "* && -z "${RELEASE_NOTES-}" ]]`
	settings := shell(s.variables(target), script)
	assert.NotContains(t, settings, "RELEASE=", "what the script does not use is not there")
	command := exec.Command("bash", "-c", settings+script)
	out, err := command.Output()
	require.NoError(t, err)
	assert.Equal(t, s.Banner+"|yes|60|7", string(out))
}

func TestTargets(t *testing.T) {
	for name, c := range map[string]struct {
		target Target
		fault  string
	}{
		"defaults":            {Target{}, ""},
		"pinned":              {Target{Release: "2023.9.20251117", Arch: X8664}, ""},
		"not a release":       {Target{Release: "2023"}, "release: \"2023\" is no release"},
		"Amazon Linux 2":      {Target{OS: AmazonLinux2}, "allowEndOfLife"},
		"allowed":             {Target{OS: AmazonLinux2, AllowEndOfLife: true}, ""},
		"2 with a release":    {Target{OS: AmazonLinux2, AllowEndOfLife: true, Release: "2023.9.20251117"}, "has no releases"},
		"another system":      {Target{OS: "debian"}, "os: \"debian\" is not known"},
		"another processor":   {Target{Arch: "riscv"}, "arch: \"riscv\" is not known"},
		"everything is wrong": {Target{OS: "debian", Arch: "riscv", Release: "9"}, "os: \"debian\" is not known: write amazon-linux-2023 or amazon-linux-2\narch: \"riscv\" is not known: write arm64 or x86_64\nrelease: \"9\" is no release"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.fault == "" {
				require.NoError(t, c.target.Validate())
			} else {
				require.ErrorContains(t, c.target.Validate(), c.fault)
			}
		})
	}
	assert.Equal(t, "arn:aws:imagebuilder:ap-northeast-2:aws:image/amazon-linux-2023-arm64/x.x.x", Target{}.ParentImage("aws", "ap-northeast-2"))
	assert.Equal(t, "arn:aws-cn:imagebuilder:cn-north-1:aws:image/amazon-linux-2-x86/x.x.x",
		Target{OS: AmazonLinux2, Arch: X8664, AllowEndOfLife: true}.ParentImage("aws-cn", "cn-north-1"))
}

// A setting makes new versions of the components that it is about, and of no others.
func TestSettingsChangeTheirComponents(t *testing.T) {
	all := rendered(t, Settings{}, Target{})
	var changed []string
	for name, c := range rendered(t, Settings{Password: Password{MaxDays: 60}}, Target{}) {
		if c.Version != all[name].Version {
			changed = append(changed, name)
		}
	}
	assert.ElementsMatch(t, []string{"hardening-accounts", checksComponent}, changed)
}
