package main

import (
	"fmt"
	"regexp"
	"strings"
)

// bodyLimit is GitHub's limit of a comment and of an issue, in characters. It is kept in bytes, of which there are
// never fewer.
const bodyLimit = 65_536

// marker is invisible in the rendered text. By it the next run finds what this one wrote.
func (p preview) marker() string {
	if p.Drift {
		return "<!-- assetguard drift " + p.Stack + " -->"
	}
	return "<!-- assetguard preview " + p.Stack + " -->"
}

// markdown is the text of the comment, the issue or the job's summary: what would change in one line, the diff
// folded below it.
func (p preview) markdown() string {
	var head strings.Builder
	fmt.Fprintf(&head, "%s\n### %s\n\n%s\n", p.marker(), p.title(), p.summary())
	tail := "\n</details>\n\n<sub>" + p.origin() + "</sub>\n"
	if p.Outcome == unchanged && !p.Drift {
		return head.String() + "\n<sub>" + p.origin() + "</sub>\n"
	}
	open := "\n<details><summary>" + p.folded() + "</summary>\n\n"
	if p.Outcome == failed {
		open = strings.Replace(open, "<details>", "<details open>", 1)
	}
	fence := fenceFor(p.Output)
	room := bodyLimit - head.Len() - len(open) - len(tail) - 2*len(fence) - len("diff\n\n\n")
	return head.String() + open + fence + "diff\n" + shorten(colored(plan(p.Output)), room) + "\n" + fence + "\n" + tail
}

func (p preview) title() string {
	if p.Drift {
		return "Drift of `" + p.Stack + "`"
	}
	return "Preview of `" + p.Stack + "`"
}

func (p preview) summary() string {
	counts := strings.Join(planned(p.Output), ", ")
	switch {
	case p.Outcome == failed:
		return "❌ **The preview failed.** The error stands at the end of the output."
	case p.Outcome == unchanged:
		return "✅ **No changes.**"
	case p.Drift:
		return "⚠️ **What is in the account differs from what the program declares** (" + counts + " by the next deployment). " +
			"Somebody changed it by hand: bring the change into the program, or deploy to take it back."
	case strings.Contains(counts, "delete") || strings.Contains(counts, "replace"):
		return "⚠️ **" + counts + ".** What is deleted or replaced takes its data with it: read these line by line."
	default:
		return "📝 **" + counts + ".**"
	}
}

func (p preview) folded() string {
	if p.Outcome == failed {
		return "Output"
	}
	return "Diff"
}

func (p preview) origin() string {
	commit := p.Commit
	if len(commit) > 12 {
		commit = commit[:12]
	}
	return "commit " + commit + ", " + p.Run
}

var (
	// Signs of two characters stand before a resource only, and directly: "    +-aws:sqs/queue:Queue: (replace)".
	operation = regexp.MustCompile(`^(\s+)((?:\+\+|\+-|-\+|--)(?:[\w-]+:.*: \(\S+\)$)|[-+~] .*)$`)
	backticks = regexp.MustCompile("`{3,}")
)

// colored moves Pulumi's signs to the beginning of the line, where GitHub's highlighter of diffs looks for them, and
// turns ~ into !, which it shows as changed.
func colored(output string) string {
	lines := strings.Split(output, "\n")
	for i, line := range lines {
		match := operation.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		lines[i] = strings.Replace(match[2][:1], "~", "!", 1) + match[1] + match[2][1:]
	}
	return strings.Join(lines, "\n")
}

// fenceFor is a fence that the text cannot close.
func fenceFor(text string) string {
	fence := "```"
	for _, run := range backticks.FindAllString(text, -1) {
		if len(run) >= len(fence) {
			fence = strings.Repeat("`", len(run)+1)
		}
	}
	return fence
}

// shorten leaves lines out of the middle until the text has at most limit bytes: what changes stands at the
// beginning, counts and errors at the end.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	lines := strings.Split(text, "\n")
	const noteRoom = 120
	first, last := 0, len(lines)
	size := noteRoom
	for end := limit / 4; last > 0 && size+len(lines[last-1])+1 <= end+noteRoom; last-- {
		size += len(lines[last-1]) + 1
	}
	for ; first < last && size+len(lines[first])+1 <= limit; first++ {
		size += len(lines[first]) + 1
	}
	note := fmt.Sprintf("@@ %d lines are left out here; the log of the workflow run has them all @@", last-first)
	return strings.Join(append(append(lines[:first:first], note), lines[last:]...), "\n")
}
