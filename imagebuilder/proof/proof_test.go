package proof

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assetguard/imagebuilder"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// target is Amazon Linux 2023 on the processor of the proof.
var target = imagebuilder.Target{Arch: imagebuilder.X8664}

// provable are the rules that a container can prove, without what only an instance can.
func provable() []imagebuilder.Rule {
	return slices.DeleteFunc(slices.Clone(imagebuilder.Rules()), func(r imagebuilder.Rule) bool {
		return r.Proof == imagebuilder.ProofInstance || !r.On(imagebuilder.AmazonLinux2023)
	})
}

// settings switch off what a container cannot run, and more.
func settings(more ...string) imagebuilder.Settings {
	off := map[string]string{}
	for _, rule := range imagebuilder.Rules() {
		if rule.Proof == imagebuilder.ProofInstance {
			off[rule.ID] = "only an instance can prove it"
		}
	}
	for _, id := range more {
		off[id] = "switched off by the proof"
	}
	return imagebuilder.Settings{Off: off}
}

func render(t *testing.T, settings imagebuilder.Settings) []imagebuilder.Component {
	t.Helper()
	components, err := imagebuilder.Render(settings, target)
	require.NoError(t, err)
	return components
}

// violations are what checks say of violate/ and of Debian as it is: they fail for that, and not for a fault of their own.
var violations = map[string][]string{
	"banner":             {"/etc/issue is a link", "/etc/issue.net is not the banner"},
	"environment-files":  {"/home/editor/.bashrc has mode 666"},
	"groups-exist":       {"nobody belongs to the group nobodys"},
	"hidden-files":       {"/var/tmp/... is hidden"},
	"home-directories":   {"/home/homeless of homeless does not exist", "/home/opened has mode 777"},
	"log-files":          {"/var/log/loose.log has mode 666", "/var/log/stolen.log belongs to", "everybody can write to /var/log/open"},
	"network-files":      {"/etc/hosts has mode 666", "/etc/hosts.allow has mode 666", "/etc/xinetd.conf has mode 644", "/etc/hosts.lpd has mode 644", "/etc/exports gives to every host"},
	"network-parameters": {"net.ipv4.ip_forward is 1", "net.ipv4.tcp_syncookies is 0", "/proc/sys/net/ipv6/conf/lo/accept_redirects is not 0"},
	"password-hash":      {"ENCRYPT_METHOD is MD5"},
	"password-policy":    {"the password of older lasts 99999", "PASS_MIN_DAYS is 0", "package libpwquality is not installed"},
	"root-home":          {"/root has mode 755", "the PATH of root has the current directory"},
	"rsyslog":            {"package rsyslog is not installed", "/etc/rsyslog.d/21-cloudinit.conf has mode 644"},
	"scheduler-files":    {"/etc/cron.allow does not name root alone", "/usr/bin/crontab has mode", "/var/spool/cron/loose has mode 666"},
	"session-timeout":    {"a login shell has TMOUT 0", "a shell can switch off TMOUT"},
	"set-id-files":       {"/var/tmp/rootshell", "/usr/local/bin/rootshell", "/usr/bin/chsh runs"},
	"shadowed-passwords": {"open has no password and is not locked"},
	"ssh-server":         {"permitrootlogin is yes", "passwordauthentication is yes", "maxauthtries is 6", "clientaliveinterval is 0"},
	"su":                 {"/etc/pam.d/su lets everybody use su"},
	"trust-files":        {"/etc/hosts.equiv exists", "/root/.rhosts exists"},
	"umask":              {"a login shell has the umask 0022", "/etc/bashrc or /etc/profile sets a wider umask"},
	"unneeded-packages":  {"package telnet is installed", "package tftp-server is installed"},
	"world-writable":     {"/srv/open can be written", "in /srv/shared everybody"},
}

func scripts(t *testing.T, tr *tree, dir string) {
	t.Helper()
	names, err := filepath.Glob(dir + "/*.sh")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	var all []string
	for _, name := range names {
		script, err := os.ReadFile(name)
		require.NoError(t, err)
		all = append(all, string(script))
	}
	require.NoError(t, tr.run(all...), dir)
}

func TestRules(t *testing.T) {
	machine(t)
	t.Parallel()
	tr := newTree(t, baseTree(t))
	components := render(t, settings())
	scripts(t, tr, "violate")

	compliance(t, tr, components)
	tr.boot(t, "before")
	before := report(t, tr)
	for _, rule := range provable() {
		found := result(t, before, rule.ID)
		assert.Equal(t, imagebuilder.StatusFailed, found.Status, "before it is applied, the check of %s fails", rule.ID)
		for _, violation := range violations[rule.ID] {
			assert.Contains(t, found.Detail, violation, "the check of %s names what violate/ did", rule.ID)
		}
	}
	assert.False(t, before.Compliant)
	assert.Equal(t, "not compliant", tr.read(t, "verdict"))

	apply(t, tr, components, true)
	first := tr.stamps(t)
	apply(t, tr, components, false)
	assert.Empty(t, changed(first, tr.stamps(t)), "a second run changes nothing")

	scripts(t, tr, "repair")
	compliance(t, tr, components)
	tr.boot(t, "after")
	after := report(t, tr)
	for _, rule := range provable() {
		found := result(t, after, rule.ID)
		assert.Equal(t, imagebuilder.StatusPassed, found.Status, "after it is applied, the check of %s passes: %s", rule.ID, found.Detail)
	}
	assert.True(t, after.Compliant)
	assert.Equal(t, "compliant", tr.read(t, "verdict"))
	tried := tr.read(t, "tried")
	for line := range strings.Lines(tried) {
		if name, failed := strings.CutPrefix(strings.TrimSpace(line), "FAIL "); failed {
			assert.Fail(t, name, tr.read(t, name+".log"))
		}
	}
	assert.Len(t, strings.Fields(tried), 2*16, tried)
	t.Logf("%d rules failed before and passed after:\n%s", len(provable()), tried)
}

// TestSwitches applies the documents with every second rule off, and then with the others off.
func TestSwitches(t *testing.T) {
	machine(t)
	t.Parallel()
	base := baseTree(t)
	for _, parity := range []int{0, 1} {
		t.Run(fmt.Sprint(parity), func(t *testing.T) {
			t.Parallel()
			var on, off []imagebuilder.Rule
			var ids []string
			for i, rule := range provable() {
				if i%2 == parity {
					off, ids = append(off, rule), append(ids, rule.ID)
				} else {
					on = append(on, rule)
				}
			}
			tr := newTree(t, base)
			scripts(t, tr, "violate")
			before := tr.stamps(t)
			apply(t, tr, render(t, settings(ids...)), false)
			after := tr.stamps(t)
			touched := changed(before, after)
			for _, name := range touched {
				assert.True(t, covered(on, name, before, after), "no rule that is on may change %s", name)
				if named(off, name) {
					assert.True(t, claimed(on, name, before, after), "%s belongs to a rule that is off", name)
				}
			}
			assert.NotEmpty(t, touched)
			t.Logf("%d rules off, %d on: %d files changed, all of them by rules that are on", len(off), len(on), len(touched))
		})
	}
}

// apply runs the build phase of all components. Confined, each rule must have something to do and keep to its files.
func apply(t *testing.T, tr *tree, components []imagebuilder.Component, confined bool) {
	t.Helper()
	rules := map[string]imagebuilder.Rule{}
	for _, rule := range imagebuilder.Rules() {
		rules[strings.ReplaceAll(rule.ID, "-", "")] = rule
	}
	for i := range components {
		all := steps(t, &components[i], imagebuilder.PhaseBuild)
		if !confined {
			do(t, tr, all)
			continue
		}
		for _, s := range all {
			rule, isRule := rules[strings.ToLower(s.Name)]
			if !isRule {
				do(t, tr, []step{s})
				continue
			}
			before := tr.stamps(t)
			do(t, tr, []step{s})
			after := tr.stamps(t)
			touched := changed(before, after)
			assert.NotEmpty(t, touched, "%s has something to do", rule.ID)
			for _, name := range touched {
				assert.True(t, covered([]imagebuilder.Rule{rule}, name, before, after), "%s changes %s, which its head does not name", rule.ID, name)
			}
		}
	}
}

// changed are the names of files that differ, appeared or vanished.
func changed(before, after map[string]stamp) []string {
	var names []string
	for name, stamp := range after {
		if was, there := before[name]; !there || was != stamp {
			names = append(names, name)
		}
	}
	for name := range maps.Keys(before) {
		if _, there := after[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// covered tells whether one of the rules may have changed the file: its head claims it, or names packages, whose files
// may be anywhere below the usual directories.
func covered(rules []imagebuilder.Rule, name string, before, after map[string]stamp) bool {
	top, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	installs := slices.ContainsFunc(rules, func(r imagebuilder.Rule) bool { return len(r.Packages) > 0 })
	return installs && slices.Contains([]string{"boot", "etc", "srv", "usr", "var"}, top) || claimed(rules, name, before, after)
}

// claimed tells whether the head of one of the rules has a pattern for how the file changed.
func claimed(rules []imagebuilder.Rule, name string, before, after map[string]stamp) bool {
	was, there := before[name]
	is, stays := after[name]
	onlyModes := there && stays && was.size == is.size && was.modified.Equal(is.modified) && was.target == is.target
	return slices.ContainsFunc(rules, func(r imagebuilder.Rule) bool {
		return slices.ContainsFunc(r.Files, func(pattern string) bool {
			modes, limited := strings.CutPrefix(pattern, "modes:")
			return covers(modes, name) && (!limited || onlyModes)
		})
	})
}

// named tells whether one of the rules names the file itself, not only a directory above it.
func named(rules []imagebuilder.Rule, name string) bool {
	return slices.ContainsFunc(rules, func(r imagebuilder.Rule) bool { return slices.Contains(r.Files, name) })
}

// covers tells whether a pattern of a rule's head means the file: /** stands for all below, * is in a name.
func covers(pattern, name string) bool {
	if below, all := strings.CutSuffix(pattern, "/**"); all && (strings.HasPrefix(name, below+"/") || name == below) {
		return true
	}
	if match, err := path.Match(pattern, name); err == nil && match {
		return true
	}
	return strings.HasPrefix(pattern, name+"/") // the directory of a file that is made
}

func report(t *testing.T, tr *tree) *imagebuilder.Report {
	t.Helper()
	parsed, err := imagebuilder.ParseReport([]byte(tr.read(t, "report.json")))
	require.NoError(t, err)
	require.Len(t, parsed.Controls, 67)
	for _, name := range []string{"report.en.md", "report.ko.md"} {
		require.Contains(t, tr.read(t, name), "U-67")
	}
	return parsed
}

func result(t *testing.T, report *imagebuilder.Report, id string) imagebuilder.Result {
	t.Helper()
	i := slices.IndexFunc(report.Rules, func(r imagebuilder.Result) bool { return r.ID == id })
	require.GreaterOrEqual(t, i, 0, id)
	return report.Rules[i]
}
