package imagebuilder

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// Limits of EC2 Image Builder: characters of a document that a component carries itself, bytes of one that it takes
// from S3, components of a recipe.
const (
	MaxInlineCharacters = 16_000
	MaxDocumentBytes    = 64_000
	MaxComponents       = 20
)

// ParameterReportLocation is the parameter of the compliance component that says where the report goes:
// s3://BUCKET/PREFIX, without a slash at the end. The report of an image lies below it, see [ReportKey].
const ParameterReportLocation = "ReportLocation"

// ComplianceComponent is the name of the component that tests all rules, writes the report and takes
// [ParameterReportLocation].
const ComplianceComponent = "compliance"

// checksComponent is the name of the component that it finds the checks by. Both run in the phase test, this one first.
const checksComponent = "compliance-checks"

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
	Version     string      // of the document, see [Version]
}

// Inline tells whether the document fits into the component itself. Others are taken from S3.
func (c *Component) Inline() bool { return utf8.RuneCountInString(c.Document) <= MaxInlineCharacters }

// Version is the semantic version of what cannot be changed once it is made, components and recipes: the same content
// has the same version, and other content another one. Versions do not grow with time, so a recipe names the exact
// one of a component.
func Version(content string) string {
	const field = 1<<30 - 1 // the most that Image Builder takes for each number
	sum := sha256.Sum256([]byte(content))
	return fmt.Sprintf("1.%d.%d", binary.BigEndian.Uint32(sum[:4])&field, binary.BigEndian.Uint32(sum[4:8])&field)
}

var releasePattern = regexp.MustCompile(`^2023\.\d{1,2}\.20\d{6}$`)

// effective is the target with the defaults filled in. The error names everything that is wrong with it.
func (t Target) effective() (Target, error) {
	if t.OS == "" {
		t.OS = AmazonLinux2023
	}
	if t.Arch == "" {
		t.Arch = ARM64
	}
	if t.Release == "" {
		t.Release = Newest
	}
	var faults []error
	switch {
	case t.OS == AmazonLinux2 && !t.AllowEndOfLife:
		faults = append(faults, errors.New("os: Amazon Linux 2 gets no security updates since 2026-06-30: use amazon-linux-2023, or set allowEndOfLife"))
	case t.OS == AmazonLinux2 && t.Release != Newest:
		faults = append(faults, errors.New("release: Amazon Linux 2 has no releases: leave it out"))
	case t.OS != AmazonLinux2023 && t.OS != AmazonLinux2:
		faults = append(faults, fmt.Errorf("os: %q is not known: write %s or %s", t.OS, AmazonLinux2023, AmazonLinux2))
	}
	if t.Arch != ARM64 && t.Arch != X8664 {
		faults = append(faults, fmt.Errorf("arch: %q is not known: write %s or %s", t.Arch, ARM64, X8664))
	}
	if t.Release != Newest && !releasePattern.MatchString(t.Release) {
		faults = append(faults, fmt.Errorf("release: %q is no release: write one such as 2023.9.20251117, or %s", t.Release, Newest))
	}
	return t, errors.Join(faults...)
}

// Validate checks the target. The error joins everything that is wrong.
func (t Target) Validate() error {
	_, err := t.effective()
	return err
}

func (t Target) packageManager() string {
	if t.OS == AmazonLinux2 {
		return "yum"
	}
	return "dnf"
}

// ParentImage is the ARN of the newest image that Amazon publishes for a valid target.
func (t Target) ParentImage(partition, region string) string {
	t, _ = t.effective()
	arch := map[Arch]string{ARM64: "arm64", X8664: "x86"}[t.Arch]
	return fmt.Sprintf("arn:%s:imagebuilder:%s:aws:image/%s-%s/x.x.x", partition, region, t.OS, arch)
}
