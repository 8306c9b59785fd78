// Package notice is what the platform tells people. A Notice is data without words; Email and Slack say it, in Korean
// or English.
//
// A notice goes to a topic once, with one text for each protocol (MessageStructure json): e-mail as people read it, and
// the notice itself as JSON to the queue of the Slack function.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
package notice
