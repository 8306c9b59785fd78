// Package importer brings what the conformance pack found into Security Hub, as findings with control codes.
//
// AWS Config does not do so by itself for rules of packs (docs/adr/0014-one-source-per-check.md). Batches of
// "Config Rules Compliance Change" events come through a queue and become findings in the region of the evaluation.
// Every evaluation ends in one counted outcome; what cannot be finished goes back to the queue and in the end to the
// dead letters. A message of a schedule asks for all evaluations of all regions: that keeps findings alive, which
// Security Hub drops 90 days after their last update, repairs what events missed, archives what the pack does not evaluate
// any more, and completes the codes by which people filter. It is a chain of steps, each of which sends the next to the function's own queue and may run twice.
//
// Events may come twice and in any order: the UpdatedAt of a finding is when Config recorded the evaluation, and Security
// Hub keeps the finding whose UpdatedAt is later.
// https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
//
// The files in reading order: handler.go (a batch), event.go (an event), packs.go (whose rule it is), finding.go with
// resource.go (the finding), send.go (the import), all.go (the chain), label.go (the codes by which people filter), outcome.go (what is counted).
package importer
