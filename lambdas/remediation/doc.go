// Package remediation repairs findings of Security Hub by runbooks of Systems Manager Automation.
//
// Which runbook repairs what stands in internal/remediation; the settings of the deployment in contract.Remediation. A
// finding comes by event as Security Hub imports it, or because somebody selected the custom action on it, which is the
// approval. Nothing is repaired that is suppressed, carries the opt-out tag (asked of AWS at that moment), has been
// repaired too often in a day, or belongs to a runbook that failures paused: people are told instead. What the
// maintenance window is for waits for it.
//
// What was done stands in the state table, one record for each row and resource. A record is claimed by a conditional
// write before the execution starts, with the token that makes a repeated start the same execution, so that duplicates
// and crashes start nothing twice. A place in a set of limited size is taken before, and given back when the execution
// has ended. The end comes by event; every hour the function looks for ends that nobody told it.
//
// The files in reading order: handler.go (a batch), message.go, status.go, decide.go (a finding), start.go, finish.go,
// window.go, store.go, look.go and services.go (how the resource stands), tell.go, outcome.go.
package remediation
