package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// elsewhere are the commands of the five steps that the test does not run, and why.
var elsewhere = map[string]string{
	"make test":    "contains this test; what concerns the component is run below",
	"make preview": "needs the sandbox, which make e2e runs",
}

// TestFiveSteps runs what CONTRIBUTING.md says on a copy of the repository.
func TestFiveSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("links the tests of the stacks again and again")
	}
	house := clone(t)
	commands := fiveSteps(t, filepath.Join(house, "CONTRIBUTING.md"))
	require.Subset(t, commands, []string{"make new-component NAME=inventory", "make generate", "make test", "make preview"})
	for _, command := range commands {
		if elsewhere[command] == "" {
			said := sh(t, house, command)
			if strings.HasPrefix(command, "git diff") {
				require.Contains(t, said, "+aws:sqs/queue:Queue inventory")
			}
		}
	}
	sh(t, house, "go vet . ./components/inventory ./stacks && test -z \"$(gofmt -l components stacks)\"")
	sh(t, house, "go test ./components/inventory ./stacks ./internal/reference")
	// A file besides these was stale in the checkout: make generate-check tells which.
	changed := strings.Fields(sh(t, house, "git status --porcelain --untracked-files=all | cut -c4-"))
	require.ElementsMatch(t, []string{
		"components/inventory/doc.go", "components/inventory/example_test.go", "components/inventory/inventory.go",
		"components/inventory/inventory_test.go", "components/inventory/testdata/ExampleNew.json",
		"docs/components/README.md", "docs/components/inventory.md", "stacks/inventory.go", "stacks/run.go",
		"stacks/testdata/dev.resources", "stacks/testdata/local.resources", "stacks/testdata/prod.resources",
	}, changed)

	said, err := bash(house, "make new-component NAME=inventory")
	require.Error(t, err)
	require.Contains(t, said, "components/inventory is there already")
	require.Equal(t, changed, strings.Fields(sh(t, house, "git status --porcelain --untracked-files=all | cut -c4-")), "a second time changes nothing")
}

// clone copies the checkout as it is now, with what is not committed yet, into a repository of its own.
func clone(t *testing.T) string {
	t.Helper()
	house, err := filepath.Abs(t.TempDir())
	require.NoError(t, err)
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for file := range strings.SplitSeq(strings.TrimSpace(sh(t, root, "git ls-files --cached --others --exclude-standard")), "\n") {
		info, err := os.Stat(filepath.Join(root, file))
		if os.IsNotExist(err) {
			continue // removed, and not committed yet
		}
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(house, file)), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(house, file), text, info.Mode()))
	}
	sh(t, house, "git init -q && git add -A && git -c user.name=test -c user.email=test@example.com commit -q -m copy")
	return house
}

// fiveSteps are the commands of the section, in order. There are five steps.
func fiveSteps(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## Add a component in five steps\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	require.Len(t, regexp.MustCompile(`(?m)^[0-9]\. `).FindAllString(section, -1), 5)
	var commands []string
	for _, match := range regexp.MustCompile(`(?m)^ *\$ (.+)$`).FindAllStringSubmatch(section, -1) {
		commands = append(commands, match[1])
	}
	return commands
}

// sh runs a command that must succeed, and returns what it said.
func sh(t *testing.T, directory, command string) string {
	t.Helper()
	said, err := bash(directory, command)
	require.NoError(t, err, "%s\n%s", command, said)
	return said
}

func bash(directory, command string) (string, error) {
	shell := exec.Command("bash", "-euo", "pipefail", "-c", command)
	shell.Dir = directory
	said, err := shell.CombinedOutput()
	return string(said), err
}
