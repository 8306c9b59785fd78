// Package automation is Systems Manager Automation, which the emulator lacks: executions with their steps, outputs and
// status-change events, in every region.
//
// AWS's runbooks that the platform uses are known by name, with their parameters and calls as the runbook reference
// describes them. A document of the account's own is read from the emulator and may have steps of aws:runCommand. The
// calls of a step are made through the gateway with the credentials of the AutomationAssumeRole, whose trust policy must
// name ssm.amazonaws.com and whose policies must permit each call: a permission that a role lacks is what a runbook most
// often fails of on AWS.
//
// The files in reading order: service.go (the operations), start.go (what a start is checked for), execution.go (steps
// and events), document.go (documents of the account's own), permission.go (what a role may do), runbook.go and
// runbooks_*.go (AWS's runbooks). Executions of other accounts and rate control over targets are refused.
package automation
