// Package registrations tells what a Pulumi program registers, as the policy gate reads it, and when it is done.
//
// Two of Pulumi's ways to look at registrations work together, since neither is enough. A stack-wide transform runs in
// the engine: it sees every resource with its inputs, those too that a component of another language makes (awsx), but
// not when the last one came. A stack-wide transformation runs in this process: it sees only what this process
// registers, but holds the resource, whose URN is there once the engine has answered. [Watch.Wait] waits for the
// URNs and returns what the transform saw.
package registrations
