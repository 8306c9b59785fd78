// Package load puts the auto-tag function under load in a running sandbox: thousands of create events within a
// minute, while a tenth of the function's calls are refused. It reports what came of them and fails unless every
// event ended in exactly one counted outcome.
//
// The files in reading order: load.go (the steps), assets.go (what the events are about), event.go (the events),
// sandbox.go (the sandbox's own endpoint), deployed.go (the function's queue and rules), log.go (what the function
// wrote), report.go (sums, table, verdict).
package load
