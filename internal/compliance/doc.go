// Package compliance knows what is checked, by whom, and for which control code.
//
// The data are files below data/, embedded and read strictly: [Checks] are the rules of AWS Config (AWS's public
// K-ISMS pack and our own), [Controls] the Security Hub controls that they touch, [Map] says for each code of
// KISA's cloud checks (2026) and of ISMS-P (2023) which of them are evidence, which capabilities of this platform
// add to it, and what stays the company's process.
//
// A check is evaluated once. [Decide] chooses who does it: Security Hub where a control of an enabled standard uses
// the same Config rule with the same values, since it brings severity and remediation texts and comes with the
// standard; the conformance pack otherwise. A control that would evaluate what the pack evaluates is named, so that
// it can be switched off (docs/adr/0014-one-source-per-check.md). [Render] makes the pack's template of the rules
// that are left to it.
//
// The package knows nothing of Pulumi and calls nothing. docs/compliance.md and docs/compliance.ko.md are generated
// from it by `go generate ./internal/compliance`.
package compliance

//go:generate go run ./generate ../..
