package config

import (
	"assetguard/internal/policygate"
	"assetguard/internal/tagpolicy"
)

// Key is the configuration key that holds the settings object in a Pulumi.<stack>.yaml.
const Key = "assetguard:settings"

// StackLocal is the stack that runs in the sandbox and never in a real account.
const StackLocal = "local"

// StackDev is the stack where changes are tried in a real account.
const StackDev = "dev"

// LocalAccountID is the account that the sandbox's emulator answers for.
const LocalAccountID = "123456789012"

// Roles of a stack in its account.
const (
	RoleOwner = "owner"
	RoleGuest = "guest"
)

// Network modes.
const (
	NetworkExisting = "existing"
	NetworkNew      = "new"
	NetworkDefault  = "default"
)

// Languages of the text that people receive.
const (
	LanguageKorean  = "ko"
	LanguageEnglish = "en"
)

// Settings is the configuration of one stack. The comments of its fields, and of those of the types below,
// become docs/configuration.md.
type Settings struct {
	// The AWS account that the stack may touch, and the stack's role in it.
	Account Account `json:"account"`
	// The regions that the stack covers.
	Regions Regions `json:"regions,omitempty"`
	// The network that the stack's workloads run in.
	Network Network `json:"network"`
	// How assets are classified, and the tags of the stack's own resources.
	Classification Classification `json:"classification"`
	// Who receives findings, alarms, reports and cost notices.
	People People `json:"people"`
	// Language of e-mails, Slack messages and reports: ko or en.
	Language string `json:"language,omitempty" jsonschema:"enum=ko,enum=en"`
	// GitHub repository that may deploy the stack, as owner/name. The trust of the CI roles names it.
	Repository string `json:"repository"`
	// The CloudTrail trail that auto-tagging rests on. Used by an owner only.
	Trail Trail `json:"trail,omitempty"`
	// How long records are kept.
	Retention Retention `json:"retention,omitempty"`
	// What looks for vulnerabilities and misconfigurations. Used by an owner only. docs/inspection.md says what it costs.
	Inspection Inspection `json:"inspection,omitempty"`
	// The hardened image that instances are born from. Used by an owner only.
	GoldenImage GoldenImage `json:"goldenImage,omitempty"`
	// Who is told of which findings. Used by an owner only. docs/alerting.md says how it works and what it costs.
	Alerting Alerting `json:"alerting,omitempty"`
	// Which findings repair themselves. Used by an owner only. docs/remediation.md lists them, and says how it works.
	Remediation Remediation `json:"remediation,omitempty"`
	// What the policy gate lets pass although a rule is broken. docs/policy-gate.md lists the rules.
	PolicyGate PolicyGate `json:"policyGate,omitempty"`
}

// Account is the AWS account of the stack.
type Account struct {
	// Account number, 12 digits, quoted so that YAML keeps leading zeros. Every provider refuses to work in
	// any other account.
	ID string `json:"id"`
	// owner or guest. An owner makes what exists once per account (trail, auto-tag rules, Security Hub,
	// Config recorder, ...) and keeps it when the stack is destroyed. A guest (dev beside prod in one
	// account) makes none of these and reads what it needs from the owner's parameters. An account has
	// exactly one owner: a dev stack with an account of its own is an owner there.
	Role string `json:"role" jsonschema:"enum=owner,enum=guest"`
}

// Regions are the regions that the stack covers.
type Regions struct {
	// Region of the stack's own resources and of everything that is aggregated, in AWS's notation.
	Home string `json:"home,omitempty"`
	// Further regions whose assets are tagged, without the home region, no region twice. Each gets rules that
	// forward its create events to the home region, and a key, an alarm topic and dead letters of its own; every
	// address of people.devops confirms the topic once. us-east-1, where the events of global services (IAM,
	// CloudFront, Route 53) arrive, is covered whether it stands here or not. Used by an owner only.
	Others []string `json:"others,omitempty" jsonschema:"uniqueItems=true"`
}

// Network is the network that workloads run in.
type Network struct {
	// existing: the VPC and subnets named below. new: a VPC that the stack makes from cidr. default: the
	// account's default VPC, for the sandbox and for trials. A key that belongs to another mode is an error.
	Mode string `json:"mode" jsonschema:"enum=existing,enum=new,enum=default"`
	// Mode existing: the VPC, as vpc-<8 or 17 hex digits>.
	VPCID string `json:"vpcId,omitempty"`
	// Mode existing: at least two public subnets of the VPC in different zones, for load balancers.
	PublicSubnetIDs []string `json:"publicSubnetIds,omitempty" jsonschema:"minItems=2,uniqueItems=true"`
	// Mode existing: at least two private subnets of the VPC in different zones, for workloads and databases.
	PrivateSubnetIDs []string `json:"privateSubnetIds,omitempty" jsonschema:"minItems=2,uniqueItems=true"`
	// Mode new: IPv4 range of the VPC, /16 to /24, from the private ranges, such as 10.20.0.0/16.
	CIDR string `json:"cidr,omitempty"`
}

// Classification is the company's classification of assets. The owner of an account writes it to Parameter
// Store as the tag policy of the auto-tag function; owner and guest give their own resources these tags.
type Classification struct {
	// Value of the tag Environment of the stack's own resources, and of assets for which no rule gives
	// another: DEV, PROD, ...
	Environment string `json:"environment"`
	// Value of the tag Owner, likewise: the team that answers for an asset. No personal data.
	Owner string `json:"owner,omitempty"`
	// Value of the tag PersonalInformation, likewise: "Y" or "N", quoted, since YAML 1.1 reads a bare N as
	// false.
	PersonalInformation string `json:"personalInformation,omitempty" jsonschema:"enum=Y,enum=N"`
	// Id of the asset type of the stack's own resources, one of assetTypes.
	PlatformAssetType string `json:"platformAssetType,omitempty"`
	// Whether the tag Creator is written. false where tags must hold no personal data.
	RecordCreator bool `json:"recordCreator,omitempty"`
	// What happens when somebody removes a required tag (Environment, AssetType, PersonalInformation, Owner) from an
	// asset. restore: it comes back at once with the value that the tag policy decides. report: only the alarm and the
	// log tell, and the asset lacks the tag until a person gives it back; the asset register names it. The alarm tells
	// either way.
	RemovedKeys string `json:"removedKeys,omitempty" jsonschema:"enum=restore,enum=report"`
	// The company's asset types: an ASCII id, which rules, policies and metrics use, and the value that the
	// tag AssetType shows, which may be Korean.
	AssetTypes []tagpolicy.AssetType `json:"assetTypes" jsonschema:"minItems=1"`
	// Rules that give tags to the assets they match, in order: for each tag key the first matching rule that
	// gives it decides. Assets without a rule get AssetType unclassified.
	Rules []tagpolicy.Rule `json:"rules,omitempty"`
}

// People are the recipients of what the platform reports. E-mail addresses, each at most once per list;
// shared mailboxes outlive people.
type People struct {
	// E-mail addresses of the security team: findings, alarms, the daily report.
	Security []string `json:"security" jsonschema:"minItems=1,uniqueItems=true"`
	// E-mail addresses of the DevOps team: alarms of the platform, the daily report, budgets.
	DevOps []string `json:"devops" jsonschema:"minItems=1,uniqueItems=true"`
	// E-mail addresses of the purchasing team: budgets.
	Purchasing []string `json:"purchasing" jsonschema:"minItems=1,uniqueItems=true"`
	// Slack delivery of what the three teams are told. Absent: e-mail only. docs/alerting.md says how the webhook is set.
	Slack Slack `json:"slack,omitempty"`
}

// Slack is where Slack messages go. The webhook is a secret and is not kept in the configuration.
type Slack struct {
	// Channel as #name or as channel id (C0123456789). It switches Slack on; the webhook says which channel it posts to.
	Channel string `json:"channel,omitempty"`
}

// Trail selects the CloudTrail trail.
type Trail struct {
	// ARN of a multi-region or organisation trail that records management events of this account already. A
	// second copy of management events is billed, so name it when there is one. Absent: the owner makes a
	// trail.
	ExistingARN string `json:"existingArn,omitempty"`
}

// Retention is how long records are kept.
type Retention struct {
	// Days that log groups keep events; one of the numbers of days that CloudWatch Logs accepts.
	LogDays int `json:"logDays,omitempty"`
	// Days that the bucket of the trail keeps its files, 90 (what CloudTrail's free event history holds
	// anyway) to 3653.
	TrailDays int `json:"trailDays,omitempty" jsonschema:"minimum=90,maximum=3653"`
}

// PolicyGate holds every resource of the stack against rules, and fails the preview when one is broken.
type PolicyGate struct {
	// Exceptions, each for one resource and one rule until a day.
	Exceptions []policygate.Exception `json:"exceptions,omitempty"`
}
