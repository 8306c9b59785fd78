package imagebuilder

// Status is how a rule came out on the booted image.
type Status string

// The statuses.
const (
	StatusPassed Status = "passed"
	StatusFailed Status = "failed"
	StatusOff    Status = "off" // switched off by configuration
)

// Report is report.json: what the compliance test found on the booted image.
type Report struct {
	Schema    int      `json:"schema"`    // 1
	Compliant bool     `json:"compliant"` // no mandatory rule failed
	Image     string   `json:"image"`     // AMI id
	Instance  string   `json:"instance"`  // the test instance
	Region    string   `json:"region"`
	OS        string   `json:"os"`      // PRETTY_NAME of the machine
	Release   string   `json:"release"` // of Amazon Linux, such as 2023.9.20251117
	Kernel    string   `json:"kernel"`
	Arch      string   `json:"arch"`
	CheckedAt string   `json:"checkedAt"` // RFC 3339, UTC
	Passed    int      `json:"passed"`
	Failed    int      `json:"failed"`
	Off       int      `json:"off"`
	Rules     []Result `json:"rules"`
}

// Result is how one rule came out.
type Result struct {
	ID        string   `json:"id"`
	Severity  Severity `json:"severity"`
	Mandatory bool     `json:"mandatory"`
	KISA      []string `json:"kisa2026"`
	CIS       []string `json:"cisAl2023"`
	ISMSP     []string `json:"ismsP2023"`
	Status    Status   `json:"status"`
	Detail    string   `json:"detail"` // what the check said, or why the rule is off
}

// ReportKey is the path of an image's report below [ParameterReportLocation].
func ReportKey(image string) string { return image + "/report.json" }
