// Package subscriptions watches that people still receive what the topics send.
//
// An e-mail subscription works only once its reader followed the link in the first message, and ends when anybody
// follows the link at the end of a later one. SNS tells nobody of either. This function runs by a schedule, compares the
// subscriptions of each topic with the configured addresses, and counts per audience those that are pending, missing, or
// that nobody configured. Its alarms stand on topics that people read in other ways too. Logs name addresses by their
// first letter and domain: enough for those who know their team, and no more.
package subscriptions
