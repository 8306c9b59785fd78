// Package client is what programs that try the running sandbox share: its own endpoint (faults, events, counts, the
// inbox), and the functions that are deployed in it with the queues that feed them and the logs that they write.
package client
