// Package imagebuilder makes the documents that EC2 Image Builder hardens and tests a golden image with.
//
// A rule is a directory below rules/: apply.sh brings a machine to the rule's state and check.sh tells whether it is
// in it. The comment at the head of apply.sh (of check.sh, where a rule only checks) says what the rule is about, and
// is read by [Rules]. What the rules share is lib.sh. [KISA] says for each of the 67 Unix checks of KISA's 2026 guide
// which rules enforce or check it, or why it is not applicable.
//
// [Render] assembles the rules that [Settings] leave on into component documents: one for each group of rules, and two
// that check all rules on the booted image, write the compliance report to S3 and fail the image when a mandatory rule
// failed. Versions derive from content, since Image Builder's components cannot be changed. [ValidateDocument] checks a
// document against the schema of AWSTOE.
//
// A new rule is a directory with check.sh, and apply.sh if it changes something, and a script below proof/violate that
// brings a machine out of its state, unless Debian is out of it already. Then: `go test ./imagebuilder -update`,
// `make generate` and `make image-test`.
//
// The package knows nothing of Pulumi and calls nothing. docs/golden-image-controls.md and its Korean twin are
// generated from it. `make image-test` proves the rules in a systemd-nspawn container (proof/).
package imagebuilder

//go:generate go run ./generate ..
