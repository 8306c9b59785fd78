package contract

// Parameter Store paths. They name account-wide singletons (one owner stack per account and region), so
// they do not carry a stack name. Parameter names: up to 2048 characters of a-zA-Z0-9_.-/
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
const (
	ParameterTagPolicy    = "/assetguard/tagging/policy"    // from configuration, owned by the stack
	ParameterTagOverrides = "/assetguard/tagging/overrides" // edited by people, its value ignored by the stack
)

// FunctionAutotag is the name of the auto-tag function: of its command below lambdas/cmd and of its zip.
const FunctionAutotag = "autotag"

// Environment variables of the auto-tag function.
const (
	EnvPolicyParameter    = "ASSETGUARD_POLICY_PARAMETER"    // path of the policy document
	EnvOverridesParameter = "ASSETGUARD_OVERRIDES_PARAMETER" // path of the overrides document
	// EnvMaxReceives is the queue's maxReceiveCount. With it a failure that will be tried again counts as
	// a retry, and as failed only when the message goes to the dead letters; without it each attempt
	// counts as failed.
	EnvMaxReceives = "ASSETGUARD_MAX_RECEIVES"
)

// MetricNamespace is the CloudWatch namespace of everything that the functions measure.
const MetricNamespace = "assetguard"

// Metrics of the auto-tag function, written as embedded metric format.
const (
	// MetricAutotagOutcome counts every asset once. It is published twice: by Outcome, for alarms, and by
	// Outcome, Service and Reason.
	MetricAutotagOutcome = "AutotagOutcome"
	// MetricAutotagRetry counts assets that an attempt could not finish and the next one will try again.
	// Dimensions Service, Reason.
	MetricAutotagRetry = "AutotagRetry"
	// MetricOverridesInvalid is 1 for each load of an invalid overrides document. No dimensions.
	MetricOverridesInvalid = "TagOverridesInvalid"

	DimensionOutcome = "Outcome"
	DimensionService = "Service"
	DimensionReason  = "Reason"
)

// The outcomes of an asset: values of DimensionOutcome.
const (
	OutcomeTagged        = "tagged"
	OutcomeAlreadyTagged = "already-tagged"
	OutcomeExcluded      = "excluded"
	OutcomeNotTaggable   = "not-taggable"
	OutcomeUnknownEvent  = "unknown-event"
	OutcomeFailed        = "failed"
)
