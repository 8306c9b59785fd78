package remediation

import (
	"slices"

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

// RowFor finds the row of a finding: by its control, by the check of our pack, or as a vulnerability with a fix.
func RowFor(f finding.Finding) (Row, bool) {
	check := compliance.CheckOfGenerator(f.Generator)
	for _, row := range rows {
		switch {
		case f.Control != "" && slices.Contains(row.Controls, f.Control), check != f.Generator && slices.Contains(row.Checks, check),
			row.ID == CVERow && patchable(f):
			return row, true
		}
	}
	return Row{}, false
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
