package imagebuilder

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed rules lib.sh expect.sh report.sh data
var files embed.FS

// Group is a set of rules that one component applies.
type Group string

// The groups, in the order in which their components run. Files comes last: it sees what the others installed.
const (
	GroupSoftware   Group = "software"
	GroupAccounts   Group = "accounts"
	GroupAccess     Group = "access"
	GroupSystem     Group = "system"
	GroupLogging    Group = "logging"
	GroupMonitoring Group = "monitoring"
	GroupFiles      Group = "files"
)

// Groups are all groups, in the order in which their components run.
func Groups() []Group {
	return []Group{
		GroupSoftware, GroupAccounts, GroupAccess, GroupSystem, GroupLogging, GroupMonitoring, GroupFiles,
	}
}

// Severity is how much a failed rule matters: KISA's three grades, or our own where KISA has no code.
type Severity string

// The severities.
const (
	SeverityHigh   Severity = "high"
	SeverityMedium Severity = "medium"
	SeverityLow    Severity = "low"
)

// Proof is where a rule is known to work.
type Proof string

// The proofs.
const (
	ProofContainer Proof = "container" // `make image-test` runs it
	ProofInstance  Proof = "instance"  // only Amazon Linux on an instance has what it needs
)

// OS is an operating system that images are made of.
type OS string

// The operating systems.
const (
	AmazonLinux2023 OS = "amazon-linux-2023"
	AmazonLinux2    OS = "amazon-linux-2" // out of support since 2026-06-30
)

// Rule is one thing that an image is hardened by, or checked for.
type Rule struct {
	ID        string // also its switch in [Settings].Off, such as ssh-server
	Group     Group
	TitleEn   string
	TitleKo   string
	Severity  Severity
	Mandatory bool     // a failed check fails the image
	KISA      []string // codes of KISA's guide of 2026 for Unix, such as U-01
	CIS       []string // sections of CIS Amazon Linux 2023 Benchmark 1.0.0, such as 4.2.7
	ISMSP     []string // codes of ISMS-P 2023, such as 2.6.2
	OS        []OS     // where it applies
	Proof     Proof
	// What apply may change: paths, with * inside a name and /** for all below; modes: before one stands for its
	// owner and mode only.
	Files    []string
	Packages []string // what apply installs, updates or removes, by the names of Amazon Linux 2023
	Apply    string   // path of the script below this package; empty where the rule only checks
	Check    string   // path of the script below this package
}

// On tells whether the rule applies to an operating system.
func (r *Rule) On(os OS) bool { return slices.Contains(r.OS, os) }

// Rules are all rules, in the order in which they are applied. Not to be changed.
func Rules() []Rule { return rules() }

// RuleByID finds a rule.
func RuleByID(id string) (Rule, bool) {
	if i := slices.IndexFunc(rules(), func(r Rule) bool { return r.ID == id }); i >= 0 {
		return rules()[i], true
	}
	return Rule{}, false
}

// Script is the text of a script of a rule, by its path.
func Script(name string) (string, error) {
	text, err := files.ReadFile(name)
	return string(text), err
}

// rules reads the embedded files. That their heads are sound is this package's own business, and tested.
var rules = sync.OnceValue(func() []Rule {
	all, err := readRules(files)
	if err != nil {
		panic(fmt.Sprintf("imagebuilder: rules: %v", err))
	}
	return all
})

// readRules reads all rules of a tree like ours and joins what is wrong with their heads.
func readRules(tree fs.FS) ([]Rule, error) {
	var all []Rule
	var faults []error
	for _, group := range Groups() {
		entries, err := fs.ReadDir(tree, path.Join("rules", string(group)))
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			rule, err := readRule(tree, group, entry.Name())
			if err != nil {
				faults = append(faults, fmt.Errorf("%s/%s: %w", group, entry.Name(), err))
			}
			all = append(all, rule)
		}
	}
	return all, errors.Join(faults...)
}

func readRule(tree fs.FS, group Group, id string) (Rule, error) {
	dir := path.Join("rules", string(group), id)
	rule := Rule{ID: id, Group: group, Check: path.Join(dir, "check.sh")}
	if _, err := fs.Stat(tree, rule.Check); err != nil {
		return rule, err
	}
	described := rule.Check
	if apply := path.Join(dir, "apply.sh"); exists(tree, apply) {
		rule.Apply, described = apply, apply
	}
	text, err := fs.ReadFile(tree, described)
	if err != nil {
		return rule, err
	}
	return rule, rule.readHead(string(text))
}

func exists(tree fs.FS, name string) bool {
	_, err := fs.Stat(tree, name)
	return err == nil
}

// readHead takes the rule's facts from the comment at the head of a script: lines "# key: value" after the first one.
func (r *Rule) readHead(script string) error {
	seen := map[string]string{}
	scanner := bufio.NewScanner(strings.NewReader(script))
	for first := true; scanner.Scan(); first = false {
		line, comment := strings.CutPrefix(scanner.Text(), "# ")
		if !comment {
			if first {
				continue // #!
			}
			break
		}
		if key, value, ok := strings.Cut(line, ": "); ok {
			seen[key] = value
		}
	}
	r.TitleEn, r.TitleKo = seen["title"], seen["title-ko"]
	r.Severity, r.Mandatory = Severity(seen["severity"]), seen["mandatory"] == "yes"
	r.KISA, r.CIS, r.ISMSP = strings.Fields(seen["kisa-2026"]), strings.Fields(seen["cis-al2023"]), strings.Fields(seen["isms-p"])
	r.Files, r.Packages, r.Proof = strings.Fields(seen["files"]), strings.Fields(seen["packages"]), Proof(seen["proof"])
	for _, os := range strings.Fields(seen["os"]) {
		r.OS = append(r.OS, OS(os))
	}
	return r.headFaults(seen)
}

// headFaults are all that is wrong with the head of a script.
func (r *Rule) headFaults(seen map[string]string) error {
	var faults []error
	oneOf := func(key string, allowed ...string) {
		if !slices.Contains(allowed, seen[key]) {
			faults = append(faults, fmt.Errorf("%s is %q: write one of %s", key, seen[key], strings.Join(allowed, ", ")))
		}
	}
	oneOf("switch", r.ID)
	oneOf("severity", string(SeverityHigh), string(SeverityMedium), string(SeverityLow))
	oneOf("mandatory", "yes", "no")
	oneOf("proof", string(ProofContainer), string(ProofInstance))
	for _, key := range []string{"title", "title-ko", "isms-p", "os"} {
		if seen[key] == "" {
			faults = append(faults, fmt.Errorf("%s is missing", key))
		}
	}
	for _, os := range r.OS {
		if os != AmazonLinux2023 && os != AmazonLinux2 {
			faults = append(faults, fmt.Errorf("os has %q: write %s or %s", os, AmazonLinux2023, AmazonLinux2))
		}
	}
	if (r.Apply == "") != (len(r.Files)+len(r.Packages) == 0) {
		faults = append(faults, errors.New("files or packages are named exactly where the rule applies something"))
	}
	return errors.Join(faults...)
}
