// Package slack brings notices into a Slack channel through an incoming webhook.
//
// What a topic sends comes through a queue, as notices of package notice or as other publishers write it, and becomes
// posts in the language of the company. Slack takes about one post a second from a webhook, so posts are paced, and when
// Slack says how long to wait (429, Retry-After) it is done. While Slack is down messages go back to the queue and come
// again, later each time, for two hours (internal/contract/slack.go). A post that timed out may have arrived: twice is
// better than never. What no retry mends goes to the dead letters at once, with the reason.
//
// The URL of the webhook is a secret: whoever knows it can post. It is in no log, error, metric or trace. It is read when
// it is first needed, and again when Slack refuses it, so that a new one needs no deployment.
//
// The files in reading order: handler.go (a batch), deliver.go (a message), webhook.go (a post), outcome.go (what is
// counted and what becomes of messages that failed).
package slack
