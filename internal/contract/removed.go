package contract

// What is done about a required key that somebody removed: values of EnvRemovedKeys and of the setting
// classification.removedKeys.
const (
	RemovedKeysRestore = "restore" // the key comes back with the value that the tag policy decides
	RemovedKeysReport  = "report"  // it is counted and logged only
)

// EnvRemovedKeys tells the auto-tag function and the sweep what to do about removed keys.
const EnvRemovedKeys = "ASSETGUARD_REMOVED_KEYS"

// The event that AWS sends when the tags of an asset change.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/tag-monitor.html
const (
	TagChangeSource     = "aws.tag"
	TagChangeDetailType = "Tag Change on Resource"
)

// MetricRequiredKeyRemoved counts assets that lost a classification tag, whatever was done about it. Published
// without dimensions, for the alarm, and by Service.
const MetricRequiredKeyRemoved = "RequiredKeyRemoved"

// OutcomeReported is the outcome of an asset that lacks a removed key still: it was counted and logged.
const OutcomeReported = "reported"
