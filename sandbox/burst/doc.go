// Package burst tries alerting in a running sandbox: how long a finding takes from its import into Security Hub to its
// post in Slack, and what becomes of thousands at once while a tenth of the functions' calls are refused and Slack
// refuses, fails or hangs. It reports what came of them and fails unless every finding was told singly, is in a digest,
// was suppressed for a reason, or lies in the dead letters: the sums are exact, and counted twice, from what the
// function wrote and from what left the platform.
//
// The files in reading order: burst.go (the steps), findings.go (what is imported), audience.go (a subscriber that
// counts what topics send), log.go (what the function wrote), report.go (sums, table, verdict).
package burst
