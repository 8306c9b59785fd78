// Package deadletters lists, shows and redrives what a stack could not deliver or handle: the dead-letter queues of all
// its regions.
//
// Where a message goes back to is read from the message or from AWS, not from this program's names:
//
//	a queue's own dead letters     to the queue, by SQS's own move task
//	a rule's or a schedule's       to the target that the message names
//	a function's                   to the function, with what it was given
//	a subscription's               to the queue that is subscribed; for e-mail, to the topic
//
// A message is deleted only after where it goes has taken it. One that is taken and then cannot be deleted comes twice,
// which every function of this program bears.
package deadletters
