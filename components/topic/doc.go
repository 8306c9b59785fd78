// Package topic makes an SNS topic: encrypted by the stack's key, published to only by this account's own roles and the
// services that are named, and with dead letters behind its subscriptions. People subscribe by e-mail; what reads for them,
// such as the function that posts to Slack, by a queue.
package topic
