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
)

// MetricNamespace is the CloudWatch namespace of everything that the functions measure.
const MetricNamespace = "assetguard"

// Metrics of the auto-tag function, written as embedded metric format.
const (
	MetricAutotagOutcome   = "AutotagOutcome"      // one per asset, dimensions Outcome, Service, Reason
	MetricOverridesInvalid = "TagOverridesInvalid" // 1 for each load of an invalid overrides document
	DimensionOutcome       = "Outcome"
	DimensionService       = "Service"
	DimensionReason        = "Reason"
)
