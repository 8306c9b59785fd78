// Package findings tells people of findings of Security Hub: events come through a queue, notices go to the topics of
// the audiences.
//
// Every finding ends in one counted outcome: told, folded into a digest, duplicate, skipped, or failed (in the dead letters).
// What an attempt cannot finish goes back to the queue alone.
//
// State. The table has an item for each finding that was told. It is written under the condition that nobody wrote it
// since it was read. A finding is told anew when
//   - an event that Security Hub sent more than settle after the finding became NOTIFIED still calls it NEW: Security Hub
//     or a person opened it again (https://docs.aws.amazon.com/securityhub/latest/userguide/finding-workflow-status.html), or
//   - it is worse than when it was told.
//
// The time of the event decides, not UpdatedAt: a changed workflow status leaves UpdatedAt as it is. Events that come
// twice or late change nothing. Where both Security Hubs are on, each sends the finding in its own format: the first is
// told, and the other one is only told that people know.
//
// Crashes. A finding that is told singly is claimed first, by its message and for a limited time: the same message
// goes on with it, another one waits, and takes it over when the time is up. A crash between SNS and the table tells it twice; none
// loses it. A finding that goes into a digest gets its state and its place in the digest in one transaction.
//
// Digests. The first findings of a window go out singly, the worst first; the rest is kept in parts of the window's
// digest. The function sends itself the message that ends the digest before the first part is written; a part is only
// written while the digest has not ended. What ends a digest may run twice and goes on where it stopped.
//
// NOTIFIED is set after SNS accepted the notice, in the home region: there Security Hub's rule sees it at once, and
// Security Hub hands it on to the linked regions.
// https://docs.aws.amazon.com/securityhub/latest/userguide/finding-aggregation.html
//
// The files in reading order: handler.go (a batch), receive.go (messages), rules.go (who is told), assets.go with
// register.go (classification), state.go with recall.go (what was told), window.go (singly or not), single.go (notices), part.go
// (into a digest), digest.go (its end), mark.go (NOTIFIED), outcome.go (what is counted).
package findings
