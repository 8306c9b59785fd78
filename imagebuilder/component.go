package imagebuilder

// Limits of EC2 Image Builder: characters of a document that a component carries itself, bytes of one that it takes
// from S3, components of a recipe.
const (
	MaxInlineCharacters = 16_000
	MaxDocumentBytes    = 64_000
	MaxComponents       = 20
)

// Names of parameters that components take from the recipe.
const (
	// ParameterReportLocation is where the compliance report goes: s3://BUCKET/PREFIX without a slash at the end. The
	// report of an image lies below it at AMI-ID/report.json, report.en.md and report.ko.md ([ReportKey]).
	ParameterReportLocation = "ReportLocation"
)

// Arch is a processor architecture, as EC2 names it.
type Arch string

// The architectures.
const (
	ARM64 Arch = "arm64"
	X8664 Arch = "x86_64"
)

// Newest is the release that stands for whatever Amazon Linux 2023 has last.
const Newest = "latest"

// Target is what an image is made of.
type Target struct {
	OS   OS   // absent means Amazon Linux 2023
	Arch Arch // absent means arm64
	// Release of Amazon Linux 2023 that is installed, such as 2023.9.20251117. Absent means [Newest].
	Release string
	// AllowEndOfLife takes Amazon Linux 2, which gets no more security updates.
	AllowEndOfLife bool
}

// Phase is a phase of a component document.
type Phase string

// The phases: build and validate run before the snapshot, test on an instance that was started from it.
const (
	PhaseBuild    Phase = "build"
	PhaseValidate Phase = "validate"
	PhaseTest     Phase = "test"
)

// Parameter is a value that a recipe gives to a component.
type Parameter struct {
	Name        string
	Description string
}

// Component is a component of Image Builder, ready to be made.
type Component struct {
	Name        string // such as hardening-access; the stack puts its own name before it
	Description string
	Phases      []Phase
	Parameters  []Parameter // all required
	Document    string      // YAML
	Version     string      // derives from Document, see [Version]
}

// Inline tells whether the document fits into the component itself. Others are taken from S3.
func (c *Component) Inline() bool { return len([]rune(c.Document)) <= MaxInlineCharacters }

// Render makes the components of an image in the order in which a recipe has them: the groups of rules that are on,
// and the compliance test. The error names everything that is wrong with the settings and the target.
func Render(settings Settings, target Target) ([]Component, error) { return nil, nil }

// ParentImage is the newest image of the target that Amazon publishes, as an ARN: partition and region as in
// arn:PARTITION:imagebuilder:REGION:aws:image/...
func (t Target) ParentImage(partition, region string) string { return "" }
