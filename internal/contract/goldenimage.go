package contract

// The tags of a golden image beside the classification tags (docs/adr/0003-tag-keys.md). Image Builder adds CreatedBy.
const (
	TagName       = "Name"
	TagBuildDate  = "BuildDate"  // when the build began, by Image Builder
	TagPurpose    = "Purpose"    // PurposeGoldenImage
	TagCompliance = "Compliance" // ComplianceGoldenImage
	TagBaseImage  = "BaseImage"  // such as Amazon Linux 2023
	TagHardened   = "Hardened"   // true
	// TagPromoted is set when an image is promoted: the environment that it is promoted to.
	TagPromoted = "Promoted"
	// TagKeep is set by people: the lifecycle policy leaves an image alone where it is "true".
	TagKeep = "Keep"
	// TagUnproven is set when an image is promoted in the sandbox without a compliance report or a scan: the reason.
	TagUnproven = "Unproven"
)

// Values of a golden image's tags. The company uses ISMS-K-21.1; it is no code of the published ISMS-P standard.
const (
	PurposeGoldenImage    = "ISMS-Compliant-Golden-AMI"
	ComplianceGoldenImage = "ISMS-K-21.1"
	HardenedGoldenImage   = "true"
)

// FunctionImages is the name of the function that looks at the golden images: of its command below lambdas/cmd and of its
// zip.
const FunctionImages = "images"

// EnvImageName holds the tag Name of the images that the function looks at, and EnvImageSince when their pipeline was made
// (RFC 3339).
const (
	EnvImageName  = "ASSETGUARD_IMAGE_NAME"
	EnvImageSince = "ASSETGUARD_IMAGE_SINCE"
)

// Metrics of the images function, without dimensions.
const (
	// MetricImages counts the images that can be launched.
	MetricImages = "GoldenImages"
	// MetricImageAge is the age in days of the newest of them; while there is none, of the pipeline that should have made one.
	MetricImageAge = "GoldenImageAgeDays"
)

// GoldenImageName is the tag Name of a stack's golden images, and begins the names of its pipeline and recipe.
func GoldenImageName(project, stack string) string { return project + "-" + stack + "-golden-ami" }

// ParameterNewestImage is the path of the parameter with the newest golden image of a stack, in each region that has
// one. Image Builder may write below /imagebuilder/ only.
func ParameterNewestImage(project, stack string) string {
	return "/imagebuilder/" + project + "/" + stack + "/golden-image"
}

// ParameterPromotedImage is the path of the parameter with the golden image that is promoted to production, in each
// region that has one. People write it by `go run ./account image promote`.
func ParameterPromotedImage(project, stack string) string {
	return "/" + project + "/" + stack + "/golden-image/promoted"
}

// GoldenImageReports is the folder of the compliance reports in the bucket of the build logs, and GoldenImageLogs that of
// the logs.
const (
	GoldenImageReports = "reports"
	GoldenImageLogs    = "logs"
)

// What a letter about the golden image tells: the words after the colon of its first line.
const (
	ImageBuilt      = "built"
	ImageFailed     = "build failed"
	ImageVulnerable = "vulnerabilities found"
	ImageStopped    = "pipeline disabled"
)

// ImageLetterHead begins the letters about a stack's golden image, which EventBridge writes: this head, one of the words
// above, and lines "Name: value". People read them by e-mail, and package notice in Slack.
const ImageLetterHead = "Golden image of stack "

// The names in the lines of such a letter.
const (
	ImageLetterImage    = "Image"
	ImageLetterState    = "State"
	ImageLetterReason   = "Reason"
	ImageLetterPipeline = "Pipeline"
	ImageLetterCritical = "Critical"
	ImageLetterHigh     = "High"
	ImageLetterMedium   = "Medium"
)
