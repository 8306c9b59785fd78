// Package remediation declares what repairs findings of Security Hub: the rules that pick findings with a runbook, the
// custom action by which people ask for a repair, the function that decides, a role for each runbook that can do just
// that runbook's calls, and the hourly look for what waits or was not told. Which finding has which runbook stands in
// internal/remediation.
package remediation
