package imagebuilder

import (
	"errors"
	"fmt"
	"strings"
)

// Where the scripts lie on a machine while it is built and tested.
const (
	scriptsDir = "/var/lib/golden-image"
	reportDir  = scriptsDir + "/report"
)

// Render makes the components of an image in the order in which a recipe has them: the groups of rules that are on,
// and the compliance test. The error names everything that is wrong with the settings and the target.
func Render(settings Settings, target Target) ([]Component, error) {
	target, err := target.effective()
	if err := errors.Join(settings.Validate(), err); err != nil {
		return nil, err
	}
	values := settings.variables(target)
	var all []Component
	for _, group := range Groups() {
		if rules := applied(group, &settings, target.OS); len(rules) > 0 {
			component, err := hardening(group, rules, values)
			if err != nil {
				return nil, err
			}
			all = append(all, component)
		}
	}
	scripts, err := checks(&settings, target.OS, values)
	if err != nil {
		return nil, err
	}
	test, err := complianceTest(&settings, target.OS)
	return append(all, scripts, test), err
}

// applied are the rules of a group that change something on the operating system and are on.
func applied(group Group, settings *Settings, os OS) []Rule {
	var some []Rule
	for _, rule := range Rules() {
		if _, off := settings.Off[rule.ID]; rule.Group == group && rule.Apply != "" && rule.On(os) && !off {
			some = append(some, rule)
		}
	}
	return some
}

// hardening is the component that applies the rules of a group, each by a step of its own.
func hardening(group Group, rules []Rule, values []variable) (Component, error) {
	library := text("lib.sh")
	used := library
	for _, rule := range rules {
		used += script(rule.Apply)
	}
	steps := []step{folder(scriptsDir), createFiles("Scripts", file{scriptsDir + "/settings.sh", shell(values, used)}, file{scriptsDir + "/lib.sh", library})}
	for _, rule := range rules {
		steps = append(steps, bash(stepName(rule.ID), script(rule.Apply)))
	}
	steps = append(steps, bash("Leave", "rm -rf "+scriptsDir+"\n"))
	return document{
		Name:        "hardening-" + string(group),
		Description: fmt.Sprintf("Golden image: applies the rules of the group %s.", group),
		Phases:      []phase{{Name: PhaseBuild, Steps: steps}},
	}.component()
}

// checks is the component that puts the checks of all rules onto the booted image.
func checks(settings *Settings, os OS, values []variable) (Component, error) {
	scripts := []file{
		{scriptsDir + "/lib.sh", text("lib.sh")},
		{scriptsDir + "/expect.sh", text("expect.sh")},
	}
	for _, rule := range Rules() {
		if _, off := settings.Off[rule.ID]; rule.On(os) && !off {
			scripts = append(scripts, file{scriptsDir + "/checks/" + rule.ID + ".sh", script(rule.Check)})
		}
	}
	var used strings.Builder
	for _, s := range scripts {
		used.WriteString(s.content)
	}
	scripts = append(scripts, file{scriptsDir + "/settings.sh", shell(values, used.String())})
	return document{
		Name:        checksComponent,
		Description: "Golden image: the checks of all rules, for the component " + ComplianceComponent + ".",
		Phases:      []phase{{Name: PhaseTest, Steps: []step{folder(scriptsDir + "/checks"), createFiles("Checks", scripts...)}}},
	}.component()
}

// complianceTest is the component that asks all rules on the booted image, reports to S3, and fails where a mandatory
// rule does.
func complianceTest(settings *Settings, os OS) (Component, error) {
	location := "{{ " + ParameterReportLocation + " }}/{{ test.Image.outputs.stdout }}/"
	var uploads []upload
	for _, name := range reportNames {
		uploads = append(uploads, upload{Source: reportDir + "/" + name, Destination: location + name})
	}
	report := func(verb string) string { return "bash " + scriptsDir + "/report.sh " + verb + "\n" }
	return document{
		Name:        ComplianceComponent,
		Description: "Golden image: checks all rules on the booted image, reports to S3, fails where a mandatory rule does.",
		Parameters: []Parameter{{
			Name: ParameterReportLocation, Description: "Where the report goes: s3://BUCKET/PREFIX, without a slash at the end.",
		}},
		Phases: []phase{{Name: PhaseTest, Steps: []step{
			createFiles("Report",
				file{scriptsDir + "/report.sh", text("report.sh")},
				file{scriptsDir + "/rules.tsv", rulesTable(settings, os)},
				file{scriptsDir + "/controls.tsv", controlsTable(settings, os)}),
			bash("Image", report("image")),
			bash("Check", report("check")),
			{Name: "Upload", Action: "S3Upload", Inputs: uploads, Timeout: 300, Attempts: 3},
			bash("Verdict", report("verdict")),
		}}},
	}.component()
}

// rulesTable is what the report says of the rules of an operating system: a line each, with tabs between the fields and - for an empty one.
func rulesTable(settings *Settings, os OS) string {
	var b strings.Builder
	for _, r := range Rules() {
		if r.On(os) {
			writeRow(&b, r.ID, string(r.Severity), map[bool]string{true: "yes", false: "no"}[r.Mandatory], string(r.Proof),
				strings.Join(r.KISA, ","), strings.Join(r.CIS, ","), strings.Join(r.ISMSP, ","), r.TitleEn, r.TitleKo, settings.Off[r.ID])
		}
	}
	return b.String()
}

// controlsTable is what the report says of KISA's checks, as rulesTable.
func controlsTable(settings *Settings, os OS) string {
	var b strings.Builder
	for _, c := range KISA() {
		var rules []string
		for _, id := range c.Rules {
			if rule, _ := RuleByID(id); rule.On(os) {
				rules = append(rules, id)
			}
		}
		writeRow(&b, c.Code, string(c.Severity), c.TitleEn, c.TitleKo, strings.Join(rules, ","), c.ReasonEn, c.ReasonKo,
			strings.Join(keptFor(c.Code, settings.KeepPackages), ","))
	}
	return b.String()
}

func writeRow(b *strings.Builder, fields ...string) {
	for i, field := range fields {
		if field == "" {
			fields[i] = "-"
		}
	}
	b.WriteString(strings.Join(fields, "\t") + "\n")
}

// text is an embedded file. That it is there is this package's own business, and tested.
func text(name string) string {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("imagebuilder: %v", err))
	}
	return string(content)
}

// script is the script of a rule as a document has it: without the facts at its head, which the report has, and
// without what is for the linter.
func script(name string) string {
	var b strings.Builder
	head := true
	for line := range strings.Lines(text(name)) {
		isComment := strings.HasPrefix(line, "#")
		head = head && isComment
		if head && !strings.HasPrefix(line, "# rule: ") || strings.HasPrefix(strings.TrimSpace(line), "# shellcheck ") {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

// stepName is SshServer for ssh-server.
func stepName(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
