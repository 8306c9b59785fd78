// Command bench measures the functions and the program on this machine: `make bench`.
//
// Each function below lambdas/cmd is run as Lambda runs it, by the sandbox's function host, against an endpoint
// that answers at once (fakeaws), and beside it a Python handler with boto3 (python/) that gets the same events,
// one after the other in turns, so that whatever else the machine does hits both. Calls and results of the two
// must be equal, or the measurement fails. What counts are the ratios; absolute times are of the machine.
//
// The program is measured by the benchmark of package stacks under mocks, and by previews of a sandbox that is up.
//
// The files in reading order: benchmark.go (what each function is measured by), subject.go (Go's and Python's
// packages), measure.go, program.go, result.go (figures and aims), table.go, machine.go.
package main
