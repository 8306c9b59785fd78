// Package contract holds what the program (components, stacks) and the functions (lambdas) agree on:
// tag keys, parameter paths, environment variable names and metric names. Components and lambdas never
// import each other; both import this package.
package contract
