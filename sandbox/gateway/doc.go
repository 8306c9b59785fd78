// Package gateway is the one AWS endpoint of the sandbox: a reverse proxy before
// the emulator that understands each call.
//
// It resolves a request by its SigV4 credential scope and the service's model,
// applies the supplements' tables, passes everything else on unchanged, and hands
// the CloudTrail event of each call that changed something to the event plane,
// in order and without delaying the answer.
package gateway
