package finding

import "time"

// Severity is how bad a finding is. The order of the values is that of the severities.
type Severity int

// The severities of Security Hub.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
const (
	Informational Severity = iota
	Low
	Medium
	High
	Critical
)

// Finding is what a product says about one or more resources. Everything but ID, ProductARN, Account and Region can be
// empty: products fill in what they know.
type Finding struct {
	ID         string
	ProductARN string // with ID: the identity of the finding
	Product    string // as people know it, such as Inspector
	Generator  string // GeneratorId: the rule, control or detector behind it
	Control    string // of a standard or of our pack, such as S3.8; "" where there is none
	Title      string
	Text       string
	Account    string
	Region     string // of the finding, which may be linked to the region that the event came from
	Severity   Severity
	Workflow   string // NEW, NOTIFIED, RESOLVED, SUPPRESSED
	Record     string // ACTIVE, ARCHIVED
	Compliance string // PASSED, FAILED, WARNING, NOT_AVAILABLE; "" for products without controls
	FirstSeen  time.Time
	Updated    time.Time
	Resources  []Resource
	Fix        Fix
	CVEs       []CVE
	Codes      []string          // of ISMS-P and KISA, such as ISMS-P 2.6.1
	Fields     map[string]string // UserDefinedFields
}

// Resource is what a finding is about.
type Resource struct {
	Type   string // such as AwsS3Bucket
	ID     string // its ARN, mostly
	Region string
	Tags   map[string]string // as the finding carries them: often none
}

// Fix is what the product advises.
type Fix struct {
	Text string
	URL  string
}

// CVE is a vulnerability of a package.
type CVE struct {
	ID           string
	Package      string
	Version      string
	FixedVersion string // "" where no fix is out
	Exploited    bool   // an exploit is known
}
