// Package functions runs Lambda functions on this machine: it unpacks a
// function's zip, starts its bootstrap with the Lambda Runtime API (2018-06-01)
// on loopback, and hands it one invocation at a time.
//
// What it keeps of Lambda:
//   - the environment: the function's own variables and what Lambda sets,
//     nothing of this process's environment;
//   - the timeout, which kills the process and answers Sandbox.Timedout;
//   - the memory limit, measured as resident memory ten times a second and when
//     an invocation ends; above it the process is killed and the answer is
//     Runtime.ExitError. (An address-space limit would stop every Go program:
//     its runtime reserves far more than it uses.)
//   - warm processes: a process is used again until it has been idle for a
//     while, its code or configuration changes, or it fails;
//   - log lines, START, END and REPORT among them.
//
// A process cannot outlive this one: the kernel kills it when its parent ends.
package functions
