package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assetguard/internal/strict"
)

// Fault is one thing that is wrong with the settings of a stack.
type Fault = strict.Fault

// Error is all that is wrong with the settings of one stack.
type Error struct {
	Stack  string
	Faults []Fault // sorted: missing values first, then by path
}

// newError sorts the values that are missing before those that are wrong.
func newError(stack string, missing, wrong []Fault) *Error {
	for _, faults := range [][]Fault{missing, wrong} {
		slices.SortStableFunc(faults, func(a, b Fault) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Problem, b.Problem))
		})
	}
	return &Error{Stack: stack, Faults: slices.Compact(slices.Concat(missing, wrong))}
}

// Error lists every fault with its mend.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "the settings of stack %q (%s in Pulumi.%s.yaml) have %s:\n",
		e.Stack, Key, e.Stack, count(len(e.Faults), "fault"))
	for _, fault := range e.Faults {
		text.WriteString("\n  " + cmp.Or(fault.Path, Key) + ": " + fault.Problem + "\n")
		for line := range strings.SplitSeq(fault.Mend, "\n") {
			if line != "" {
				text.WriteString("      " + line + "\n")
			}
		}
	}
	return text.String()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
