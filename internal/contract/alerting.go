package contract

// Names of the functions that alert and repair: of their commands below lambdas/cmd and of their zips.
const (
	FunctionFindings      = "findings"      // findings of Security Hub into notices
	FunctionSlack         = "slack"         // notices into Slack
	FunctionSubscriptions = "subscriptions" // watches that people still receive what the topics send
	FunctionRemediation   = "remediation"   // repairs findings by Systems Manager Automation
)

// Audience is who a notice is for; each has a topic, and a list of people in the configuration.
type Audience string

// The audiences.
const (
	AudienceSecurity   Audience = "security"
	AudienceDevOps     Audience = "devops"
	AudiencePurchasing Audience = "purchasing"
)

// Environment variables of the functions that alert and repair, beside EnvLanguage, EnvTimezone, EnvPartition,
// EnvAccountID, EnvMaxReceives and EnvRegisterBucket.
const (
	EnvSecurityTopic   = "ASSETGUARD_SECURITY_TOPIC"   // ARN
	EnvDevOpsTopic     = "ASSETGUARD_DEVOPS_TOPIC"     // ARN
	EnvPurchasingTopic = "ASSETGUARD_PURCHASING_TOPIC" // ARN
	// EnvStateTable names the table of what was told and done: partition key StateKey, times to live in StateExpires.
	EnvStateTable = "ASSETGUARD_STATE_TABLE"
	// EnvWebhookSecret is the ARN of the secret whose value is the URL of Slack's incoming webhook, and nothing else.
	EnvWebhookSecret = "ASSETGUARD_WEBHOOK_SECRET"
)

// Attributes of the items of the state table. A key begins with what it is about: "finding#", "digest#", "repair#".
const (
	StateKey     = "Key"       // string, partition key
	StateExpires = "ExpiresAt" // number, seconds since 1970, time to live
)
