package console

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const document = "# Title\n" +
	"```console sandbox within=20s\n" +
	"$ make up   # deploys\n" +
	"…\n" +
	"$ aws s3 ls \\\n" +
	"      --recursive\n" +
	"a  …  b\n" +
	"$ cat >x.json <<'END'\n" +
	"{\"$ x\": 1}\n" +
	"END\n" +
	"```\n" +
	"```sh\n$ not console\n```\n" +
	"- in a list:\n\n" +
	"  ```console\n" +
	"  $ make down\n" +
	"  ```\n"

func TestParse(t *testing.T) {
	blocks, err := Parse(document)
	require.NoError(t, err)
	assert.Equal(t, []Block{
		{Line: 2, Words: map[string]string{"sandbox": "", "within": "20s"}, Commands: []Command{
			{Line: 3, Text: "make up   # deploys", Output: []string{"…"}},
			{Line: 5, Text: "aws s3 ls \\\n      --recursive", Output: []string{"a  …  b"}},
			{Line: 8, Text: "cat >x.json <<'END'\n{\"$ x\": 1}\nEND"},
		}},
		{Line: 17, Words: map[string]string{}, Commands: []Command{{Line: 18, Text: "make down"}}},
	}, blocks)
	assert.Equal(t, "make up", blocks[0].Commands[0].Bare())
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"```console\nmake up\n```":          "line 2: the block begins with what no command printed",
		"```console\n$ make up":             "line 1: the block does not end",
		"text\n```console\n$ a \\\n```":     "line 3: the command does not end: want a line behind the backslash",
		"```console\n$ cat <<'END'\nx\n```": "line 2: the command does not end: want END",
	}
	for text, fault := range tests {
		_, err := Parse(text)
		assert.ErrorContains(t, err, fault)
	}
}

func TestMatches(t *testing.T) {
	tests := map[string]struct {
		claimed string
		printed string
		want    bool
	}{
		"the same":               {"a\nb", "a\nb\n", true},
		"another":                {"a\nb", "a\nc\n", false},
		"more":                   {"a", "a\nb\n", false},
		"less":                   {"a\nb", "a\n", false},
		"part of a line":         {"i-…", "i-0123\n", true},
		"wrong part":             {"i-…", "x-0123\n", false},
		"a part is in one line":  {"a…b", "a\nb\n", false},
		"any lines":              {"…\nend", "a\nb\nend\n", true},
		"no lines":               {"…\nend", "end\n", true},
		"lines between":          {"a\n…\nd", "a\nb\nc\nd\n", true},
		"lines between, missing": {"a\n…\nd", "a\nb\nc\n", false},
		"anything":               {"…", "a\nb\n", true},
		"signs are no patterns":  {"a.c (1)", "abc 1\n", false},
		"tabs":                   {"a b", "a\tb\n", true},
		"an empty line":          {"a\n\nb", "a\n\nb\n", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, Command{Output: strings.Split(test.claimed, "\n")}.Matches(test.printed))
		})
	}
	assert.True(t, Command{}.Matches("whatever"), "nothing is claimed")
}
