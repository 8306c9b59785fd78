// Package api is the vocabulary that the parts of the sandbox share: one AWS
// API call as the gateway understands it, its answer, and the table in which a
// service says what it adds to the emulator or mends in it.
//
// It depends on nothing but the standard library, so that the gateway, the
// supplements and the event plane can be built and tested apart.
package api
