package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/console"
)

const root = ".."

// documents are all Markdown files of the project, by their path from its root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", ".sandbox", "build", "testdata", "node_modules"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		found[filepath.ToSlash(name)] = string(data)
		return err
	}))
	require.Contains(t, found, "README.md")
	return found
}

var (
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```[ \t]*$")
	inline  = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\[[^\]\n]*\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^(#{1,6}) +(.+?) *$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	tag     = regexp.MustCompile(`<[^>]*>`)
)

// prose is a document without its code.
func prose(text string) string {
	return inline.ReplaceAllString(fence.ReplaceAllString(text, ""), "``")
}

// anchors are the names by which GitHub links the headings of a document.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range anchor.FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		title := link.ReplaceAllStringFunc(match[2], func(l string) string { return l[1:strings.Index(l, "]")] })
		title = strings.ToLower(tag.ReplaceAllString(title, ""))
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0xAC00 && r <= 0xD7A3:
				return r
			default:
				return -1
			}
		}, title)
		for i, unique := 1, name; ; i++ {
			if !found[unique] {
				found[unique] = true
				break
			}
			unique = fmt.Sprintf("%s-%d", name, i)
		}
	}
	return found
}

// broken lists the links of a document that lead nowhere. exists tells whether a path from the root does.
func broken(name string, all map[string]string, exists func(string) bool) []string {
	var faults []string
	for _, match := range link.FindAllStringSubmatch(prose(all[name]), -1) {
		target, err := url.Parse(match[1])
		if err != nil {
			faults = append(faults, match[1]+": "+err.Error())
			continue
		}
		if target.Scheme != "" {
			continue
		}
		path := name
		if target.Path != "" {
			path = filepath.ToSlash(filepath.Join(filepath.Dir(name), target.Path))
		}
		text, isDocument := all[path]
		switch {
		case !isDocument && !exists(path):
			faults = append(faults, match[1]+": there is no "+path)
		case target.Fragment != "" && isDocument && !anchors(text)[target.Fragment]:
			faults = append(faults, match[1]+": "+path+" has no such heading")
		}
	}
	return faults
}

func TestLinksLeadSomewhere(t *testing.T) {
	all := documents(t)
	for name := range all {
		assert.Empty(t, broken(name, all, func(path string) bool {
			_, err := os.Stat(filepath.Join(root, path))
			return err == nil
		}), name)
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	all := map[string]string{
		"a.md":     "# A\n<a id=\"here\"></a>[h](#here)[x](none.md) [y](b/c.md#two) [z](b/c.md#none) [w](#a) [v](#no) [u](code.go) `[t](none)`\n```\n[s](none)\n```\n[r](https://example.com/x)",
		"b/c.md":   "## One\n## Two\n## `Two`\n[up](../a.md) [wrong](a.md) [third](#two-1) [ko](#자산-대장)\n## 자산 대장",
		"empty.md": "",
	}
	exists := func(path string) bool { return path == "code.go" }
	assert.Equal(t, []string{
		"none.md: there is no none.md", "b/c.md#none: b/c.md has no such heading", "#no: a.md has no such heading",
	}, broken("a.md", all, exists))
	assert.Equal(t, []string{"a.md: there is no b/a.md"}, broken("b/c.md", all, exists))
}

// outline is what a document and its translation have in common.
type outline struct {
	Headings []int // their levels
	Commands []string
	Links    []string
}

func outlineOf(t *testing.T, text string) outline {
	t.Helper()
	var o outline
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		o.Headings = append(o.Headings, len(match[1]))
	}
	blocks, err := console.Parse(text)
	require.NoError(t, err)
	for _, block := range blocks {
		o.Commands = append(o.Commands, fmt.Sprint("block", block.Words))
		for _, command := range block.Commands {
			o.Commands = append(o.Commands, command.Bare()+"\n"+strings.Join(command.Output, "\n"))
		}
	}
	for _, match := range link.FindAllStringSubmatch(prose(text), -1) {
		path, _, _ := strings.Cut(match[1], "#")
		o.Links = append(o.Links, strings.Replace(path, ".ko.md", ".md", 1))
	}
	slices.Sort(o.Links)
	o.Links = slices.Compact(o.Links)
	return o
}

// translated are the documents that exist in Korean beside them.
func translated(all map[string]string) []string {
	var names []string
	for name := range all {
		if base, ok := strings.CutSuffix(name, ".ko.md"); ok {
			names = append(names, base)
		}
	}
	slices.Sort(names)
	return names
}

func TestLanguagesSayTheSame(t *testing.T) {
	all := documents(t)
	names := translated(all)
	require.Subset(t, names, []string{"README", "docs/tutorial"})
	for _, name := range names {
		english, korean := outlineOf(t, all[name+".md"]), outlineOf(t, all[name+".ko.md"])
		const mend = "%s: change both languages"
		assert.Equal(t, english.Headings, korean.Headings, mend, name)
		assert.Equal(t, english.Commands, korean.Commands, mend, name)
		assert.Equal(t, english.Links, korean.Links, mend, name)
		assert.Contains(t, all[name+".md"], "("+filepath.Base(name)+".ko.md)", "%s leads to the Korean text", name)
		assert.Contains(t, all[name+".ko.md"], "("+filepath.Base(name)+".md)", "%s leads to the English text", name)
	}
}

func TestOutlineSeesDifferences(t *testing.T) {
	base := outlineOf(t, "# A\n## B\n[x](x.md)\n```console sandbox\n$ make up  # deploys\nok\n```\n")
	assert.Equal(t, base, outlineOf(t, "# 가\n## 나\n[엑스](x.ko.md#가)\n```console sandbox\n$ make up  # 배포합니다\nok\n```\n"))
	for _, other := range []string{
		"# A\n[x](x.md)\n```console sandbox\n$ make up\nok\n```\n",
		"# A\n## B\n[x](y.md)\n```console sandbox\n$ make up\nok\n```\n",
		"# A\n## B\n[x](x.md)\n```console sandbox\n$ make down\nok\n```\n",
		"# A\n## B\n[x](x.md)\n```console sandbox\n$ make up\nwell\n```\n",
		"# A\n## B\n[x](x.md)\n```console account\n$ make up\nok\n```\n",
	} {
		assert.NotEqual(t, base, outlineOf(t, other))
	}
}

var struck = regexp.MustCompile(`~[^\n~]+(\n[^\n~]+)?~`)

// GitHub strikes out what stands between two tildes, and Korean writes "1~5" for a range.
func TestNothingIsStruckOut(t *testing.T) {
	for name, text := range documents(t) {
		assert.Empty(t, struck.FindAllString(prose(text), -1), "%s: write ranges without ~", name)
	}
	assert.True(t, struck.MatchString("1~5장, 6~9장"))
	assert.True(t, struck.MatchString("1~5장,\n6~9장"))
	assert.False(t, struck.MatchString("1~5장"))
}

// term is one row of the glossary.
var term = regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$`)

// Every Korean text uses the glossary's terms: none of the words that its last column warns of.
func TestKoreanTerms(t *testing.T) {
	all := documents(t)
	var avoided []string
	for _, row := range term.FindAllStringSubmatch(all["docs/glossary.md"], -1) {
		for word := range strings.SplitSeq(row[4], ",") {
			if word = strings.TrimSpace(word); word != "" && !strings.HasPrefix(word, "-") && row[1] != "용어" {
				avoided = append(avoided, word)
			}
		}
	}
	require.NotEmpty(t, avoided)
	for name, text := range all {
		if name == "docs/glossary.md" {
			continue
		}
		for _, word := range avoided {
			if strings.Contains(prose(text), word) {
				t.Errorf("%s: %q is not the term of docs/glossary.md", name, word)
			}
		}
	}
}
