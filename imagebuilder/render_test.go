package imagebuilder

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rendered(t *testing.T, settings Settings, target Target) map[string]Component {
	t.Helper()
	components, err := Render(settings, target)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(components), MaxComponents)
	byName := map[string]Component{}
	for _, c := range components {
		byName[c.Name] = c
	}
	return byName
}

func TestDocuments(t *testing.T) {
	for dir, target := range map[string]Target{
		"al2023-arm64":         {},
		"al2023-x86_64-pinned": {Arch: X8664, Release: "2023.9.20251117"},
		"al2-x86_64":           {OS: AmazonLinux2, Arch: X8664, AllowEndOfLife: true},
	} {
		t.Run(dir, func(t *testing.T) {
			for name, c := range rendered(t, Settings{}, target) {
				golden(t, dir+"/"+name+".yaml", "# version "+c.Version+"\n"+c.Document)
				assert.Equal(t, strings.HasPrefix(name, "hardening-"), c.Inline(), "%s has %d characters", name, len([]rune(c.Document)))
				assert.LessOrEqual(t, len(c.Description), maxDescription)
			}
		})
	}
}

func TestOrderAndPhases(t *testing.T) {
	components, err := Render(Settings{}, Target{})
	require.NoError(t, err)
	var names []string
	for _, c := range components {
		names = append(names, c.Name)
		if strings.HasPrefix(c.Name, "hardening-") {
			assert.Equal(t, []Phase{PhaseBuild}, c.Phases)
			assert.Empty(t, c.Parameters)
		} else {
			assert.Equal(t, []Phase{PhaseTest}, c.Phases, "a test component has the phase test alone")
		}
	}
	assert.Equal(t, []string{"hardening-software", "hardening-accounts", "hardening-access", "hardening-system", "hardening-logging",
		"hardening-monitoring", "hardening-files", "compliance-checks", "compliance"}, names)
	last := components[len(components)-1]
	assert.Equal(t, ParameterReportLocation, last.Parameters[0].Name)
}

// A switch takes out its rule's two scripts, tells the report why, and changes nothing else.
func TestSwitches(t *testing.T) {
	all := rendered(t, Settings{}, Target{})
	for _, rule := range Rules() {
		some := rendered(t, Settings{Off: map[string]string{rule.ID: "the reason why"}}, Target{})
		mark := "# rule: " + rule.ID + "\n"
		for name, c := range all {
			other, there := some[name]
			switch {
			case name == "hardening-"+string(rule.Group) && rule.Apply != "":
				assert.Contains(t, c.Document, mark)
				assert.NotContains(t, other.Document, mark)
				if there {
					assert.NotEqual(t, c.Version, other.Version)
				} else {
					assert.Equal(t, 1, strings.Count(c.Document, "# rule: "), "only a group without rules has no component")
				}
			case name == checksComponent:
				assert.Contains(t, c.Document, mark)
				assert.NotContains(t, other.Document, mark)
			case name == ComplianceComponent:
				assert.Contains(t, other.Document, "\tthe reason why\n")
				assert.NotEqual(t, c.Version, other.Version)
			default:
				assert.Equal(t, c, other, "%s has nothing to do with %s", name, rule.ID)
			}
		}
	}
}

func TestRenderNamesAllFaults(t *testing.T) {
	_, err := Render(Settings{SessionTimeoutSeconds: 1}, Target{OS: AmazonLinux2})
	require.ErrorContains(t, err, "sessionTimeoutSeconds")
	require.ErrorContains(t, err, "allowEndOfLife")
}

func TestVersions(t *testing.T) {
	pattern := regexp.MustCompile(`^1\.(\d+)\.(\d+)$`)
	seen := map[string]bool{}
	for i := range 1000 {
		version := Version(strconv.Itoa(i))
		assert.Equal(t, version, Version(strconv.Itoa(i)))
		assert.False(t, seen[version])
		seen[version] = true
		for _, field := range pattern.FindStringSubmatch(version)[1:] {
			n, err := strconv.Atoi(field)
			require.NoError(t, err)
			assert.Less(t, n, 1<<30)
		}
	}
}

// What the agent's configuration says is what the stack is told.
func TestAgentConfiguration(t *testing.T) {
	script, err := Script("rules/monitoring/cloudwatch-agent/apply.sh")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(script, "<<-'END'\n")
	configuration, _, _ := strings.Cut(rest, "\nEND\n")
	var agent struct {
		Metrics struct {
			Namespace   string                     `json:"namespace"`
			Collected   map[string]json.RawMessage `json:"metrics_collected"`
			Aggregation [][]string                 `json:"aggregation_dimensions"`
		} `json:"metrics"`
		Logs struct {
			Collected struct {
				Files struct {
					List []struct {
						Path  string `json:"file_path"`
						Group string `json:"log_group_name"`
					} `json:"collect_list"`
				} `json:"files"`
			} `json:"logs_collected"`
		} `json:"logs"`
	}
	require.NoError(t, json.Unmarshal([]byte(configuration), &agent))
	assert.Equal(t, MetricNamespace, agent.Metrics.Namespace)
	for _, metric := range []string{"cpu", "mem", "disk", "net"} {
		assert.Contains(t, agent.Metrics.Collected, metric)
	}
	assert.Contains(t, agent.Metrics.Aggregation, []string{"ImageId"})
	groups := map[string][]string{}
	for _, file := range agent.Logs.Collected.Files.List {
		groups[file.Group] = append(groups[file.Group], file.Path)
	}
	assert.Equal(t, map[string][]string{
		LogGroupSystem:   {"/var/log/messages"},
		LogGroupSecurity: {"/var/log/audit/audit.log", "/var/log/sudo.log", "/var/log/aide/aide.log"},
		LogGroupAuth:     {"/var/log/secure"},
	}, groups)
	for _, metric := range LogMetrics() {
		assert.True(t, slices.Contains([]string{LogGroupSystem, LogGroupSecurity, LogGroupAuth}, metric.LogGroup), metric.Name)
	}
	aide, err := Script("rules/logging/aide/apply.sh")
	require.NoError(t, err)
	assert.Contains(t, aide, `say "files changed"`, "the metric FilesChanged counts the line")
}
