package inspection

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"assetguard/internal/argument"
	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/securityhub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AutomationArgs of an Automation. Security Hub must be on in the region: give pulumi.DependsOn, or it is on already.
type AutomationArgs struct {
	Place    place.Place // the region: a rule sees the findings of its own region only
	Accepted []Accepted  // risks that the company accepts; their findings are suppressed. Optional: none
	// Groups are controls with the codes that they are evidence for, by compliance.ControlGroups. Optional: none.
	Groups []compliance.ControlGroup
	Now    time.Time // accepted risks whose day has passed are disabled
	// Language of descriptions and of the notes at findings: ko or en.
	Language string
}

// Automation are the rules by which Security Hub changes the findings of one region as they arrive:
//
//  1. What the company accepted is suppressed, with a note that says why and until when.
//  2. What AWS Config sends of the conformance pack's rules is suppressed: the importer's findings tell the same.
//  3. Findings of controls get the codes of KISA and ISMS-P as user-defined fields.
//  4. The severity of what touches personal information is raised one step, once.
//
// https://docs.aws.amazon.com/securityhub/latest/userguide/create-automation-rules.html
type Automation struct {
	pulumi.ResourceState

	// Rules are the rules of the accepted risks, for a Suppression.
	Rules []SuppressedBy
	// LeftOut are the groups that did not fit: an account and region takes 100 rules.
	LeftOut []compliance.ControlGroup
}

func (a *AutomationArgs) validate(name string) error {
	errs := []error{a.Place.Validate()}
	seen := map[string]bool{}
	for i := range a.Accepted {
		errs = append(errs, a.Accepted[i].fault(a.Language))
		if seen[a.Accepted[i].ID] {
			errs = append(errs, fmt.Errorf("accepted risk %q stands twice; give each its own id", a.Accepted[i].ID))
		}
		seen[a.Accepted[i].ID] = true
	}
	if most := compliance.MaxAutomationRules - len(raises) - 1; len(a.Accepted) > most {
		errs = append(errs, fmt.Errorf("%d risks are accepted, and Security Hub's rules are enough for %d", len(a.Accepted), most))
	}
	if a.Now.IsZero() {
		errs = append(errs, errors.New("now is required"))
	}
	if a.Language == "" {
		errs = append(errs, errors.New("language is required"))
	}
	return argument.Check("automation "+name, errs...)
}

// rule is one automation rule.
type rule struct {
	name, description, status string
	terminal                  bool
	criteria                  *securityhub.AutomationRuleCriteriaArgs
	update                    securityhub.AutomationRuleActionFindingFieldsUpdateArgs
}

// NewAutomation declares the rules, named <project>-<stack>-<rule>.
func NewAutomation(ctx *pulumi.Context, name string, args *AutomationArgs, opts ...pulumi.ResourceOption) (*Automation, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	a := &Automation{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Automation", name, a, opts...); err != nil {
		return nil, err
	}
	fit := min(len(args.Groups), compliance.MaxAutomationRules-len(args.Accepted)-1-len(raises))
	a.LeftOut = args.Groups[fit:]
	arns := map[string]pulumi.StringOutput{}
	for _, part := range []struct {
		first, step int // order of the first rule and of the next: parts grow without moving each other
		rules       []rule
	}{
		{1, 1, accepted(args)},
		{101, 1, []rule{duplicates(args.Language)}},
		{201, 0, codes(args.Groups[:fit], args.Language)}, // no control is in two, so that none has to come first
		{901, 1, raised(args.Language)},
	} {
		for i, rule := range part.rules {
			declared, err := a.declare(ctx, name, rule, part.first+i*part.step)
			if err != nil {
				return nil, fmt.Errorf("automation %s: rule %s: %w", name, rule.name, err)
			}
			arns[rule.name] = declared.Arn
		}
	}
	for _, risk := range args.Accepted {
		a.Rules = append(a.Rules, SuppressedBy{ID: risk.ID, LastDay: risk.LastDay, RuleArn: arns[acceptedRule(risk.ID)]})
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{})
}

func (a *Automation) declare(ctx *pulumi.Context, name string, r rule, order int) (*securityhub.AutomationRule, error) {
	return securityhub.NewAutomationRule(ctx, name+"-"+r.name, &securityhub.AutomationRuleArgs{
		RuleName:    pulumi.String(naming.Of(ctx, naming.AutomationRule, r.name)),
		Description: pulumi.String(r.description),
		RuleOrder:   pulumi.Int(order),
		RuleStatus:  pulumi.String(r.status),
		IsTerminal:  pulumi.Bool(r.terminal),
		Criteria:    r.criteria,
		Actions: securityhub.AutomationRuleActionArray{
			&securityhub.AutomationRuleActionArgs{Type: pulumi.String("FINDING_FIELDS_UPDATE"), FindingFieldsUpdate: r.update},
		},
	}, pulumi.Parent(a))
}

// noteAuthor signs the notes of the rules.
const noteAuthor = "assetguard"

// noteRaised begins the note of a raised finding, and keeps it from being raised again: in both languages, so that
// another setting of the language raises nothing a second time.
var noteRaised = compliance.Text{En: "Severity raised", Ko: "심각도 상향"}

func note(text string) *securityhub.AutomationRuleActionFindingFieldsUpdateNoteArgs {
	return &securityhub.AutomationRuleActionFindingFieldsUpdateNoteArgs{
		Text: pulumi.String(text), UpdatedBy: pulumi.String(noteAuthor),
	}
}

func accepted(args *AutomationArgs) []rule {
	var rules []rule
	for i := range args.Accepted {
		rules = append(rules, args.Accepted[i].rule(args.Now, args.Language))
	}
	return rules
}

// duplicates suppresses what AWS Config itself sends of the pack's rules, if it does (docs/adr/0014).
func duplicates(language string) rule {
	c := open()
	c.ProductNames = securityhub.AutomationRuleCriteriaProductNameArray{
		&securityhub.AutomationRuleCriteriaProductNameArgs{Comparison: comparisonEquals, Value: pulumi.String("Config")},
	}
	ofGenerators(c, comparisonContains, []string{packRules})
	return rule{
		name: "duplicates", status: "ENABLED", terminal: true, criteria: c,
		description: compliance.Text{
			En: "The conformance pack's results arrive through the importer with severity and codes; AWS Config's own copies are suppressed",
			Ko: "규칙 팩의 결과는 importer 함수가 심각도, 통제 항목과 함께 전달하므로 AWS Config가 보낸 사본은 숨김 처리",
		}.In(language),
		update: securityhub.AutomationRuleActionFindingFieldsUpdateArgs{
			Workflow: &securityhub.AutomationRuleActionFindingFieldsUpdateWorkflowArgs{Status: pulumi.String("SUPPRESSED")},
			Note: note(compliance.Text{
				En: "The importer's finding tells the same, with severity and codes",
				Ko: "importer 함수가 심각도, 통제 항목과 함께 전달한 결과와 같은 내용입니다.",
			}.In(language)),
		},
	}
}

// packRules is part of the ARN of each rule that a conformance pack makes.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ConfigConformsServiceRolePolicy.html
const packRules = "aws-service-rule/config-conforms.amazonaws.com/"

// codes label the findings of controls. Every control is in one group only, as a later rule replaces the fields that
// an earlier one set.
func codes(groups []compliance.ControlGroup, language string) []rule {
	var rules []rule
	for _, group := range groups {
		c := active()
		ofControls(c, group.Controls)
		fields := compliance.UserDefinedFields(group.Codes)
		rules = append(rules, rule{
			name:        "codes-" + strings.ReplaceAll(group.Controls[0], ".", "-"),
			description: compliance.Text{En: "Codes of ", Ko: "통제 항목 표시: "}.In(language) + strings.Join(group.Controls, ", "),
			status:      "ENABLED", criteria: c,
			update: securityhub.AutomationRuleActionFindingFieldsUpdateArgs{UserDefinedFields: pulumi.ToStringMap(fields)},
		})
	}
	return rules
}

// raises are the steps of severity, the highest first: what one rule raised, no later rule matches.
var raises = [][2]string{{"HIGH", "CRITICAL"}, {"MEDIUM", "HIGH"}, {"LOW", "MEDIUM"}}

// raised raises the severity of findings about personal information. Rules see a finding again with each update, and
// then its raised severity: the note keeps it from being raised twice, until a person writes another.
func raised(language string) []rule {
	var rules []rule
	for _, step := range raises {
		from, to := step[0], step[1]
		c := open()
		c.SeverityLabels = securityhub.AutomationRuleCriteriaSeverityLabelArray{
			&securityhub.AutomationRuleCriteriaSeverityLabelArgs{Comparison: comparisonEquals, Value: pulumi.String(from)},
		}
		c.ResourceTags = resourceTags(map[string]string{contract.TagPersonalInformation: "Y"})
		c.NoteTexts = securityhub.AutomationRuleCriteriaNoteTextArray{
			&securityhub.AutomationRuleCriteriaNoteTextArgs{Comparison: comparisonPrefixNot, Value: pulumi.String(noteRaised.En)},
			&securityhub.AutomationRuleCriteriaNoteTextArgs{Comparison: comparisonPrefixNot, Value: pulumi.String(noteRaised.Ko)},
		}
		text := noteRaised.In(language) + fmt.Sprintf(compliance.Text{
			En: " from %s to %s: the resource holds personal information", Ko: "(%s → %s): 개인정보를 보유한 리소스",
		}.In(language), from, to)
		rules = append(rules, rule{
			name: "raise-" + strings.ToLower(from), description: text, status: "ENABLED", terminal: true, criteria: c,
			update: securityhub.AutomationRuleActionFindingFieldsUpdateArgs{
				Severity: &securityhub.AutomationRuleActionFindingFieldsUpdateSeverityArgs{Label: pulumi.String(to)},
				Note:     note(text),
			},
		})
	}
	return rules
}
