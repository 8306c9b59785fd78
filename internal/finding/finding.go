package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Schema is the format that a finding came in, which decides by which API it is updated.
type Schema string

// The formats of findings.
const (
	ASFF Schema = "ASFF" // Security Hub CSPM: BatchUpdateFindings
	OCSF Schema = "OCSF" // the newer Security Hub: BatchUpdateFindingsV2
)

// Values of Workflow, Record and Compliance. Those of OCSF are translated.
const (
	WorkflowNew        = "NEW"
	WorkflowNotified   = "NOTIFIED"
	WorkflowResolved   = "RESOLVED"
	WorkflowSuppressed = "SUPPRESSED"

	RecordActive   = "ACTIVE"
	RecordArchived = "ARCHIVED"

	CompliancePassed       = "PASSED"
	ComplianceFailed       = "FAILED"
	ComplianceWarning      = "WARNING"
	ComplianceNotAvailable = "NOT_AVAILABLE"
)

// Finding is what a product says about one or more resources. Everything but ID, ProductARN, Account, Region, Schema,
// Severity, Workflow and Record can be empty: products fill in what they know.
type Finding struct {
	ID         string
	ProductARN string // with ID: the identity of the finding
	Schema     Schema
	UID        string // metadata.uid of a finding in OCSF: what BatchUpdateFindingsV2 takes
	Product    string // as people know it, such as Inspector
	Generator  string // GeneratorId: the rule, control or detector behind it
	Control    string // of a standard, such as S3.8, or the check of our pack, such as S3_BUCKET_VERSIONING_ENABLED; "" where there is none
	Title      string
	Text       string
	Account    string
	Region     string // of the finding, which may be linked to the region that the event came from
	Severity   Severity
	Rated      Severity // as the product rates it: Severity differs where an automation rule or a person changed it
	Workflow   string   // NEW, NOTIFIED, RESOLVED, SUPPRESSED
	Record     string   // ACTIVE, ARCHIVED
	Compliance string   // PASSED, FAILED, WARNING, NOT_AVAILABLE; "" for products without controls
	FirstSeen  time.Time
	Updated    time.Time
	Resources  []Resource
	Fix        Fix
	CVEs       []CVE
	Codes      []string          // of ISMS-P and KISA with their editions, such as ISMS-P 2023 2.6.1
	Fields     map[string]string // UserDefinedFields
}

// Identity is the same for all events about a finding, in either format: a SHA-256 in hexadecimal.
func (f *Finding) Identity() string {
	sum := sha256.Sum256([]byte(f.ProductARN + "\n" + f.ID))
	return hex.EncodeToString(sum[:])
}

// Resource is what a finding is about.
type Resource struct {
	Type   string // such as AwsS3Bucket; in OCSF such as AWS::S3::Bucket
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
