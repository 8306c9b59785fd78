package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assetguard/internal/compliance"
	"assetguard/internal/strict"
)

// Inspection is what looks for vulnerabilities and misconfigurations in the account, and what it costs.
type Inspection struct {
	// What Inspector looks at. Each instance, image and function is billed.
	Inspector Inspector `json:"inspector,omitempty"`
	// How AWS Config records. Together with the number of rules it makes most of the bill.
	Config Recording `json:"config,omitempty"`
	// Which checks are evaluated, and by whom.
	Checks Checks `json:"checks,omitempty"`
	// Integrations of other makers from which Security Hub takes findings, as company/product. Those of AWS need no
	// entry.
	Products []string `json:"products,omitempty" jsonschema:"uniqueItems=true"`
	// Risks that the company accepts until a day; their findings are suppressed.
	Accepted []AcceptedRisk `json:"accepted,omitempty"`
	// Threat detection by GuardDuty.
	GuardDuty GuardDuty `json:"guardDuty,omitempty"`
	// Settings of account and regions that make what people create safer. What is off is left as it is.
	Baseline Baseline `json:"baseline,omitempty"`
	// The organisation, where this account is its delegated administrator.
	Organization Organization `json:"organization,omitempty"`
	// What exists in a region already, by region. What is not named here is made, and AWS refuses where it exists:
	// nothing is overwritten.
	Existing map[string]Existing `json:"existing,omitempty"`
}

// Checks are what the company decides about the checks.
type Checks compliance.Settings

// Settings are the checks as package compliance takes them.
func (c Checks) Settings() compliance.Settings { return compliance.Settings(c) }

// Enabled are the standards of Security Hub that are enabled.
func (c Checks) Enabled() []compliance.Standard {
	if c.Standards == nil {
		return compliance.DefaultStandards()
	}
	return *c.Standards
}

func (c Checks) faults(path string) []Fault {
	settings := c.Settings()
	return settings.Faults(path)
}

// Inspector is what Inspector looks at.
type Inspector struct {
	// Packages of EC2 instances, by the Systems Manager agent. Billed per instance and month.
	EC2 bool `json:"ec2,omitempty"`
	// Packages of container images in ECR. Billed per image pushed and per scan anew.
	ECR bool `json:"ecr,omitempty"`
	// Packages of Lambda functions. Billed per function and month.
	Lambda bool `json:"lambda,omitempty"`
	// The functions' own code, which costs about as much again and more per function; few regions offer it. Needs lambda.
	LambdaCode bool `json:"lambdaCode,omitempty"`
}

// Recording is how AWS Config records.
type Recording struct {
	// continuous: each change is an item, also each change of a tag. daily: one item a day for what differs; an item costs
	// four times as much, checks look once a day, and what comes and goes within a day is not seen. Choose daily where a
	// resource changes more than four times a day.
	Recording string `json:"recording,omitempty" jsonschema:"enum=continuous,enum=daily"`
	// Days that the bucket keeps configuration history and snapshots, 365 to 3653.
	HistoryDays int `json:"historyDays,omitempty" jsonschema:"minimum=365,maximum=3653"`
}

// Frequencies of recording.
const (
	RecordingContinuous = "continuous"
	RecordingDaily      = "daily"
)

// AcceptedRisk is a risk that the company accepts until a day. Exactly one of controls, checks and titles says which
// findings; the other lists narrow them.
type AcceptedRisk struct {
	// Short name of a-z, 0-9 and hyphens, in the rule's name and at each finding. Not to be used for another risk later.
	ID string `json:"id"`
	// Why it is accepted, for the auditor: what makes up for it, and who agreed. It stands at each finding.
	Reason string `json:"reason"`
	// Last day on which it is accepted, as "YYYY-MM-DD" in quotes. Then its findings open again.
	Expires string `json:"expires"`
	// Security Hub controls, such as EC2.8.
	Controls []string `json:"controls,omitempty" jsonschema:"maxItems=20,uniqueItems=true"`
	// Checks of the conformance pack by identifier, such as IAM_PASSWORD_POLICY.
	Checks []string `json:"checks,omitempty" jsonschema:"maxItems=20,uniqueItems=true"`
	// How titles of findings begin. A CVE alone, such as CVE-2026-1234, means that one and not CVE-2026-12345.
	Titles []string `json:"titles,omitempty" jsonschema:"maxItems=20,uniqueItems=true"`
	// ARNs of the resources; one that ends in * means all that begin so. Absent: all resources.
	Resources []string `json:"resources,omitempty" jsonschema:"maxItems=20,uniqueItems=true"`
	// Tags of which the resources carry at least one, with the value. Absent: all resources.
	Tags map[string]string `json:"tags,omitempty"`
	// Account numbers whose findings are meant. Absent: all accounts.
	Accounts []string `json:"accounts,omitempty" jsonschema:"maxItems=20,uniqueItems=true"`
}

// LastDay is the last day of an acceptance in a zone; the zero time when it is none. A day without quotes is a moment
// once Pulumi has handed it on.
func (a AcceptedRisk) LastDay(zone *time.Location) time.Time {
	text := strings.TrimSuffix(strings.TrimSuffix(a.Expires, "T00:00:00Z"), " 00:00:00 +0000 UTC")
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}
	}
	return day
}

// GuardDuty is threat detection.
type GuardDuty struct {
	// Whether GuardDuty is on. Billed by what it reads: events of CloudTrail, flow logs and DNS queries.
	Enabled bool `json:"enabled,omitempty"`
	// What it reads beside, each billed by itself: S3_DATA_EVENTS, EKS_AUDIT_LOGS, EBS_MALWARE_PROTECTION,
	// RDS_LOGIN_EVENTS, LAMBDA_NETWORK_LOGS, RUNTIME_MONITORING. All others are off.
	Features []string `json:"features,omitempty" jsonschema:"uniqueItems=true"`
}

// guardDutyFeatures are what GuardDuty can read beside its foundation.
var guardDutyFeatures = []string{
	"S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING",
}

// Baseline are settings of account and regions.
type Baseline struct {
	// Every new EBS volume is encrypted. Free of charge; existing volumes stay as they are.
	EBSEncryption bool `json:"ebsEncryption,omitempty"`
	// New instances take metadata requests with a token only (IMDSv2), unless their launch says otherwise. Old software
	// on new instances may fail. Running instances stay as they are.
	MetadataTokens bool `json:"metadataTokens,omitempty"`
	// No bucket of the account can be public. What is public now stops being so: a public website in S3 needs CloudFront
	// before this is switched on.
	S3PublicAccessBlock bool `json:"s3PublicAccessBlock,omitempty"`
	// The password policy of IAM users: 14 characters of all kinds, changed every 90 days, none of the last 24. Who has an
	// older password must change it at the next sign-in. It replaces the account's own policy.
	PasswordPolicy bool `json:"passwordPolicy,omitempty"`
	// The security group named default of each region's default VPC loses all its rules. It cuts off whatever still uses
	// the group, so look first; a region without a default VPC is left out.
	CloseDefaultSecurityGroup bool `json:"closeDefaultSecurityGroup,omitempty"`
}

// Organization is the organisation that the account belongs to.
type Organization struct {
	// none: the account looks at itself only. delegatedAdministrator: it also sees to the organisation's other accounts:
	// new ones are switched on, AWS Config shows all of them, and the conformance pack is deployed to each. The management
	// account names the delegated administrator of each service first (docs/inspection.md).
	Role string `json:"role,omitempty" jsonschema:"enum=none,enum=delegatedAdministrator"`
	// Id of the organisation, as o-abcdefghij. Role delegatedAdministrator only.
	ID string `json:"id,omitempty"`
}

// Roles in an organisation.
const (
	OrganizationNone          = "none"
	OrganizationAdministrator = "delegatedAdministrator"
)

// Existing is what a region has already. import: it is there and becomes this stack's; the preview names what differs.
// leave: it is there and somebody else's; it is left alone, and what builds on it is made all the same.
type Existing struct {
	// Security Hub. A delegated administrator has it already: import.
	SecurityHub string `json:"securityHub,omitempty" jsonschema:"enum=import,enum=leave"`
	// Security Hub's finding aggregator. Home region only.
	FindingAggregator string `json:"findingAggregator,omitempty" jsonschema:"enum=import,enum=leave"`
	// ARN of the finding aggregator to import.
	FindingAggregatorARN string `json:"findingAggregatorArn,omitempty"`
	// AWS Config's recorder with its delivery channel.
	Recorder string `json:"recorder,omitempty" jsonschema:"enum=import,enum=leave"`
	// Name of the recorder to import. Absent: default.
	RecorderName string `json:"recorderName,omitempty"`
	// Name of the delivery channel to import. Absent: default.
	ChannelName string `json:"channelName,omitempty"`
	// AWS Config's service-linked role AWSServiceRoleForConfig. Home region only, since roles are global.
	ConfigRole string `json:"configRole,omitempty" jsonschema:"enum=import,enum=leave"`
	// Inspector. leave: its scans are not changed. There is nothing to import.
	Inspector string `json:"inspector,omitempty" jsonschema:"enum=leave"`
	// IAM Access Analyzer's analyzer of external access.
	Analyzer string `json:"analyzer,omitempty" jsonschema:"enum=import,enum=leave"`
	// Name of the analyzer to import.
	AnalyzerName string `json:"analyzerName,omitempty"`
	// GuardDuty's detector.
	GuardDuty string `json:"guardDuty,omitempty" jsonschema:"enum=import,enum=leave"`
	// Id of the detector to import, 32 hex digits.
	DetectorID string `json:"detectorId,omitempty"`
}

// What is done about what exists.
const (
	ExistingImport = "import"
	ExistingLeave  = "leave"
)

// Scans are Inspector's scans in the words of its API.
func (i Inspector) Scans() []string {
	var scans []string
	for _, scan := range []struct {
		on   bool
		name string
	}{{i.EC2, "EC2"}, {i.ECR, "ECR"}, {i.Lambda, "LAMBDA"}, {i.LambdaCode, "LAMBDA_CODE"}} {
		if scan.on {
			scans = append(scans, scan.name)
		}
	}
	return scans
}

// inspection checks the settings of the inspection.
func (s *Settings) inspection() []Fault {
	const at = "inspection."
	i := s.Inspection
	faults := slices.Concat(
		oneOf(at+"config.recording", i.Config.Recording, RecordingContinuous, RecordingDaily),
		i.Checks.faults(at+"checks"),
		list(at+"products", i.Products),
		accepted(at+"accepted", i.Accepted),
		s.acceptedRoom(at+"accepted"),
		i.organization(at+"organization"),
		s.existing(at+"existing"),
	)
	if i.Inspector.LambdaCode && !i.Inspector.Lambda {
		faults = append(faults, Fault{Path: at + "inspector.lambdaCode", Problem: "needs lambda", Mend: "set inspector.lambda to true, or lambdaCode to false"})
	}
	if days := i.Config.HistoryDays; days < 365 || days > 3653 {
		faults = append(faults, Fault{
			Path: at + "config.historyDays", Problem: fmt.Sprintf("%d days are not between 365 and 3653", days),
			Mend: "auditors ask for one to three years",
		})
	}
	for n, feature := range i.GuardDuty.Features {
		faults = append(faults, oneOf(strict.Element(at+"guardDuty.features", n), feature, guardDutyFeatures...)...)
	}
	if len(i.GuardDuty.Features) > 0 && !i.GuardDuty.Enabled {
		faults = append(faults, Fault{Path: at + "guardDuty.features", Problem: "GuardDuty is off", Mend: "set guardDuty.enabled to true, or remove features"})
	}
	return faults
}

func (i Inspection) organization(path string) []Fault {
	o := i.Organization
	faults := slices.Concat(oneOf(path+".role", o.Role, OrganizationNone, OrganizationAdministrator), shaped(path+".id", o.ID))
	switch {
	case o.Role == OrganizationAdministrator && o.ID == "":
		faults = append(faults, Fault{Path: path + ".id", Problem: "missing: the organisation's id", Mend: "`aws organizations describe-organization` shows it"})
	case o.Role == OrganizationNone && o.ID != "":
		faults = append(faults, Fault{Path: path + ".id", Problem: "belongs to role delegatedAdministrator", Mend: "remove it, or set the role"})
	}
	return faults
}

// maxReason is the room for a reason in a finding's note, beside the risk's id and day.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_NoteUpdate.html
const maxReason = 400

// Room of the parameter that the daily look at accepted risks reads, and what a risk takes of it in a region beside its
// id and twice the region's name: the names of keys, the day and the rest of a rule's ARN.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const (
	acceptedRoom = 8192
	acceptedEach = 140
	controlEach  = 20 // of a control that is switched off
)

// acceptedRoom finds more risks than fit the parameter, where the controls that are switched off stand too.
func (s *Settings) acceptedRoom(path string) []Fault {
	size := 0
	for _, region := range append([]string{s.Regions.Home}, s.Regions.Others...) {
		size += len(region) + controlEach*len(s.Inspection.Checks.Rules)
		for _, risk := range s.Inspection.Accepted {
			size += acceptedEach + len(risk.ID) + 2*len(region)
		}
	}
	if size <= acceptedRoom {
		return nil
	}
	return []Fault{{
		Path: path, Problem: fmt.Sprintf("%d risks in %d regions need about %d bytes of a parameter that has %d",
			len(s.Inspection.Accepted), 1+len(s.Regions.Others), size, acceptedRoom),
		Mend: "put what ends on the same day for the same reason into one risk, and shorten the ids",
	}}
}

func accepted(path string, risks []AcceptedRisk) []Fault {
	var faults []Fault
	seen := map[string]int{}
	for n, risk := range risks {
		at := strict.Element(path, n)
		faults = append(faults, risk.faults(at)...)
		if first, found := seen[risk.ID]; found {
			faults = append(faults, Fault{Path: at + ".id", Problem: fmt.Sprintf("%s stands at [%d] already", risk.ID, first), Mend: "give each its own id"})
		} else {
			seen[risk.ID] = n
		}
	}
	return faults
}

func (a AcceptedRisk) faults(at string) []Fault {
	var faults []Fault
	fault := func(key, problem, mend string) {
		faults = append(faults, Fault{Path: strict.Child(at, key), Problem: problem, Mend: mend})
	}
	if a.ID == "" {
		fault("id", "missing", "give it a short name of a-z, 0-9 and hyphens")
	}
	switch {
	case a.Reason == "":
		fault("reason", "missing", "say what makes up for it, and who agreed")
	case utf8.RuneCountInString(a.Reason) > maxReason:
		fault("reason", fmt.Sprintf("is longer than the %d characters that fit the note of a finding", maxReason), "shorten it")
	}
	if a.LastDay(time.UTC).IsZero() {
		fault("expires", fmt.Sprintf("%q is no day", a.Expires), `write it in quotes, as "2027-03-31"`)
	}
	given := 0
	for _, list := range [][]string{a.Controls, a.Checks, a.Titles} {
		if len(list) > 0 {
			given++
		}
	}
	if given != 1 {
		faults = append(faults, Fault{
			Path: at, Problem: fmt.Sprintf("%d of controls, checks and titles are given", given),
			Mend: "give exactly one: a finding has to fit every list, and no finding is of several kinds",
		})
	}
	for _, l := range []struct {
		key    string
		values []string
	}{{"controls", a.Controls}, {"checks", a.Checks}, {"titles", a.Titles}, {"resources", a.Resources}, {"accounts", a.Accounts}} {
		faults = append(faults, list(strict.Child(at, l.key), l.values)...)
		if len(l.values) > compliance.MaxCriteriaValues {
			fault(l.key, fmt.Sprintf("%d values are more than a rule takes", len(l.values)), fmt.Sprintf("write at most %d, or make two risks", compliance.MaxCriteriaValues))
		}
	}
	for n, id := range a.Checks {
		if _, known := compliance.CheckByID(id); !known && id != "" {
			faults = append(faults, Fault{
				Path: strict.Element(strict.Child(at, "checks"), n), Problem: fmt.Sprintf("%q is no check", id),
				Mend: "docs/compliance.md lists all",
			})
		}
	}
	return append(faults, shaped(strict.Child(at, "id"), a.ID)...)
}

// existing checks what is said of each region.
func (s *Settings) existing(path string) []Fault {
	var faults []Fault
	covered := append([]string{s.Regions.Home}, s.Regions.Others...)
	for _, region := range strict.Keys(s.Inspection.Existing) {
		at := strict.Child(path, region)
		if !slices.Contains(covered, region) {
			faults = append(faults, Fault{Path: at, Problem: "the stack does not cover the region", Mend: strict.Suggest(region, covered)})
			continue
		}
		faults = append(faults, s.Inspection.Existing[region].faults(at, region == s.Regions.Home)...)
	}
	return faults
}

func (e Existing) faults(at string, home bool) []Fault {
	var faults []Fault
	for _, field := range []struct {
		key, value, idKey, id string
		needsID, homeOnly     bool
	}{
		{key: "securityHub", value: e.SecurityHub},
		{key: "findingAggregator", value: e.FindingAggregator, idKey: "findingAggregatorArn", id: e.FindingAggregatorARN, needsID: true, homeOnly: true},
		{key: "recorder", value: e.Recorder, idKey: "recorderName", id: e.RecorderName},
		{key: "recorder", value: e.Recorder, idKey: "channelName", id: e.ChannelName},
		{key: "configRole", value: e.ConfigRole, homeOnly: true},
		{key: "analyzer", value: e.Analyzer, idKey: "analyzerName", id: e.AnalyzerName, needsID: true},
		{key: "guardDuty", value: e.GuardDuty, idKey: "detectorId", id: e.DetectorID, needsID: true},
	} {
		path := strict.Child(at, field.key)
		faults = append(faults, oneOf(path, field.value, ExistingImport, ExistingLeave)...)
		if field.homeOnly && field.value != "" && !home {
			faults = append(faults, Fault{Path: path, Problem: "is of the home region only", Mend: "move it there"})
		}
		idPath := strict.Child(at, field.idKey)
		switch {
		case field.needsID && field.value == ExistingImport && field.id == "":
			faults = append(faults, Fault{Path: idPath, Problem: "missing", Mend: "an import needs it"})
		case field.id != "" && field.value != ExistingImport:
			faults = append(faults, Fault{Path: idPath, Problem: "is for an import", Mend: fmt.Sprintf("set %s to import, or remove it", field.key)})
		}
		faults = append(faults, shaped(idPath, field.id)...)
	}
	return append(slices.CompactFunc(faults, func(a, b Fault) bool { return a == b }), oneOf(strict.Child(at, "inspector"), e.Inspector, ExistingLeave)...)
}
