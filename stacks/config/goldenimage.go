package config

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"assetguard/imagebuilder"
	"assetguard/internal/strict"
)

// GoldenImage is the hardened image that instances are born from, and how it is built.
type GoldenImage struct {
	// Whether the image is built. docs/golden-image.md says what it makes and costs.
	Enabled bool `json:"enabled,omitempty"`
	// amazon-linux-2023, or amazon-linux-2, whose support ended on 2026-06-30 and which therefore needs allowEndOfLife.
	BaseImage string `json:"baseImage,omitempty" jsonschema:"enum=amazon-linux-2023,enum=amazon-linux-2"`
	// Build from a base that gets no security updates any more. For the time of a migration only.
	AllowEndOfLife bool `json:"allowEndOfLife,omitempty"`
	// arm64 or x86_64. The instance types must be of the same.
	Architecture string `json:"architecture,omitempty" jsonschema:"enum=arm64,enum=x86_64"`
	// Release of Amazon Linux 2023 whose packages are installed: latest, or a pinned one such as 2023.9.20251014.
	Release string `json:"release,omitempty"`
	// Instance types that may build and test; Image Builder takes the first that has room. medium and larger build in
	// reasonable time. Absent: t4g.medium and m7g.medium for arm64, t3.medium and t3.large for x86_64.
	InstanceTypes []string `json:"instanceTypes,omitempty" jsonschema:"uniqueItems=true"`
	// Subnet that builds run in, with a way out to the package repositories and to Systems Manager. Absent: the first of
	// network.privateSubnetIds in mode existing, a subnet of the default VPC in mode default. Needs vpcId.
	SubnetID string `json:"subnetId,omitempty"`
	// VPC of subnetId. Absent: that of the network.
	VPCID string `json:"vpcId,omitempty"`
	// Size of the root volume in GiB, 8 to 1024.
	VolumeGB int `json:"volumeGB,omitempty" jsonschema:"minimum=8,maximum=1024"`
	// When it is built: six fields in the time zone Asia/Seoul, as cron(0 2 ? * sun *).
	Schedule string `json:"schedule,omitempty"`
	// updates: a build starts on schedule when the base image or a component has a newer version. always: on every
	// match of the schedule, which also installs packages that came out since the base image, and costs a build each time.
	Start string `json:"start,omitempty" jsonschema:"enum=updates,enum=always"`
	// Regions beside the home region that get a copy of the image, each one of regions.others.
	Regions []string `json:"regions,omitempty" jsonschema:"uniqueItems=true"`
	// ARN of the company's own KMS key that encrypts the image, by region. Its policy must let the account's IAM policies
	// grant its use, and who shares the image use it. Absent for a region: the stack's key, or a key of the image where
	// it is shared.
	KeyARNs map[string]string `json:"keyArns,omitempty"`
	// Who else may launch instances from the image.
	Share ImageShare `json:"share,omitempty"`
	// Launch templates of the home region, as lt-0123456789abcdef0, that get a new default version with each image.
	LaunchTemplates []string `json:"launchTemplates,omitempty" jsonschema:"uniqueItems=true"`
	// The company's own Image Builder components, run after the hardening in this order.
	Components []ImageComponent `json:"components,omitempty"`
	// What the hardening does; docs/golden-image-controls.md lists its rules.
	Hardening Hardening `json:"hardening,omitempty"`
	// Inspector's scan of the image.
	Scan ImageScan `json:"scan,omitempty"`
	// What becomes of old images.
	Lifecycle ImageLifecycle `json:"lifecycle,omitempty"`
	// Days after which the newest image counts as too old, 7 to 365. With start updates there can be weeks without a
	// build; Amazon Linux 2023 has a release every two weeks or so.
	MaxAgeDays int `json:"maxAgeDays,omitempty" jsonschema:"minimum=7,maximum=365"`
}

// Hardening is what the company decides about the hardening.
type Hardening imagebuilder.Settings

// Settings are the hardening as package imagebuilder takes it.
func (h Hardening) Settings() imagebuilder.Settings { return imagebuilder.Settings(h) }

func (h Hardening) faults(path string) []Fault {
	settings := h.Settings()
	return settings.Faults(path)
}

// ImageShare is who else may launch instances from the image. The key that encrypts it is shared with it.
type ImageShare struct {
	// Account numbers.
	Accounts []string `json:"accounts,omitempty" jsonschema:"uniqueItems=true"`
	// ARN of the organisation whose accounts all may.
	OrganizationARN string `json:"organizationArn,omitempty"`
}

// ImageComponent is a component that the company adds. Exactly one of arn and document is given.
type ImageComponent struct {
	// ARN of a component that exists, with a version or x.x.x.
	ARN string `json:"arn,omitempty"`
	// Document in this repository, as images/agent.yaml: the stack makes a component of it, named after the file.
	Document string `json:"document,omitempty"`
}

// ImageScan is Inspector's scan of an instance of the image during its build.
type ImageScan struct {
	// Whether findings of the scan are kept with the image. Needs inspection.inspector.ec2, or an Inspector that exists.
	Enabled bool `json:"enabled,omitempty"`
	// Most critical findings with which an image may be promoted to prod.
	MaxCritical int `json:"maxCritical,omitempty" jsonschema:"minimum=0"`
	// Most high findings with which an image may be promoted to prod.
	MaxHigh int `json:"maxHigh,omitempty" jsonschema:"minimum=0"`
}

// ImageLifecycle is what becomes of old images. What is tagged Keep=true is left alone.
type ImageLifecycle struct {
	// Days after which an image is deprecated: launches of it still work, and lists leave it out.
	DeprecateAfterDays int `json:"deprecateAfterDays,omitempty" jsonschema:"minimum=1,maximum=1000"`
	// Days after which an image is deleted with its snapshots, more than deprecateAfterDays, unless an instance was
	// launched from it in the last month.
	DeleteAfterDays int `json:"deleteAfterDays,omitempty" jsonschema:"minimum=1,maximum=1000"`
	// Images that are always kept, 1 to 10.
	Keep int `json:"keep,omitempty" jsonschema:"minimum=1,maximum=10"`
}

// Base images.
const (
	BaseAmazonLinux2023 = string(imagebuilder.AmazonLinux2023)
	BaseAmazonLinux2    = string(imagebuilder.AmazonLinux2)
)

// Architectures of the image.
const (
	ArchitectureARM = string(imagebuilder.ARM64)
	ArchitectureX86 = string(imagebuilder.X8664)
)

// When a build starts.
const (
	StartUpdates = "updates"
	StartAlways  = "always"
)

// ReleaseLatest is the newest release of Amazon Linux 2023.
const ReleaseLatest = imagebuilder.Newest

// buildTypes are the instance types that build where none are configured.
var buildTypes = map[string][]string{
	ArchitectureARM: {"t4g.medium", "m7g.medium"},
	ArchitectureX86: {"t3.medium", "t3.large"},
}

// Types are the instance types that may build.
func (g GoldenImage) Types() []string {
	if len(g.InstanceTypes) > 0 {
		return g.InstanceTypes
	}
	return buildTypes[g.Architecture]
}

// Shared tells whether others may launch instances from the image.
func (g GoldenImage) Shared() bool {
	return len(g.Share.Accounts) > 0 || g.Share.OrganizationARN != ""
}

// Target is what the image is made of, as package imagebuilder takes it.
func (g GoldenImage) Target() imagebuilder.Target {
	return imagebuilder.Target{
		OS: imagebuilder.OS(g.BaseImage), Arch: imagebuilder.Arch(g.Architecture), Release: g.Release, AllowEndOfLife: g.AllowEndOfLife,
	}
}

// Subnet is the VPC and the subnet that builds run in; both are empty in mode default, where the account's own is
// looked up.
func (s *Settings) Subnet() (vpc, subnet string) {
	switch g := s.GoldenImage; {
	case g.SubnetID != "":
		return g.VPCID, g.SubnetID
	case s.Network.Mode == NetworkExisting && len(s.Network.PrivateSubnetIDs) > 0:
		return s.Network.VPCID, s.Network.PrivateSubnetIDs[0]
	}
	return "", ""
}

// goldenImage checks the settings of the golden image; those of one that is off must fit as well.
func (s *Settings) goldenImage() []Fault {
	const at = "goldenImage."
	g := s.GoldenImage
	faults := slices.Concat(
		oneOf(at+"baseImage", g.BaseImage, BaseAmazonLinux2023, BaseAmazonLinux2),
		oneOf(at+"architecture", g.Architecture, ArchitectureARM, ArchitectureX86),
		oneOf(at+"start", g.Start, StartUpdates, StartAlways),
		shaped(at+"release", g.Release),
		shaped(at+"schedule", g.Schedule),
		shaped(at+"subnetId", g.SubnetID),
		shaped(at+"vpcId", g.VPCID),
		shaped(at+"share.organizationArn", g.Share.OrganizationARN),
		list(at+"instanceTypes", g.InstanceTypes),
		list(at+"share.accounts", g.Share.Accounts),
		list(at+"launchTemplates", g.LaunchTemplates),
		s.imageRegions(at),
		g.base(at),
		imageComponents(at+"components", g.Components),
		g.numbers(at),
		g.Hardening.faults(at+"hardening"),
	)
	if g.Enabled {
		faults = append(faults, s.imageNeeds(at)...)
	}
	return faults
}

// imageRegions checks what is said by region.
func (s *Settings) imageRegions(at string) []Fault {
	g := s.GoldenImage
	faults := list(at+"regions", g.Regions)
	for i, region := range g.Regions {
		if region != "" && !slices.Contains(s.Regions.Others, region) {
			faults = append(faults, Fault{
				Path: strict.Element(at+"regions", i), Problem: region + " is none of regions.others",
				Mend: "add it there, since the copy needs a key of the region; the home region has the image anyway",
			})
		}
	}
	for _, region := range strict.Keys(g.KeyARNs) {
		path := strict.Child(at+"keyArns", region)
		if region != s.Regions.Home && !slices.Contains(g.Regions, region) {
			faults = append(faults, Fault{Path: path, Problem: "no image is copied to " + region, Mend: "name the home region, or one of goldenImage.regions"})
		}
		if prefix := ":kms:" + region + ":"; !keyARN.MatchString(g.KeyARNs[region]) || !strings.Contains(g.KeyARNs[region], prefix) {
			faults = append(faults, Fault{
				Path: path, Problem: fmt.Sprintf("%q is no key of the region", g.KeyARNs[region]), Mend: "want arn:aws:kms:" + region + ":ACCOUNT:key/ID",
			})
		}
	}
	return faults
}

// base checks what the base image and its architecture ask for.
func (g GoldenImage) base(at string) []Fault {
	var faults []Fault
	if g.BaseImage == BaseAmazonLinux2 && !g.AllowEndOfLife {
		faults = append(faults, Fault{
			Path: at + "baseImage", Problem: "Amazon Linux 2 has had no security updates since 2026-06-30",
			Mend: "use amazon-linux-2023, or set allowEndOfLife to true for the time of a migration",
		})
	}
	if g.BaseImage == BaseAmazonLinux2 && g.Release != ReleaseLatest {
		faults = append(faults, Fault{Path: at + "release", Problem: "Amazon Linux 2 has no releases to pin", Mend: "remove it, or use amazon-linux-2023"})
	}
	for i, instance := range g.InstanceTypes {
		family, _, _ := strings.Cut(instance, ".")
		if arm := strings.Contains(strings.TrimLeft(family, "abcdefghijklmnopqrstuvwxyz"), "g"); instance != "" && arm != (g.Architecture == ArchitectureARM) {
			faults = append(faults, Fault{
				Path: strict.Element(at+"instanceTypes", i), Problem: fmt.Sprintf("%s is not of the architecture %s", instance, g.Architecture),
				Mend: "families with a g after their number, as t4g, are arm64",
			})
		}
	}
	return faults
}

func imageComponents(at string, components []ImageComponent) []Fault {
	var faults []Fault
	names := map[string]int{}
	for i, c := range components {
		path := strict.Element(at, i)
		if (c.ARN == "") == (c.Document == "") {
			faults = append(faults, Fault{Path: path, Problem: "wants exactly one of arn and document", Mend: "name a component that exists, or a document of this repository"})
		}
		faults = append(faults, shaped(strict.Child(path, "arn"), c.ARN)...)
		faults = append(faults, shaped(strict.Child(path, "document"), c.Document)...)
		if c.Document == "" {
			continue
		}
		if first, there := names[c.Name()]; there {
			faults = append(faults, Fault{Path: strict.Child(path, "document"), Problem: fmt.Sprintf("is named %s like [%d]", c.Name(), first), Mend: "rename the file"})
			continue
		}
		names[c.Name()] = i
	}
	return faults
}

// Name is what the component of a document is named after: the file without its ending.
func (c ImageComponent) Name() string {
	return strings.TrimSuffix(path.Base(c.Document), path.Ext(c.Document))
}

func (g GoldenImage) numbers(at string) []Fault {
	var faults []Fault
	for _, n := range []struct {
		key                string
		value, least, most int
	}{
		{"volumeGB", g.VolumeGB, 8, 1024},
		{"maxAgeDays", g.MaxAgeDays, 7, 365},
		{"scan.maxCritical", g.Scan.MaxCritical, 0, 10000},
		{"scan.maxHigh", g.Scan.MaxHigh, 0, 10000},
		{"lifecycle.deprecateAfterDays", g.Lifecycle.DeprecateAfterDays, 1, 1000},
		{"lifecycle.deleteAfterDays", g.Lifecycle.DeleteAfterDays, 1, 1000},
		{"lifecycle.keep", g.Lifecycle.Keep, 1, 10},
	} {
		if n.value < n.least || n.value > n.most {
			faults = append(faults, Fault{Path: at + n.key, Problem: fmt.Sprintf("%d is not between %d and %d", n.value, n.least, n.most), Mend: "write a number between them"})
		}
	}
	if l := g.Lifecycle; l.DeleteAfterDays <= l.DeprecateAfterDays {
		faults = append(faults, Fault{
			Path: at + "lifecycle.deleteAfterDays", Problem: fmt.Sprintf("%d is not more than deprecateAfterDays (%d)", l.DeleteAfterDays, l.DeprecateAfterDays),
			Mend: "an image is deprecated first and deleted later",
		})
	}
	return faults
}

// imageNeeds checks what an image that is built needs beside its own settings.
func (s *Settings) imageNeeds(at string) []Fault {
	g := s.GoldenImage
	var faults []Fault
	switch {
	case (g.SubnetID == "") != (g.VPCID == ""):
		faults = append(faults, Fault{Path: at + "subnetId", Problem: "subnetId and vpcId go together", Mend: "give both, or none"})
	case g.SubnetID == "" && s.Network.Mode == NetworkNew:
		faults = append(faults, Fault{
			Path: at + "subnetId", Problem: "missing: the subnet that builds run in",
			Mend: "the stack makes no VPC of mode new yet: name a subnet and its vpcId, or set goldenImage.enabled to false",
		})
	}
	if s.Account.Role == RoleGuest {
		faults = append(faults, Fault{
			Path: at + "enabled", Problem: "a guest builds no image: its log groups are named once per account",
			Mend: "enable it in the stack that owns the account",
		})
	}
	scanned := s.Inspection.Inspector.EC2 || s.Inspection.Existing[s.Regions.Home].Inspector == ExistingLeave
	if g.Scan.Enabled && !scanned {
		faults = append(faults, Fault{
			Path: at + "scan.enabled", Problem: "nothing scans instances", Mend: "set inspection.inspector.ec2 to true, or scan.enabled to false",
		})
	}
	return faults
}
