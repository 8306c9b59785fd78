package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const runSource = `package stacks

// declare is the table of contents.
func declare(c *pulumi.Context, settings *config.Settings) error {
	here, err := newSite(c, settings)
	if err != nil {
		return err
	}
	base, err := newFoundation(c, here, settings)
	if err != nil {
		return err
	}
	// The last word.
	return nil
}

func other() {}
`

// house is a small repository: an existing component and a stack.
func house(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{
		"components/alarm/alarm.go":       "package alarm\n",
		"stacks/run.go":                   runSource,
		"stacks/tagging.go":               "package stacks\n\nfunc newTrail() {}\n\ntype site struct{}\n\nvar (\n\tupdate = 1\n)\n",
		"stacks/testdata/local.resources": "assetguard:tagging:Autotag autotag\naws:sqs/queue:Queue autotag-dead\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(text), 0o600))
	}
	return root
}

// content is all that is below root, by path.
func content(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	}))
	return all
}

func TestNamesThatWillNotDoChangeNothing(t *testing.T) {
	root := house(t)
	before := content(t, root)
	for name, want := range map[string]string{
		"":                          "the name is missing: make new-component NAME=inventory",
		"Inventory":                 "small letters and digits, a letter first, such as inventory",
		"finding-routes":            "such as findingroutes",
		"finding_routes":            "such as findingroutes",
		"../alarm":                  "is no name of a component",
		"1st":                       "such as inventory",
		"x":                         "at least two small letters",
		"재고":                        "such as inventory",
		"a b":                       "such as ab",
		"Type":                      "such as inventory",
		"aaaaaaaaaaaaaaaaaaaaaaaaa": "has 25 characters: give at most 24",
		"range":                     `"range" is a word of Go`,
		"string":                    `"string" is a word of Go`,
		"new":                       `"new" is a word of Go`,
		"args":                      "means something else",
		"internal":                  "means something else",
		"example":                   "means something else",
		"home":                      "means something else",
		"alarm":                     "components/alarm is there already: choose another name, or remove what is there first",
		"tagging":                   "stacks/tagging.go is there already",
		"trail":                     `the name "trail" is taken: stacks/tagging.go declares newTrail; choose another name`,
		"site":                      "stacks/tagging.go declares site",
		"update":                    "stacks/tagging.go declares update",
		"autotag":                   "a stack has the resource assetguard:tagging:Autotag autotag",
	} {
		var said bytes.Buffer
		err := run(root, name, &said)
		require.ErrorContains(t, err, want, name)
		require.NotContains(t, err.Error(), "\n", "one error: %s", name)
		require.Empty(t, said.String())
	}
	require.Equal(t, before, content(t, root))
}

func TestEveryFileIsGo(t *testing.T) {
	root := house(t)
	for _, name := range []string{"inventory", "asset2", "ab", strings.Repeat("a", longest)} {
		p, err := newPlan(root, name)
		require.NoError(t, err)
		require.Len(t, p.files, 6)
		for _, f := range p.files {
			_, err := parser.ParseFile(token.NewFileSet(), f.path, f.content, parser.AllErrors)
			require.NoError(t, err)
		}
	}
	p, err := newPlan(root, "inventory")
	require.NoError(t, err)
	require.Equal(t, "an Inventory", p.A())
	var said bytes.Buffer
	require.NoError(t, tell(&said, p))
	for _, want := range []string{"components/inventory/", "stacks/inventory.go", "docs/components/inventory.md", "make preview"} {
		assert.Contains(t, said.String(), want)
	}
}

func TestTheCallStandsBeforeTheEndOfWhatMakesTheFoundation(t *testing.T) {
	wired, err := wire([]byte(runSource), "inventory")
	require.NoError(t, err)
	require.Equal(t, strings.Replace(runSource, "	// The last word.\n	return nil\n",
		"	// The last word.\n	if err := newInventory(c, here, base); err != nil {\n		return fmt.Errorf(\"inventory: %w\", err)\n	}\n	return nil\n", 1),
		string(wired))

	_, err = wire([]byte(strings.Replace(runSource, "newFoundation", "newBase", 1)), "inventory")
	require.ErrorContains(t, err, "stacks/run.go has no function with `foundation, err := newFoundation(ctx, home, ...)`")
	_, err = wire([]byte("packag"), "inventory")
	require.ErrorContains(t, err, "expected 'package'")
}

func TestWhatCannotBeWrittenWholeIsNotWritten(t *testing.T) {
	root := house(t)
	before := content(t, root)
	p, err := newPlan(root, "inventory")
	require.NoError(t, err)
	p.files[4].path = "stacks/run.go/inventory.go" // below a file
	require.ErrorContains(t, p.write(root), "nothing is changed")
	require.Equal(t, before, content(t, root))
	require.NoDirExists(t, filepath.Join(root, "components", "inventory"))
}

func TestWrittenFilesAreNamedWhenACommandFails(t *testing.T) {
	root := house(t)
	var said bytes.Buffer
	err := run(root, "inventory", &said) // the small house is no Go module
	require.ErrorContains(t, err, "the files of inventory are written, but `go test ./components/inventory ./stacks -update` fails")
	require.ErrorContains(t, err, "go.mod")
	require.FileExists(t, filepath.Join(root, "components", "inventory", "inventory.go"))
}
