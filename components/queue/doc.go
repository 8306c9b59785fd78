// Package queue makes SQS queues that lose nothing: encrypted by the stack's key, with a dead-letter
// queue, and alarms on what waits too long and on what was given up.
package queue
