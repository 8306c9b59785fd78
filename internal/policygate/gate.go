package policygate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Gate holds the rules against resources.
type Gate struct {
	Production bool // whether the rules for production hold
	Exceptions []Exception
	Now        time.Time
}

// Fault is one rule that one resource breaks.
type Fault struct {
	Resource *Resource
	Parent   *Resource // nil where the resource has none, or only the stack
	Rule     *Rule
	Problem  string
	Expired  *Exception // the exception that held until a day that has passed
}

// Report is what a gate finds in a program.
type Report struct {
	Faults   []Fault  // sorted by resource and rule
	Warnings []string // exceptions that end soon or do nothing
}

// Check holds all rules against a whole program.
func (g *Gate) Check(resources []Resource) Report {
	program := newProgram(resources)
	used := map[int]bool{}
	var faults []Fault
	for i := range program.Resources {
		r := &program.Resources[i]
		for _, fault := range g.faults(r, program) {
			if fault.Parent = program.byURN[r.Parent]; g.admits(&fault, used) {
				continue
			}
			faults = append(faults, fault)
		}
	}
	sortFaults(faults)
	return Report{Faults: faults, Warnings: g.warnings(program, used)}
}

// CheckOne holds the rules against a resource that can be told from the resource alone.
func (g *Gate) CheckOne(r *Resource) []Fault {
	faults := slices.DeleteFunc(g.faults(r, nil), func(f Fault) bool { return g.admits(&f, map[int]bool{}) })
	sortFaults(faults)
	return faults
}

// faults are those of a resource; rules across the program are left out without one.
func (g *Gate) faults(r *Resource, program *Program) []Fault {
	var faults []Fault
	for i := range table {
		rule := &table[i]
		if !rule.concerns(r) || rule.Production && !g.Production {
			continue
		}
		var problems []string
		switch {
		case rule.Check != nil:
			problems = rule.Check(r)
		case program != nil:
			problems = rule.Across(r, program)
		}
		for _, problem := range problems {
			faults = append(faults, Fault{Resource: r, Rule: rule, Problem: problem})
		}
	}
	return faults
}

// admits tells whether an exception excuses a fault, and marks the exception as used. One that has ended excuses
// nothing, and the fault names it.
func (g *Gate) admits(f *Fault, used map[int]bool) bool {
	for i, e := range g.Exceptions {
		if e.Rule != f.Rule.ID || !e.names(f.Resource.URN) {
			continue
		}
		used[i] = true
		if g.Now.Before(e.end()) {
			return true
		}
		f.Expired = &g.Exceptions[i]
	}
	return false
}

func (g *Gate) warnings(program *Program, used map[int]bool) []string {
	var warnings []string
	for i, e := range g.Exceptions {
		switch {
		case !g.Now.Before(e.end()):
			// Either its fault is back and names it, or it does nothing any more.
			if !used[i] {
				warnings = append(warnings, fmt.Sprintf("the exception %s expired on %s and excuses nothing: remove it", e, e.lastDayText()))
			}
		case used[i]:
			left := e.end().Sub(g.Now)
			if left > longestException {
				warnings = append(warnings, fmt.Sprintf("the exception %s holds until %s, longer than a year: agree on it anew each year", e, e.lastDayText()))
			}
			if left <= expiryNotice {
				warnings = append(warnings, fmt.Sprintf("the exception %s ends after %s: mend the resource, or agree on a later day", e, e.lastDayText()))
			}
		default:
			if text := idle(e, program); text != "" {
				warnings = append(warnings, text)
			}
		}
	}
	return warnings
}

// idle says why an exception excuses nothing; empty when that cannot be told before the deployment.
func idle(e Exception, program *Program) string {
	found := false
	for i := range program.Resources {
		r := &program.Resources[i]
		if !e.names(r.URN) {
			continue
		}
		if found = true; unknowns(r.Inputs) {
			return ""
		}
	}
	if !found {
		return fmt.Sprintf("the exception %s names no resource of the program: remove it, or mend the name", e)
	}
	return fmt.Sprintf("the exception %s excuses nothing, as the resource keeps the rule: remove it", e)
}

func sortFaults(faults []Fault) {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.Resource.Type, b.Resource.Type), cmp.Compare(a.Resource.Name, b.Resource.Name),
			cmp.Compare(a.Resource.URN, b.Resource.URN), cmp.Compare(a.Rule.ID, b.Rule.ID), cmp.Compare(a.Problem, b.Problem),
		)
	})
}

// Err is all faults as one error; nil when there are none.
func (r Report) Err() error {
	if len(r.Faults) == 0 {
		return nil
	}
	return Refusal(r.Faults)
}

// Refusal is what the rules say against resources.
type Refusal []Fault

// Error names every resource with its rules, what is wrong and the mend.
func (f Refusal) Error() string {
	resources := 0
	var body strings.Builder
	for i, fault := range f {
		if i == 0 || f[i-1].Resource.URN != fault.Resource.URN {
			resources++
			fmt.Fprintf(&body, "\n  %s::%s%s\n", fault.Resource.Type, fault.Resource.Name, inside(fault.Parent))
		}
		fmt.Fprintf(&body, "    %s: %s\n", fault.Rule.ID, fault.Problem)
		if i+1 < len(f) && f[i+1].Rule == fault.Rule && f[i+1].Resource.URN == fault.Resource.URN {
			continue // the rule's other problems come first
		}
		fmt.Fprintf(&body, "        rule: %s (%s)\n        mend: %s\n", fault.Rule.Title, fault.Rule.Source, fault.Rule.Mend)
		if e := fault.Expired; e != nil {
			fmt.Fprintf(&body, "        its exception expired on %s; it was: %s\n", e.lastDayText(), e.Reason)
		}
	}
	return fmt.Sprintf("the policy gate found %s in %s:\n%s\nEvery rule, and how to agree on an exception: docs/policy-gate.md\n",
		count(len(f), "fault"), count(resources, "resource"), body.String())
}

func inside(parent *Resource) string {
	if parent == nil {
		return ""
	}
	return " in " + parent.Type + "::" + parent.Name
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
