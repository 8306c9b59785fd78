// Package notice is what the platform tells people. A Notice is data without words; Email and Slack say it, in Korean
// or English.
//
// A notice goes to a topic once, with one text for each protocol (MessageStructure json): e-mail as people read it, and
// the notice itself as JSON to the queue of the Slack function. Other publishers put their own messages on the same
// topics: CloudWatch its alarms, Budgets its letters, the alert manager of Managed Prometheus its alerts, EventBridge its
// letters about golden images. Read takes all
// of them; what it does not know is shown as it came.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
//
// The files in reading order: notice.go (the data), encode.go (JSON, and what is cut to fit), message.go (what is read and
// told), sheet.go (what is said, before it has a form), of_finding.go, of_digest.go, of_repair.go (the sheets of notices),
// alarm.go, alerts.go, budget.go, golden_image.go, text.go (the sheets of other publishers), email.go, slack.go (the forms),
// locale.go with words.go (the languages).
package notice
