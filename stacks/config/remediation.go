package config

import (
	"cmp"
	"slices"
	"strings"

	"assetguard/internal/contract"
	"assetguard/internal/remediation"
)

// Remediation is which findings repair themselves, which wait for somebody, and how much at once.
type Remediation struct {
	// Whether findings are repaired at all. Off: nothing of it is made.
	Enabled bool `json:"enabled,omitempty"`
	// What happens to a kind of finding, by its row in docs/remediation.md, such as EC2.13: auto repairs it at once, approval
	// when somebody selects the custom action repair in Security Hub, off leaves it to people. A row that is not named has
	// the mode of the table.
	Modes map[string]string `json:"modes,omitempty"`
	// Key of the tag that keeps a resource as it is, whatever the tag's value.
	OptOutTag string `json:"optOutTag,omitempty"`
	// Repairs that run at the same time, 1 to 50. Systems Manager runs 100 executions at a time in an account and region.
	InFlight int `json:"inFlight,omitempty" jsonschema:"minimum=1,maximum=50"`
	// Failures of a runbook in a row after which it no longer runs by itself, 1 to 100.
	FailuresInRow int `json:"failuresInRow,omitempty" jsonschema:"minimum=1,maximum=100"`
	// How often a resource is repaired for the same finding within a day before people take over, 1 to 10.
	RepairsPerDay int `json:"repairsPerDay,omitempty" jsonschema:"minimum=1,maximum=10"`
	// Notices an hour of repairs that succeeded or wait for approval, 1 to 1,000. What is beyond stands as a note at the
	// finding only. Failures, and what somebody approved, are always told.
	NoticesPerHour int `json:"noticesPerHour,omitempty" jsonschema:"minimum=1,maximum=1000"`
	// When patches may be installed, and instances rebooted for them, in the time of Asia/Seoul.
	MaintenanceWindow MaintenanceWindow `json:"maintenanceWindow,omitempty"`
}

// MaintenanceWindow is a time of the week.
type MaintenanceWindow struct {
	// Days on which it opens.
	Days []string `json:"days,omitempty" jsonschema:"minItems=1,uniqueItems=true,enum=mon,enum=tue,enum=wed,enum=thu,enum=fri,enum=sat,enum=sun"`
	// When it opens, as 02:00.
	Start string `json:"start,omitempty"`
	// How long it stays open, 1 to 24 hours. Nothing starts after it; what runs is not stopped.
	Hours int `json:"hours,omitempty" jsonschema:"minimum=1,maximum=24"`
}

// Repairs are the settings of the remediation function, but for what the components know: roles and document.
func (s *Settings) Repairs() contract.Remediation {
	r := s.Remediation
	modes := remediation.DefaultModes(s.Inspection.Baseline.S3PublicAccessBlock)
	for row, mode := range r.Modes {
		modes[row] = contract.Mode(mode)
	}
	return contract.Remediation{
		Modes: modes, OptOut: r.OptOutTag,
		Limits:  contract.RepairLimits{InFlight: r.InFlight, Failures: r.FailuresInRow, PerDay: r.RepairsPerDay, NoticesPerHour: r.NoticesPerHour},
		Window:  contract.Window(r.MaintenanceWindow),
		Members: s.Inspection.Organization.Role == OrganizationAdministrator,
	}
}

// remediation checks the settings of remediation.
func (s *Settings) remediation() []Fault {
	const at = "remediation."
	r := s.Remediation
	faults := slices.Concat(
		between(at+"inFlight", r.InFlight, 1, 50), between(at+"failuresInRow", r.FailuresInRow, 1, 100),
		between(at+"repairsPerDay", r.RepairsPerDay, 1, 10), between(at+"noticesPerHour", r.NoticesPerHour, 1, 1000),
		shaped(at+"optOutTag", r.OptOutTag), list(at+"maintenanceWindow.days", r.MaintenanceWindow.Days),
	)
	for row, mode := range r.Modes {
		path := at + "modes." + row
		if _, known := remediation.RowByID(row); !known {
			faults = append(faults, Fault{Path: path, Problem: "no row of the table repairs it", Mend: "write one of " + strings.Join(rowIDs(), ", ")})
		}
		faults = append(faults, oneOf(path, cmp.Or(mode, "empty"), string(contract.ModeAuto), string(contract.ModeApproval), string(contract.ModeOff))...)
	}
	for _, fault := range contract.Window(r.MaintenanceWindow).Faults() {
		faults = append(faults, Fault{Path: at + "maintenanceWindow", Problem: fault.Error()})
	}
	return faults
}

func rowIDs() []string {
	var ids []string
	for _, row := range remediation.Rows() {
		ids = append(ids, row.ID)
	}
	return ids
}
