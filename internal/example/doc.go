// Package example runs the examples of the components. Each component has Example functions in its example_test.go;
// `go test` runs them against the recorder and compares what they make with a file in the component's testdata,
// which `go test ./components/<name> -update` writes anew. The reference pages in docs/components show both.
package example
