package contract

import "time"

// FunctionSweep is the name of the sweep function: of its command below lambdas/cmd and of its zip.
const FunctionSweep = "sweep"

// Environment variables of the sweep function, beside EnvPolicyParameter and EnvOverridesParameter.
const (
	EnvSweepRegions   = "ASSETGUARD_SWEEP_REGIONS"   // comma-separated, the home region first
	EnvSweepQueueURL  = "ASSETGUARD_SWEEP_QUEUE_URL" // takes the function's own next steps
	EnvRegisterBucket = "ASSETGUARD_REGISTER_BUCKET"
	EnvPartition      = "ASSETGUARD_PARTITION"
	EnvAccountID      = "ASSETGUARD_ACCOUNT_ID"
	EnvTimezone       = "ASSETGUARD_TIMEZONE" // IANA name: says which day a run belongs to
)

// Objects of the register bucket. A day's register stands below RegisterDay.
const (
	RegisterPrefix      = "register/"
	RegisterLatestCSV   = RegisterPrefix + "latest.csv"
	RegisterLatestLines = RegisterPrefix + "latest.jsonl.gz"
	RegisterLatestKinds = RegisterPrefix + "latest-kinds.csv" // who lists each kind of asset, and where nothing does
	RegisterLatestRun   = RegisterPrefix + "latest-run.txt"   // when the run of the latest register started, RFC 3339
	RegisterWorkPrefix  = "work/"                             // what a run keeps between its steps; the run removes it at its end
)

// RegisterDay is the prefix of the register of one day.
func RegisterDay(day time.Time) string {
	return RegisterPrefix + "date=" + day.Format(time.DateOnly) + "/"
}

// OutcomeLeftToEvents is the outcome of an asset so young that its create event may still be on its way. The
// sweep shares the other outcomes with the auto-tag function.
const OutcomeLeftToEvents = "left-to-events"

// Metrics of the sweep. Each count of assets is published twice: for all assets, and by Service.
const (
	MetricAssets             = "Assets"             // in the register; also by Classification
	MetricAssetsTagged       = "AssetsTagged"       // carry every classification tag with a decided asset type
	MetricAssetsUnclassified = "AssetsUnclassified" // AssetType is Unclassified
	MetricAssetsMissing      = "AssetsMissing"      // lack a classification tag
	// MetricSweepOutcome counts what the sweep's own tagging did, by Outcome, and by Outcome, Service and Reason.
	MetricSweepOutcome = "SweepOutcome"
	// MetricSweepFault counts sources that could not be read to their end: the register may lack assets.
	// Published without dimensions and by Region and Source.
	MetricSweepFault = "SweepFault"
	// MetricKindsNotListed counts the kinds of assets that nothing lists, at least in one region: of those the register
	// has what was ever tagged or an index knows. No dimensions.
	MetricKindsNotListed = "KindsNotListed"
	// MetricMissedByEvents counts assets of this run that their create events should have tagged and did not. Published
	// without dimensions and by Region.
	MetricMissedByEvents = "AssetsMissedByEvents"
	// MetricSweepFinished is 1 for each run that wrote its register. No dimensions.
	MetricSweepFinished = "SweepFinished"

	DimensionClassification = "Classification" // asset type id, Unclassified, ClassificationNone or ClassificationOther
	DimensionRegion         = "Region"
	DimensionSource         = "Source"

	ClassificationNone  = "none"  // no AssetType tag
	ClassificationOther = "other" // a value that the tag policy does not know
)
