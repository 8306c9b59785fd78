package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// workflow is what the rules below read of a workflow, or of a composite action.
type workflow struct {
	On          yaml.Node `yaml:"on"`
	Permissions yaml.Node `yaml:"permissions"`
	Concurrency any       `yaml:"concurrency"`
	Jobs        map[string]job
	Runs        struct{ Steps []use } `yaml:"runs"`
}

type job struct {
	Permissions map[string]string
	Timeout     int    `yaml:"timeout-minutes"`
	Environment string // a name only
	Concurrency any    `yaml:"concurrency"`
	Uses        string
	With        map[string]any
	Steps       []use
}

type use struct {
	Uses string
	Run  string
	With map[string]any
}

func parse(t *testing.T, text string) workflow {
	t.Helper()
	var w workflow
	require.NoError(t, yaml.Unmarshal([]byte(text), &w))
	return w
}

// triggers are the events that start a workflow.
func (w workflow) triggers() []string {
	switch w.On.Kind {
	case yaml.ScalarNode:
		return []string{w.On.Value}
	case yaml.SequenceNode, yaml.MappingNode:
		var names []string
		for i, node := range w.On.Content {
			if w.On.Kind == yaml.SequenceNode || i%2 == 0 {
				names = append(names, node.Value)
			}
		}
		return names
	default:
		return nil
	}
}

var (
	usesLine = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(\S+)(.*)$`)
	pinned   = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	version  = regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`)
)

// unpinned lists the actions that are not named by the hash of a commit with its version beside it. A tag can be
// moved to other code by whoever takes over the action's repository.
func unpinned(text string) []string {
	var faults []string
	for _, match := range usesLine.FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(match[1], "./") {
			continue
		}
		if !pinned.MatchString(match[1]) || !version.MatchString(match[2]) {
			faults = append(faults, fmt.Sprintf("%s%s: want owner/name@<40 hex digits> # vX.Y.Z", match[1], match[2]))
		}
	}
	return faults
}

// unsafe lists what a workflow must not have.
func unsafe(w workflow) []string {
	var faults []string
	for _, trigger := range []string{"pull_request_target", "workflow_run", "issue_comment"} {
		if slices.Contains(w.triggers(), trigger) {
			faults = append(faults, trigger+": it gives what comes from a fork this repository's rights")
		}
	}
	if w.Permissions.Kind != yaml.MappingNode || len(w.Permissions.Content) != 0 {
		faults = append(faults, "permissions: want {} at the top, and in each job what it needs")
	}
	deploys := slices.ContainsFunc(slices.Collect(maps.Values(w.Jobs)), func(j job) bool { return j.Environment != "" })
	switch {
	case deploys && w.Concurrency != nil:
		faults = append(faults, "concurrency: a run that waits for an approval holds it, and later runs do not begin: give it to the jobs with an environment")
	case !deploys && w.Concurrency == nil && !slices.Equal(w.triggers(), []string{"workflow_call"}):
		faults = append(faults, "concurrency: missing")
	}
	for name, j := range w.Jobs {
		faults = append(faults, unsafeJob(name, j)...)
	}
	slices.Sort(faults)
	return faults
}

func unsafeJob(name string, j job) []string {
	var faults []string
	if j.Permissions == nil {
		faults = append(faults, name+": permissions: missing")
	}
	if j.Timeout == 0 && j.Uses == "" {
		faults = append(faults, name+": timeout-minutes: missing")
	}
	if j.Environment != "" && j.Concurrency == nil {
		faults = append(faults, name+": concurrency: missing: two runs may deploy at once")
	}
	writes := slices.DeleteFunc([]string{"contents", "issues", "pull-requests"}, func(scope string) bool { return j.Permissions[scope] != "write" })
	if j.Permissions["id-token"] == "write" && len(writes) > 0 {
		faults = append(faults, fmt.Sprintf("%s: permissions: %s beside id-token: who can reach AWS must not write to GitHub", name, writes))
	}
	for _, step := range j.Steps {
		if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
			faults = append(faults, name+": checkout: want persist-credentials: false")
		}
		if strings.Contains(step.Run, "pulumi ") && strings.Contains(step.Run, "--diff") {
			faults = append(faults, name+": --diff: the log would have values that nobody masked; go run ./ci preview shows the diff")
		}
	}
	return faults
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{".."}, elements...)...))
	require.NoError(t, err)
	return string(data)
}

// files are the paths below the repository that match.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := fs.Glob(os.DirFS(".."), pattern)
	require.NoError(t, err)
	require.NotEmpty(t, found, pattern)
	return found
}

func TestActionsArePinned(t *testing.T) {
	hashes := map[string]string{}
	for _, file := range append(files(t, ".github/workflows/*.yml"), files(t, ".github/actions/*/action.yml")...) {
		text := read(t, file)
		assert.Empty(t, unpinned(text), file)
		for _, match := range usesLine.FindAllStringSubmatch(text, -1) {
			name, hash, remote := strings.Cut(match[1], "@")
			if !remote {
				continue
			}
			if known, ok := hashes[name]; ok {
				assert.Equal(t, known, hash+match[2], "%s: %s in two versions", file, name)
			}
			hashes[name] = hash + match[2]
		}
	}
	assert.NotEmpty(t, hashes)
}

func TestWorkflowsAreSafe(t *testing.T) {
	for _, file := range files(t, ".github/workflows/*.yml") {
		assert.Empty(t, unsafe(parse(t, read(t, file))), file)
	}
}

// The rules above, against what they are there for.
func TestRulesRefuse(t *testing.T) {
	const hash = "08c6903cd8c0fde910a37f88322edcfb5dd907a8"
	for _, uses := range []string{
		"actions/checkout@v5", "actions/checkout@main # v5.0.0", "actions/checkout@" + hash, "actions/checkout@" + hash[:39] + " # v5.0.0",
		"actions/checkout@" + hash + " # v5", "actions/checkout", "docker://alpine:3",
	} {
		assert.Len(t, unpinned("    steps:\n      - uses: "+uses+"\n"), 1, uses)
	}
	broken := parse(t, `
on: {pull_request_target: {branches: [main]}, push: {}}
permissions: {contents: write}
jobs:
  foreign:
    steps:
      - uses: actions/checkout@`+hash+` # v5.0.0
  mighty:
    timeout-minutes: 5
    permissions: {id-token: write, pull-requests: write}
    steps:
      - run: pulumi up --yes --diff
`)
	assert.Equal(t, []string{
		"concurrency: missing",
		"foreign: checkout: want persist-credentials: false",
		"foreign: permissions: missing",
		"foreign: timeout-minutes: missing",
		"mighty: --diff: the log would have values that nobody masked; go run ./ci preview shows the diff",
		"mighty: permissions: [pull-requests] beside id-token: who can reach AWS must not write to GitHub",
		"permissions: want {} at the top, and in each job what it needs",
		"pull_request_target: it gives what comes from a fork this repository's rights",
	}, unsafe(broken))
	waiting := unsafe(parse(t, "on: push\npermissions: {}\nconcurrency: deploy\njobs: {prod: {environment: prod, timeout-minutes: 5, permissions: {}}}"))
	require.Len(t, waiting, 2)
	assert.Contains(t, waiting[0], "a run that waits for an approval holds it")
	assert.Contains(t, waiting[1], "prod: concurrency: missing")
	assert.Contains(t, unsafe(parse(t, "on: [push, workflow_run]"))[2], "workflow_run")
	assert.Contains(t, unsafe(parse(t, "on: issue_comment"))[1], "issue_comment")
}

var roleVariable = regexp.MustCompile(`^\$\{\{ vars\.ASSETGUARD_([A-Z]+)_(PREVIEW|DEPLOY)_ROLE \}\}$`)

// subjects returns what GitHub's token says of a job, behind "repo:owner/name:".
// https://docs.github.com/en/actions/reference/security/oidc
func subjects(w workflow, j job) []string {
	if j.Environment != "" {
		return []string{"environment:" + j.Environment}
	}
	var subjects []string
	for _, trigger := range w.triggers() {
		if trigger == "pull_request" {
			subjects = append(subjects, "pull_request")
		} else {
			subjects = append(subjects, "ref:refs/heads/main")
		}
	}
	return subjects
}

// Each job that takes a role is one that the role's trust lets in, and the trust lets in nothing that no job needs.
func TestTrustFitsTheWorkflows(t *testing.T) {
	needed := map[string]map[string]bool{"PREVIEW": {}, "DEPLOY": {}}
	for _, file := range files(t, ".github/workflows/*.yml") {
		w := parse(t, read(t, file))
		for name, j := range w.Jobs {
			steps := j.Steps
			if j.Uses != "" {
				steps = append(steps, use{Uses: j.Uses, With: j.With})
			}
			for _, step := range steps {
				role := roleVariable.FindStringSubmatch(fmt.Sprint(step.With["role"]))
				if role == nil {
					continue
				}
				assert.Equal(t, "write", j.Permissions["id-token"], "%s: %s", file, name)
				for _, subject := range subjects(w, j) {
					needed[role[2]][strings.Replace(subject, strings.ToLower(role[1]), "${Stack}", 1)] = true
				}
			}
		}
	}
	assert.Equal(t, map[string]map[string]bool{"PREVIEW": trusted(t, "PreviewRole"), "DEPLOY": trusted(t, "DeployRole")}, needed)
}

// trusted are the subjects that a role of the bootstrap trusts.
func trusted(t *testing.T, role string) map[string]bool {
	t.Helper()
	var template struct {
		Resources map[string]struct {
			Properties struct {
				Trust struct {
					Statement []struct {
						Condition struct {
							StringEquals map[string]yaml.Node `yaml:"StringEquals"`
						} `yaml:"Condition"`
					} `yaml:"Statement"`
				} `yaml:"AssumeRolePolicyDocument"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "account", "bootstrap.yaml")), &template))
	statements := template.Resources[role].Properties.Trust.Statement
	require.Len(t, statements, 1)
	node := statements[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]
	values := []*yaml.Node{&node}
	if node.Kind == yaml.SequenceNode {
		values = node.Content
	}
	subjects := map[string]bool{}
	for _, value := range values {
		subject, ok := strings.CutPrefix(value.Value, "repo:${Repository}:")
		require.True(t, ok, value.Value)
		subjects[subject] = true
	}
	return subjects
}

// Dependabot looks into every module and every action of ours.
func TestUpdatesCoverEverything(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, ".github", "dependabot.yml")), &config))
	patterns := map[string][]string{}
	for _, update := range config.Updates {
		patterns[update.Ecosystem] = append(update.Directories, update.Directory)
	}
	covered := func(ecosystem, directory string) bool {
		return slices.ContainsFunc(patterns[ecosystem], func(pattern string) bool {
			matches, err := path.Match(pattern, directory)
			require.NoError(t, err)
			return matches
		})
	}
	wanted := map[string]string{"go.mod": "gomod", "package.json": "npm", "requirements.txt": "pip", "action.yml": "github-actions"}
	require.NoError(t, filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".sandbox", "build", "testdata", "node_modules"}, entry.Name()) {
			return filepath.SkipDir
		}
		if ecosystem, ok := wanted[entry.Name()]; ok && !entry.IsDir() {
			directory := "/" + filepath.ToSlash(strings.TrimPrefix(filepath.Dir(file), ".."))
			directory = path.Clean(directory)
			assert.True(t, covered(ecosystem, directory), "%s: add %s to the directories of %s in .github/dependabot.yml", file, directory, ecosystem)
		}
		return nil
	}))
	assert.True(t, covered("github-actions", "/"), "the workflows")
}

// The workflows install what the sandbox is proven with.
func TestVersionsAgree(t *testing.T) {
	cli := regexp.MustCompile(`github.com/pulumi/pulumi/pkg/v3 v(\S+)`).FindStringSubmatch(read(t, "tools", "pulumi", "go.mod"))
	require.NotNil(t, cli)
	assert.Contains(t, read(t, ".github", "actions", "toolchain", "action.yml"), "pulumi-version: "+cli[1]+"\n")
	assert.Contains(t, read(t, "sandbox", "engine", "cli.go"), `const Version = "v`+cli[1]+`"`)
	moto := regexp.MustCompile(`(?m)^(?:const )?\s*Version\s*= "([\d.]+)"`).FindStringSubmatch(read(t, "sandbox", "emulator", "python.go"))
	require.NotNil(t, moto)
	assert.Contains(t, read(t, ".github", "requirements.txt"), "moto[server]=="+moto[1]+"\n")
	terraform := regexp.MustCompile(`(?m)^\tVersion = ("[\d.]+")`).FindStringSubmatch(read(t, "sandbox", "provider", "terraform", "locate.go"))
	require.NotNil(t, terraform)
	assert.Contains(t, read(t, ".github", "mirror", "versions.tf"), "version = "+terraform[1]+"\n")
}
