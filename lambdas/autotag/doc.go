// Package autotag tags assets when they are created, and puts required tags back that somebody removed.
//
// It takes batches of create events (CloudTrail, by EventBridge and SQS), of RDS's own events that an asset takes tags
// now, and of tag changes. For the whole batch
// at once it finds the assets, reads the tags they carry, lets the tag policy decide, and writes what is missing
// with as few calls as the tagging API allows. Every asset ends in one counted outcome; what cannot be finished
// goes back to the queue and in the end to the dead letters.
//
// The files in reading order: handler.go (the steps), record.go (an event), table.go (which event makes
// which assets, and by which calls their tags are read and written; the rows stand in the table_*.go),
// instance.go (volumes and interfaces born with instances), existing.go (reads), parent.go (what groups, fleets,
// stacks and launch templates hand down), ready.go (databases that are ready late), removed.go (required tags that
// were removed), policies.go (the two documents), tagging.go (writes), outcome.go
// (what is counted).
// docs/covered-events.md is written from the table.
package autotag
