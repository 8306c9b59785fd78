// Package fakeaws is an AWS endpoint that answers the calls of the benchmarked functions at once, from a
// made-up account, and records them. It checks no signature and simulates no service: what is measured against it
// is the function alone. Which calls it knows stands in operation.go; a call that it does not know fails the
// function.
package fakeaws
