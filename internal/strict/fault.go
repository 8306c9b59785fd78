package strict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Fault is one thing that is wrong with a document.
type Fault struct {
	Path    string // where, as in rules[0].match.names; empty for the whole
	Problem string // what is wrong, one line
	Mend    string // how to mend it, lines separated by \n; empty where the problem says it
}

// String is the fault on one line: where, what, and how to mend it.
func (f Fault) String() string {
	text := cmp.Or(f.Path, "the document") + ": " + f.Problem
	if f.Mend != "" {
		text += ": " + f.Mend
	}
	return text
}

// Faults are all that is wrong with a document, as one error.
type Faults []Fault

// Error lists the faults, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// Err is nil when there are no faults.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Child is the path of a key of the object at path.
func Child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Element is the path of an element of the list at path.
func Element(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// Suggest says which valid names there are for one that is not, and which of them is meant if one is similar.
func Suggest(name string, valid []string) string {
	if len(valid) == 0 {
		return "there are none"
	}
	const similar = 0.5
	likeness := func(v string) float64 { return levenshtein.Match(strings.ToLower(name), strings.ToLower(v), nil) }
	nearest := slices.MaxFunc(valid, func(a, b string) int { return cmp.Compare(likeness(a), likeness(b)) })
	all := strings.Join(valid, ", ")
	if likeness(nearest) < similar {
		return "use one of " + all
	}
	return fmt.Sprintf("did you mean %q? Use one of %s", nearest, all)
}

// Keys are the keys of a map in order.
func Keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
