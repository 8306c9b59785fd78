package finding

import (
	"cmp"
	"encoding/json"
	"strings"
)

// ocsf is the part of the Open Cybersecurity Schema Framework that is read: the finding classes that Security Hub sends
// (vulnerability 2002, compliance 2003, detection 2004, data security 2006) share it. The names are those by which Security Hub
// filters.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_OcsfStringFilter.html
// https://schema.ocsf.io/1.5.0/categories/findings
type ocsf struct {
	ActivityName string `json:"activity_name"`
	SeverityID   *int   `json:"severity_id"`
	StatusID     *int   `json:"status_id"`
	Status       string `json:"status"`
	Vendor       struct {
		SeverityID *int `json:"severity_id"`
	} `json:"vendor_attributes"`
	Metadata struct {
		UID     string `json:"uid"`
		Product struct {
			UID  string `json:"uid"`
			Name string `json:"name"`
		} `json:"product"`
	} `json:"metadata"`
	Cloud struct {
		Region  string `json:"region"`
		Account struct {
			UID string `json:"uid"`
		} `json:"account"`
	} `json:"cloud"`
	Info struct {
		UID       string `json:"uid"`
		Title     string `json:"title"`
		Text      string `json:"desc"`
		Created   string `json:"created_time_dt"`
		FirstSeen string `json:"first_seen_time_dt"`
		Modified  string `json:"modified_time_dt"`
		Analytic  struct {
			Name string `json:"name"`
			UID  string `json:"uid"`
		} `json:"analytic"`
	} `json:"finding_info"`
	Compliance struct {
		Control      string   `json:"control"`
		StatusID     *int     `json:"status_id"`
		Requirements []string `json:"requirements"`
	} `json:"compliance"`
	Resources   []ocsfResource `json:"resources"`
	Remediation struct {
		Text       string   `json:"desc"`
		References []string `json:"references"`
	} `json:"remediation"`
	Vulnerabilities []struct {
		CVE struct {
			UID string `json:"uid"`
		} `json:"cve"`
		Exploit  bool `json:"is_exploit_available"`
		Packages []struct {
			Name    string `json:"name"`
			Version string `json:"version"`
			Release string `json:"release"`
			Fixed   string `json:"fixed_in_version"`
		} `json:"affected_packages"`
	} `json:"vulnerabilities"`
}

type ocsfResource struct {
	Type   string `json:"type"`
	UID    string `json:"uid"`
	Region string `json:"region"`
	Tags   []struct {
		Name   string   `json:"name"`
		Value  string   `json:"value"`
		Values []string `json:"values"`
	} `json:"tags"`
}

// The meanings of numbers in OCSF. Other numbers mean unknown, or something of the product's own.
var (
	ocsfSeverities = map[int]Severity{1: Informational, 2: Low, 3: Medium, 4: High, 5: Critical, 6: Critical} // 6 is fatal
	ocsfCompliance = map[int]string{1: CompliancePassed, 2: ComplianceWarning, 3: ComplianceFailed}
	ocsfWorkflows  = map[int]string{1: WorkflowNew, 2: WorkflowNotified, 3: WorkflowSuppressed, 4: WorkflowResolved, 5: WorkflowResolved}
)

func readOCSF(raw json.RawMessage) (Finding, error) {
	var o ocsf
	if err := json.Unmarshal(raw, &o); err != nil {
		return Finding{}, err
	}
	f := Finding{
		ID: o.Info.UID, ProductARN: o.Metadata.Product.UID, Schema: OCSF, UID: o.Metadata.UID,
		Product:   cmp.Or(o.Metadata.Product.Name, o.Metadata.Product.UID[strings.LastIndexByte(o.Metadata.Product.UID, '/')+1:]),
		Generator: cmp.Or(o.Info.Analytic.UID, o.Info.Analytic.Name), Control: o.Compliance.Control,
		Title: o.Info.Title, Text: o.Info.Text, Account: o.Cloud.Account.UID, Region: o.Cloud.Region,
		Severity: ocsfSeverity(o.SeverityID), Workflow: o.workflow(), Record: RecordActive,
		FirstSeen: moment(cmp.Or(o.Info.FirstSeen, o.Info.Created)), Updated: moment(o.Info.Modified),
		Fix: Fix{Text: o.Remediation.Text},
	}
	f.Rated = f.Severity
	if o.Vendor.SeverityID != nil {
		f.Rated = ocsfSeverity(o.Vendor.SeverityID)
	}
	// A finding that its provider closed is what ASFF calls archived.
	// https://docs.aws.amazon.com/securityhub/latest/userguide/ocsf-findings.html
	if strings.EqualFold(o.ActivityName, "Close") {
		f.Record = RecordArchived
	}
	if o.Compliance.StatusID != nil {
		f.Compliance = cmp.Or(ocsfCompliance[*o.Compliance.StatusID], ComplianceNotAvailable)
	}
	if len(o.Remediation.References) > 0 {
		f.Fix.URL = o.Remediation.References[0]
	}
	for i := range o.Resources {
		f.Resources = append(f.Resources, o.Resources[i].resource())
	}
	f.CVEs = o.cves()
	f.Codes = codes(&f, o.Compliance.Requirements)
	return f, nil
}

// workflow is where people stand with the finding. "In progress" is what somebody was told of.
func (o *ocsf) workflow() string {
	if o.StatusID == nil {
		return cmp.Or(strings.ToUpper(o.Status), WorkflowNew)
	}
	return cmp.Or(ocsfWorkflows[*o.StatusID], WorkflowNew)
}

func ocsfSeverity(id *int) Severity {
	if id != nil {
		if s, known := ocsfSeverities[*id]; known {
			return s
		}
	}
	return unrated
}

func (r *ocsfResource) resource() Resource {
	out := Resource{Type: r.Type, ID: r.UID, Region: r.Region}
	for _, tag := range r.Tags {
		if out.Tags == nil {
			out.Tags = map[string]string{}
		}
		out.Tags[tag.Name] = tag.Value
		if tag.Value == "" && len(tag.Values) > 0 {
			out.Tags[tag.Name] = tag.Values[0]
		}
	}
	return out
}

func (o *ocsf) cves() []CVE {
	var all []CVE
	for _, found := range o.Vulnerabilities {
		v := vulnerability{ID: found.CVE.UID, ExploitAvailable: "NO"}
		if found.Exploit {
			v.ExploitAvailable = "YES"
		}
		for _, p := range found.Packages {
			v.VulnerablePackages = append(v.VulnerablePackages, struct {
				Name, Version, Release string
				FixedInVersion         string
			}{p.Name, p.Version, p.Release, p.Fixed})
		}
		all = append(all, v.packages()...)
	}
	return all
}

// InProgress is status_id 2 of OCSF: what a finding of OCSF becomes where one of ASFF becomes NOTIFIED.
const InProgress int32 = 2
