package remediation

import (
	"regexp"
	"slices"
	"strings"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/finding"
)

// Row says what repairs a kind of finding.
type Row struct {
	// ID names the row in the configuration: its first control, or check, or CVERow.
	ID       string
	Controls []string // of Security Hub
	Checks   []string // of our conformance pack: checks of internal/compliance, where the pack evaluates them
	Runbook  string   // id
	// Parameters of the runbook that this row sets otherwise.
	Parameters map[string]string
	Title      compliance.Text // what the repair does
	Mode       contract.Mode   // unless the configuration says otherwise
	Risk       compliance.Text // what the repair may break, or cost
	// BlockedAccount says that the row is automatic only while the account's public access block stands, behind which the
	// repair changes nothing for anybody.
	BlockedAccount bool
	// OwnAccount keeps the repair to the account of the deployment: its document is not in the members' accounts.
	OwnAccount bool
	// InWindow has the repair wait for the maintenance window.
	InWindow bool
}

// CVERow is the id of the row of vulnerabilities with a fix on EC2 instances.
const CVERow = "CVE"

// Rows are all rows.
func Rows() []Row { return slices.Clone(rows) }

// RowByID finds a row.
func RowByID(id string) (Row, bool) {
	at := slices.IndexFunc(rows, func(r Row) bool { return r.ID == id })
	if at < 0 {
		return Row{}, false
	}
	return rows[at], true
}

// RowFor finds the row of a finding: by its control, by the check of our pack, or as a vulnerability with a fix. Only what
// the right product says counts: whoever may import findings can name any control in the product of their own account.
func RowFor(f finding.Finding) (Row, bool) {
	check, ours := strings.CutPrefix(f.Generator, compliance.GeneratorID(""))
	by := productOf(f)
	for _, row := range rows {
		switch {
		case by == productHub && !ours && f.Control != "" && slices.Contains(row.Controls, f.Control),
			by == f.Account+"/default" && ours && slices.Contains(row.Checks, check),
			by == productInspector && row.ID == CVERow && patchable(f):
			return row, true
		}
	}
	return Row{}, false
}

// The products whose word counts, beside that of the finding's own account, into which our importer writes. Nobody else
// can import findings of AWS's products.
// https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
const (
	productHub       = "aws/securityhub"
	productInspector = "aws/inspector"
)

var productSyntax = regexp.MustCompile(`^arn:[a-z0-9-]+:securityhub:[a-z0-9-]+:([0-9]*):product/([a-z0-9-]+/[a-z0-9-]+)$`)

// productOf is the product in its ARN, such as aws/inspector; "" for one that pretends.
func productOf(f finding.Finding) string {
	parts := productSyntax.FindStringSubmatch(f.ProductARN)
	if parts == nil || (parts[1] != "" && parts[2] != parts[1]+"/default") || (parts[1] == "" && !strings.HasPrefix(parts[2], "aws/")) {
		return ""
	}
	return parts[2]
}

// patchable tells whether a package on an EC2 instance has a vulnerability whose fix is out.
func patchable(f finding.Finding) bool {
	return slices.ContainsFunc(f.CVEs, func(c finding.CVE) bool { return c.FixedVersion != "" }) &&
		slices.ContainsFunc(f.Resources, func(r finding.Resource) bool { return r.Type == "AwsEc2Instance" })
}

// DefaultModes are the modes of all rows. blockedAccount says that the account blocks public access to all its buckets.
func DefaultModes(blockedAccount bool) map[string]contract.Mode {
	modes := map[string]contract.Mode{}
	for _, row := range rows {
		modes[row.ID] = row.Mode
		if row.BlockedAccount && !blockedAccount {
			modes[row.ID] = contract.ModeApproval
		}
	}
	return modes
}

func text(en, ko string) compliance.Text { return compliance.Text{En: en, Ko: ko} }
