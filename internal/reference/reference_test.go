package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

func TestCommittedPagesAreCurrent(t *testing.T) {
	documents, err := render(root)
	require.NoError(t, err)
	components, err := filepath.Glob(filepath.Join(root, "components", "*"))
	require.NoError(t, err)
	require.Len(t, documents, len(components)+1, "a page for each component, and the index")
	for name, content := range documents {
		committed, err := os.ReadFile(filepath.Join(root, pages, name))
		require.NoError(t, err, "run go generate ./internal/reference")
		assert.Equal(t, string(content), string(committed), "%s: run go generate ./internal/reference", name)
	}
}

// shelf is a component that reads well. The tests change it.
const shelf = `// Package shelf makes shelves: one above the other.
package shelf

// Args of a Shelf.
type Args struct {
	Width  int // in millimetres: 300 to 900
	Boards []Board
	// Colour is how it is painted. Optional: it is not.
	Colour string
}

// Board of a shelf.
type Board struct {
	Thick int // in millimetres
}

// Shelf holds | things.
type Shelf struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput ` + "`pulumi:\"arn\"`" + ` // of the shelf
}

// New declares the shelf.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Shelf, error) {
	return nil, nil
}
`

const shelfExample = `package shelf_test

// A shelf for books.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		// The width of two books.
		_, err := shelf.New(ctx, "books", &shelf.Args{
			Width:  600,
			Boards: []shelf.Board{{Thick: 20}},
		})
		return err
	})
	// Output:
}
`

const shelfEvidence = `{"resources": ["assetguard:shelf:Shelf books", "aws:iam/role:Role a", "aws:iam/role:Role b"],
"grants": [{"in": "aws:iam/role:Role a", "sid": "Read", "actions": ["s3:GetObject"], "on": ["*"]}]}`

// house writes the sources of the component shelf and returns the root above it.
func house(t *testing.T, source, example, evidence string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"shelf.go": strings.Replace(source, "Boards []Board\n", "Boards []Board // from below\n", 1), "example_test.go": example,
		"testdata/ExampleNew.json": evidence,
	} {
		file := filepath.Join(root, "components", "shelf", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return root
}

func TestPage(t *testing.T) {
	root := house(t, shelf, shelfExample, shelfEvidence)
	stale := filepath.Join(root, pages, "gone.md")
	require.NoError(t, os.MkdirAll(filepath.Dir(stale), 0o750))
	require.NoError(t, os.WriteFile(stale, nil, 0o600))
	require.NoError(t, write(root))
	require.NoFileExists(t, stale)
	text, err := os.ReadFile(filepath.Join(root, pages, "shelf.md"))
	require.NoError(t, err)
	page := string(text)
	for _, want := range []string{
		"\n# shelf\n\nMakes shelves: one above the other.\n",
		"## Shelf\n\nShelf holds | things.\n\n```go\nshelf.New(ctx, name, &shelf.Args{...}, opts...)\n```\n\nNew declares the shelf.\n",
		"### Args\n\n| Argument | Type | Required | Default | Meaning |\n|---|---|---|---|---|\n" +
			"| `Width` | `int` | yes | – | In millimetres: 300 to 900. |\n| `Boards` | `[]Board` | yes | – | From below. |\n" +
			"| `Colour` | `string` | no | it is not | How it is painted. |\n",
		"### Board\n\n| Argument", "| `Thick` | `int` | yes | – | In millimetres. |",
		"| `Arn` | `pulumi.StringOutput` | `arn` | Of the shelf. |",
		"### Example: A shelf for books.\n\n```go\n// The width of two books.\n_, err := shelf.New(ctx, \"books\", &shelf.Args{\n\tWidth:  600,\n",
		"| `aws:iam/role:Role` | `a`<br>`b` |", "| Role `a` | Read | the role | `s3:GetObject` | any resource | – |",
	} {
		assert.Contains(t, page, want)
	}
	index, err := os.ReadFile(filepath.Join(root, pages, "README.md"))
	require.NoError(t, err)
	assert.Contains(t, string(index), "| [shelf](shelf.md) | Shelf | Makes shelves: one above the other. |")
}

func TestWhatReadsBadlyIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, from, to, want string }{
		"field":          {shelf, " // in millimetres: 300 to 900", "", "Args.Width has no comment: say its shape, its unit"},
		"inner field":    {shelf, " // in millimetres\n", "\n", "Board.Thick has no comment"},
		"default only":   {shelf, "Colour is how it is painted. ", "", "Args.Colour has no comment"},
		"output":         {shelf, " // of the shelf", "", "Shelf.Arn has no comment: say what it is"},
		"package":        {shelf, "// Package shelf makes shelves: one above the other.\n", "", "no package comment"},
		"constructor":    {shelf, "func New(ctx *pulumi.Context", "func Put(ctx *pulumi.Context", "no function New... that takes a *pulumi.Context"},
		"not said":       {shelf, " Optional: it is not.", "", "Args.Colour is left out by ExampleNew, which passes"},
		"never left out": {shelfExample, "600,\n", "600, Colour: \"red\",\n", "Args.Colour is said to be optional, but every example gives it"},
		"no example":     {shelfExample, "func ExampleNew()", "func show()", "New has no example: add ExampleNew to example_test.go"},
		"other code":     {shelfExample, "return err\n\t})\n", "return err\n\t})\n\tprintln()\n", "its only statement must be example.Run(func...)"},
		"no evidence":    {shelfEvidence, shelfEvidence, "", "run `go test ./components/shelf -update`"},
		"no Go":          {shelf, "package shelf", "packag", "expected 'package'"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, c.file, c.from)
			files := []string{shelf, shelfExample, shelfEvidence}
			for i, file := range files {
				if file == c.file {
					files[i] = strings.Replace(file, c.from, c.to, 1)
				}
			}
			root := house(t, files[0], files[1], files[2])
			err := write(root)
			require.ErrorContains(t, err, c.want)
			require.NoDirExists(t, filepath.Join(root, pages), "nothing is written")
		})
	}
	require.ErrorContains(t, write(t.TempDir()), "has no components")
}
