// Package remediation knows which finding is repaired by which runbook.
//
// [Rows] say for each control, check or kind of vulnerability which [Runbook] repairs it, in which mode unless the
// configuration says otherwise, and what the repair may break. [Runbooks] are documents of AWS Systems Manager
// Automation, all but one AWS's own: their parameters, drawn from the finding, and exactly what their role may do.
// [Plan] makes the input of an execution out of a finding.
//
// Names, parameters and permissions were read in AWS's Automation runbook reference; where the permissions differ from
// it, the runbook's Deviation says why. The package calls nothing and knows nothing of Pulumi: functions, components and
// the template for member accounts share it. The table in docs/remediation.md is generated from it by
// `go generate ./internal/remediation`.
package remediation

//go:generate go run ./generate ../..
