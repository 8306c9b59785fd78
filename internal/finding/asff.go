package finding

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"assetguard/internal/compliance"
)

// asff is the part of the AWS Security Finding Format that is read. Products leave out what they do not know, whole
// objects too: Inspector has no Compliance.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
type asff struct {
	ID            string `json:"Id"`
	ProductARN    string `json:"ProductArn"`
	ProductName   string
	ProductFields map[string]string
	GeneratorID   string `json:"GeneratorId"`
	Title         string
	Description   string
	AwsAccountID  string `json:"AwsAccountId"`
	Region        string
	RecordState   string
	WorkflowState string
	Workflow      struct{ Status string }
	Severity      rating
	Provider      struct{ Severity rating } `json:"FindingProviderFields"`
	Compliance    struct {
		Status              string
		SecurityControlID   string `json:"SecurityControlId"`
		RelatedRequirements []string
	}
	FirstObservedAt string
	CreatedAt       string
	UpdatedAt       string
	Resources       []struct {
		Type, Region string
		ID           string `json:"Id"`
		Tags         map[string]string
	}
	Remediation       struct{ Recommendation struct{ Text, URL string } }
	Vulnerabilities   []vulnerability
	UserDefinedFields map[string]string
}

// rating is a Severity: a label, or else a number.
type rating struct {
	Label      string
	Normalized *float64
}

func (r rating) severity() (Severity, bool) {
	if s, err := ParseSeverity(r.Label); err == nil {
		return s, true
	}
	if r.Normalized != nil {
		return ofScore(*r.Normalized), true
	}
	return unrated, false
}

// vulnerability is one of Inspector's.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Vulnerability.html
type vulnerability struct {
	ID                 string `json:"Id"`
	ExploitAvailable   string // YES or NO
	VulnerablePackages []struct {
		Name, Version, Release string
		FixedInVersion         string // NotAvailable where there is none
	}
}

func readASFF(raw json.RawMessage) (Finding, error) {
	var a asff
	if err := json.Unmarshal(raw, &a); err != nil {
		return Finding{}, err
	}
	f := Finding{
		ID: a.ID, ProductARN: a.ProductARN, Schema: ASFF, Product: a.product(), Generator: a.GeneratorID, Control: a.control(),
		Title: a.Title, Text: a.Description, Account: a.AwsAccountID, Region: a.Region,
		Workflow: cmp.Or(a.Workflow.Status, a.WorkflowState, WorkflowNew), Record: cmp.Or(a.RecordState, RecordActive),
		Compliance: a.Compliance.Status, FirstSeen: moment(cmp.Or(a.FirstObservedAt, a.CreatedAt)), Updated: moment(a.UpdatedAt),
		Fix:    Fix{Text: a.Remediation.Recommendation.Text, URL: a.Remediation.Recommendation.URL},
		Fields: a.UserDefinedFields,
	}
	f.Severity, f.Rated = a.severities()
	for _, r := range a.Resources {
		f.Resources = append(f.Resources, Resource{Type: r.Type, ID: r.ID, Region: r.Region, Tags: r.Tags})
	}
	for _, v := range a.Vulnerabilities {
		f.CVEs = append(f.CVEs, v.packages()...)
	}
	f.Codes = codes(&f, a.Compliance.RelatedRequirements)
	return f, nil
}

// severities are the one in force and that of the product.
func (a *asff) severities() (inForce, rated Severity) {
	rated, byProduct := a.Provider.Severity.severity()
	inForce, known := a.Severity.severity()
	switch {
	case !known:
		return rated, rated
	case !byProduct:
		return inForce, inForce
	}
	return inForce, rated
}

// Our importer brings what AWS Config says; Security Hub calls the account's own product Default.
const (
	productConfig  = "Config"
	productDefault = "Default"
)

// SentAs are the names by which Security Hub sends findings of what people know as a product: its own, and for Config that
// of our importer's.
func SentAs(product string) []string {
	if strings.EqualFold(product, productConfig) {
		return []string{product, productDefault}
	}
	return []string{product}
}

// product is the name of the product: what it calls itself, or else the last part of its ARN.
func (a *asff) product() string {
	if strings.HasPrefix(a.GeneratorID, compliance.GeneratorID("")) {
		return productConfig
	}
	return cmp.Or(a.ProductName, a.ProductFields["aws/securityhub/ProductName"], a.ProductARN[strings.LastIndexByte(a.ProductARN, '/')+1:])
}

// control is the control of a standard: SecurityControlId where control findings are consolidated, and before that a
// product field. Findings of our pack have their check.
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-changes-consolidation.html
func (a *asff) control() string {
	if check, ours := strings.CutPrefix(a.GeneratorID, compliance.GeneratorID("")); ours {
		return check
	}
	control, consolidated := strings.CutPrefix(a.GeneratorID, "security-control/")
	if !consolidated {
		control = ""
	}
	return cmp.Or(a.Compliance.SecurityControlID, control, a.ProductFields["ControlId"], a.ProductFields["RuleId"])
}

// packages are the vulnerability once for each package, so that each fix is named.
func (v *vulnerability) packages() []CVE {
	cve := CVE{ID: v.ID, Exploited: strings.EqualFold(v.ExploitAvailable, "YES")}
	if len(v.VulnerablePackages) == 0 {
		return []CVE{cve}
	}
	var each []CVE
	for _, p := range v.VulnerablePackages {
		cve.Package, cve.Version, cve.FixedVersion = p.Name, p.Version, fixed(p.FixedInVersion)
		if p.Release != "" {
			cve.Version += "-" + p.Release
		}
		if !slices.Contains(each, cve) {
			each = append(each, cve)
		}
	}
	return each
}

// fixed is a version, or "" for the ways in which products say that there is none.
func fixed(version string) string {
	switch strings.ToLower(strings.ReplaceAll(version, " ", "")) {
	case "notavailable", "none", "n/a", "unknown":
		return ""
	}
	return version
}

// codes are those that the finding names in its requirements and fields. One that names none has those of its control
// or check: automation rules may label a finding only after its first event.
func codes(f *Finding, requirements []string) []string {
	var named []string
	add := func(edition compliance.Edition, id string) {
		code := compliance.Code{Edition: edition, ID: strings.TrimSpace(id)}.String()
		if strings.TrimSpace(id) != "" && !slices.Contains(named, code) {
			named = append(named, code)
		}
	}
	for _, edition := range compliance.Editions() {
		for _, requirement := range requirements {
			if id, ours := strings.CutPrefix(requirement, string(edition)+"/"); ours {
				add(edition, id)
			}
		}
	}
	for _, field := range []struct {
		key     string
		edition compliance.Edition
	}{{compliance.FieldKISACloud2026, compliance.KISACloud2026}, {compliance.FieldISMSP2023, compliance.ISMSP2023}} {
		for id := range strings.SplitSeq(f.Fields[field.key], ",") {
			add(field.edition, id)
		}
	}
	if len(named) == 0 && f.Control != "" {
		for _, code := range append(compliance.CodesOfCheck(f.Control), compliance.CodesOfControl(f.Control)...) {
			add(code.Edition, code.ID)
		}
	}
	return named
}

// moment is a time of a finding, zero where it is none.
func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
