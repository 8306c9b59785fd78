package console

import (
	"fmt"
	"regexp"
	"strings"
)

// Block is one fenced block.
type Block struct {
	Line     int               // of the opening fence, counted from 1
	Words    map[string]string // behind "console": within=20s as within to 20s, sandbox as sandbox to ""
	Commands []Command
}

// Command is one command of a block and what it prints.
type Command struct {
	Line   int
	Text   string   // without "$ ", with the line breaks that it has
	Output []string // lines; nil claims nothing
}

var hereDocument = regexp.MustCompile(`<<-?'?(\w+)'?`)

// Parse returns the console blocks of a document. A block that begins with anything but a command, or that does not
// end, is a fault.
func Parse(markdown string) ([]Block, error) {
	var blocks []Block
	lines := strings.Split(markdown, "\n")
	for i := 0; i < len(lines); i++ {
		opening := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(opening)
		if !strings.HasPrefix(opening, "```") {
			continue
		}
		end := i + 1
		for end < len(lines) && strings.TrimSpace(lines[end]) != "```" {
			end++
		}
		if end == len(lines) {
			return nil, fmt.Errorf("line %d: the block does not end", i+1)
		}
		if words := strings.Fields(opening[3:]); len(words) > 0 && words[0] == "console" {
			commands, err := commands(lines[i+1:end], indent, i+2)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, Block{Line: i + 1, Words: values(words[1:]), Commands: commands})
		}
		i = end
	}
	return blocks, nil
}

func values(words []string) map[string]string {
	values := map[string]string{}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		values[key] = value
	}
	return values
}

// commands reads the lines of a block, the first of which is line first of the document.
func commands(lines []string, indent, first int) ([]Command, error) {
	var found []Command
	for i := 0; i < len(lines); i++ {
		line := lines[i][min(indent, len(lines[i])):]
		text, isCommand := strings.CutPrefix(line, "$ ")
		if !isCommand {
			if len(found) == 0 {
				return nil, fmt.Errorf("line %d: the block begins with what no command printed: want %q first", first+i, "$ ")
			}
			last := &found[len(found)-1]
			last.Output = append(last.Output, line)
			continue
		}
		command := Command{Line: first + i, Text: text}
		for ending(command.Text) != "" && i+1 < len(lines) {
			i++
			command.Text += "\n" + lines[i][min(indent, len(lines[i])):]
		}
		if missing := ending(command.Text); missing != "" {
			return nil, fmt.Errorf("line %d: the command does not end: want %s", command.Line, missing)
		}
		found = append(found, command)
	}
	return found, nil
}

// ending is what a command still lacks: another line after a backslash, or the end of a here-document.
func ending(text string) string {
	if strings.HasSuffix(text, "\\") {
		return "a line behind the backslash"
	}
	first, rest, _ := strings.Cut(text, "\n")
	if match := hereDocument.FindStringSubmatch(first); match != nil && !strings.HasSuffix("\n"+rest, "\n"+match[1]) {
		return match[1]
	}
	return ""
}

var comment = regexp.MustCompile(`(?m)[ \t]+# .*$`)

// Bare is the command without the remarks behind it, which each language has in its own words.
func (c Command) Bare() string {
	return comment.ReplaceAllString(c.Text, "")
}

var blanks = regexp.MustCompile(`[ \t]+`)

// Matches says whether printed is what the block claims, whatever the width of blanks. Nothing claimed is always true.
func (c Command) Matches(printed string) bool {
	if c.Output == nil {
		return true
	}
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for _, line := range c.Output {
		if strings.TrimSpace(line) == "…" {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		parts := strings.Split(strings.TrimRight(line, " "), "…")
		for i := range parts {
			parts[i] = blanks.ReplaceAllString(regexp.QuoteMeta(parts[i]), `[ \t]+`)
		}
		pattern.WriteString(strings.Join(parts, `.*`) + `[ \t]*\n`)
	}
	pattern.WriteString(`\z`)
	text := strings.TrimRight(printed, "\n") + "\n"
	return regexp.MustCompile(pattern.String()).MatchString(text)
}
