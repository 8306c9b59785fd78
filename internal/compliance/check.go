package compliance

import (
	"fmt"
	"strings"
)

// Text is a text for people in both languages.
type Text struct {
	En string `yaml:"en" json:"en"`
	Ko string `yaml:"ko" json:"ko"`
}

// In is the text in a language: ko, else English.
func (t Text) In(language string) string {
	if language == "ko" {
		return t.Ko
	}
	return t.En
}

// Check is one rule of AWS Config that AWS manages: one thing that is looked at.
type Check struct {
	ID   string `yaml:"id"`   // source identifier: IAM_PASSWORD_POLICY. It names the check everywhere
	Name string `yaml:"name"` // of the rule: iam-password-policy
	// Title says what holds when the check passes.
	Title      Text        `yaml:"title"`
	Origin     Origin      `yaml:"origin"`
	Services   []string    `yaml:"services"`  // IAM prefixes of the AWS services it is about
	Resources  []string    `yaml:"resources"` // CloudFormation types; empty for many
	Trigger    Trigger     `yaml:"trigger"`
	Severity   Severity    `yaml:"severity"` // of the control where there is one, else ours
	Global     bool        `yaml:"global"`   // about global or account-wide resources: evaluated in the home region only
	Parameters []Parameter `yaml:"parameters"`
	// Control is the Security Hub control that evaluates this very Config rule. Empty for none.
	Control string `yaml:"control"`
	// CoveredBy are controls that, all together, check the same by rules of their own.
	CoveredBy []string `yaml:"coveredBy"`
	// Weaker says why Control does not do: it is content with less than the check. Empty where it does.
	Weaker string `yaml:"weaker"`
	// Differs says how the values of Control differ all the same, where it does. Empty for the same values.
	Differs string `yaml:"differs"`
	// NotIn are regions whose AWS Config lacks the rule.
	NotIn []string `yaml:"notIn"`
	// Source is the page that was seen for identifier and trigger, ControlSource the one that names the rule for
	// Control.
	Source        string `yaml:"source"`
	ControlSource string `yaml:"controlSource"`
}

// URL is the rule's page in the AWS Config developer guide.
func (c *Check) URL() string {
	return "https://docs.aws.amazon.com/config/latest/developerguide/" + c.Name + ".html"
}

// Origin says where a check comes from.
type Origin string

// The origins of checks.
const (
	OriginPack Origin = "k-isms-pack" // AWS's public pack "Operational Best Practices for K-ISMS"
	OriginOwn  Origin = "own"         // added by this platform
)

// Trigger says when a rule evaluates.
type Trigger string

// The triggers of rules.
const (
	TriggerChange   Trigger = "change"   // when a resource changes
	TriggerPeriodic Trigger = "periodic" // every 24 hours
	TriggerBoth     Trigger = "both"
)

// Severity is how much a failed check matters, in Security Hub's words.
type Severity string

// The severities.
const (
	SeverityLow      Severity = "low"
	SeverityMedium   Severity = "medium"
	SeverityHigh     Severity = "high"
	SeverityCritical Severity = "critical"
)

// Parameter is an input of a rule that the settings may give.
type Parameter struct {
	Name string        `yaml:"name"`
	Type ParameterType `yaml:"type"`
	// Default is the value as AWS Config takes it, always a text. Empty: the rule's own default holds.
	Default  string   `yaml:"default"`
	Min      *int     `yaml:"min"`      // of a whole number
	Max      *int     `yaml:"max"`      // of a whole number
	Values   []string `yaml:"values"`   // of a choice
	Pattern  string   `yaml:"pattern"`  // a regular expression for a text, or for each element of a list
	MaxItems int      `yaml:"maxItems"` // of a list; 0 for no limit
	Required bool     `yaml:"required"` // the rule is left out until a value is given
	Derived  bool     `yaml:"derived"`  // made from the tags of Settings, never given
}

// ParameterType is the kind of value that a parameter takes.
type ParameterType string

// The kinds of values.
const (
	TypeInt    ParameterType = "int"
	TypeBool   ParameterType = "bool" // true or false, lower case: AWS Config takes anything else for false
	TypeText   ParameterType = "text"
	TypeList   ParameterType = "list" // separated by commas
	TypeChoice ParameterType = "choice"
)

func (c *Check) parameter(name string) (Parameter, bool) {
	for _, p := range c.Parameters {
		if p.Name == name {
			return p, true
		}
	}
	return Parameter{}, false
}

// Control is a control of AWS Security Hub CSPM.
type Control struct {
	ID        string     `yaml:"id"` // IAM.7
	Title     string     `yaml:"title"`
	Standards []Standard `yaml:"standards"` // those known here that evaluate it
	Global    bool       `yaml:"global"`    // about global resources: evaluated for certain in the home region only
}

// URL is the control's place in the Security Hub user guide.
func (c *Control) URL() string {
	service, number, _ := strings.Cut(strings.ToLower(c.ID), ".")
	return fmt.Sprintf("https://docs.aws.amazon.com/securityhub/latest/userguide/%s-controls.html#%s-%s", service, service, number)
}

// Standard is a security standard of Security Hub.
type Standard string

// The standards that the settings may enable.
const (
	StandardFSBP            Standard = "fsbp"             // AWS Foundational Security Best Practices v1.0.0
	StandardCIS3            Standard = "cis-3.0.0"        // CIS AWS Foundations Benchmark v3.0.0
	StandardNIST            Standard = "nist-800-53-r5"   // NIST SP 800-53 Revision 5
	StandardResourceTagging Standard = "resource-tagging" // AWS Resource Tagging Standard v1.0.0: none of our checks
)

// Standards are the standards that the settings may enable.
func Standards() []Standard {
	return []Standard{StandardFSBP, StandardCIS3, StandardNIST, StandardResourceTagging}
}

// DefaultStandards are those enabled when the settings name none.
func DefaultStandards() []Standard { return []Standard{StandardFSBP, StandardCIS3} }
