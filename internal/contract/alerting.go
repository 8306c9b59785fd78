package contract

import "time"

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
	EnvWebhookSecret = "ASSETGUARD_WEBHOOK_SECRET" //nolint:gosec // G101: the name of a variable
	// EnvStack names the deployment in notices, such as prod.
	EnvStack = "ASSETGUARD_STACK"
	// EnvAlertRules is an AlertRules as JSON.
	EnvAlertRules = "ASSETGUARD_ALERT_RULES"
	// EnvFindingsQueueURL is the queue that the findings function reads: it sends itself the ends of digests.
	EnvFindingsQueueURL = "ASSETGUARD_FINDINGS_QUEUE_URL"
)

// Attributes of the items of the state table. A key begins with what it is about: "finding#", "digest#", "repair#".
const (
	StateKey     = "Key"       // string, partition key
	StateExpires = "ExpiresAt" // number, seconds since 1970, time to live
)

// Beginnings of keys in the state table.
const (
	StateFinding = "finding#" // + SHA-256, in hexadecimal, of ProductARN, a newline and ID: what became of a finding
	StateDigest  = "digest#"  // + "open", + the digest's name, or + its name, # and a part's name
	StateRepair  = "repair#"
)

// Settings of the queue of the findings function and of its event source: the function is built for them.
const (
	FindingsBatchSize      = 98               // messages, each an event with a finding: as many as one transaction takes
	FindingsBatchWindow    = 2 * time.Second  // how long a batch waits to become full
	FindingsConcurrency    = 4                // MaximumConcurrency: batches write to the same digest
	FindingsTimeout        = 2 * time.Minute  // of the function
	FindingsVisibility     = 6 * time.Minute  // three times FindingsTimeout: throttled findings come again within minutes
	FindingsMaxReceives    = 10               // an hour of trying
	FindingsDigestMaxDelay = 15 * time.Minute // SQS delays no message for longer: the most that a digest may gather
)

// DigestSource is the source of the messages by which the findings function asks itself to end a digest.
const DigestSource = "assetguard.findings"

// AlertRules say which findings who is told of, and how many at once.
type AlertRules struct {
	// Routes are tried one by one; a finding goes to the audience of each that takes it, once. What no route takes is
	// counted, is not told, and stays NEW.
	Routes []AlertRoute `json:"routes"`
	// Singles is how many findings within GatherSeconds are told one by one, the worst first; what comes beyond goes into
	// one digest at the end of that time. 1 to 100.
	Singles int `json:"singles"`
	// GatherSeconds is how long a digest gathers after the first finding: 10 to 900.
	GatherSeconds int `json:"gatherSeconds"`
	// RunbookBase is the URL below which runbooks stand, each named by its control in lower case with "-" for other
	// characters; "" leaves the link out.
	RunbookBase string `json:"runbookBase,omitempty"`
}

// AlertRoute takes findings for an audience. An empty list takes all. An asset whose tag is missing or could not be read is
// taken whatever the list says, so that neither hides a finding.
type AlertRoute struct {
	Audience Audience `json:"audience"`
	// Severity is the least that is taken: INFORMATIONAL, LOW, MEDIUM, HIGH or CRITICAL, after an asset with personal
	// information raised it by one.
	Severity     string   `json:"severity"`
	Environments []string `json:"environments,omitempty"` // values of TagEnvironment
	AssetTypes   []string `json:"assetTypes,omitempty"`   // values of TagAssetType
	Products     []string `json:"products,omitempty"`     // as people know them, such as Inspector; case does not matter
}

// Metrics of the findings function.
const (
	// MetricFindingOutcome counts every finding received once, when its message is done: the outcomes sum to what was
	// received. It is published by Outcome, for alarms, and by Outcome and Reason. OutcomeFailed is what goes to the dead
	// letters.
	MetricFindingOutcome = "FindingOutcome"
	// MetricFindingRetry counts messages that an attempt could not finish and the next one will try again, by Reason.
	MetricFindingRetry = "FindingRetry"
	// MetricFindingLacks counts resources whose classification a source could not tell, by Source, and by Source and Reason.
	// Their findings are told even so.
	MetricFindingLacks = "FindingLacks"
	// MetricFindingsInDigests counts findings that went out in a digest. In the long run it equals the outcome folded,
	// but for digests in the dead letters. No dimensions.
	MetricFindingsInDigests = "FindingsInDigests"
	// MetricDigests counts messages that end digests by Outcome: OutcomeTold, OutcomeDuplicate (ended before, empty, or gone
	// on with by another message) or OutcomeFailed.
	MetricDigests = "Digests"
	// MetricFindingMark counts findings that were told and should be NOTIFIED, by Outcome (OutcomeMarked, OutcomeUnmarked)
	// and by Outcome and Reason. One that stays NEW is not told again.
	MetricFindingMark = "FindingMark"
)

// The outcomes of a finding, beside OutcomeFailed: values of DimensionOutcome.
const (
	OutcomeTold      = "told"      // by a notice of its own
	OutcomeFolded    = "folded"    // into a digest
	OutcomeDuplicate = "duplicate" // told before, and nothing new
	OutcomeSkipped   = "skipped"   // not NEW, not ACTIVE, passed, or no route takes it
	OutcomeMarked    = "marked"    // NOTIFIED in Security Hub
	OutcomeUnmarked  = "unmarked"  // Security Hub refused for good
)
