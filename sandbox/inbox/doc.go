// Package inbox keeps what leaves the platform for people: e-mails of topics and posts to Slack's incoming webhook.
//
// It answers the webhook as Slack does, with Slack's limits on blocks, and shows messages as people see them: as JSON,
// as text for a terminal and as a page for a browser. Whatever a message holds is text to the page: it is escaped,
// links are plain web links, and the page allows no script.
package inbox
