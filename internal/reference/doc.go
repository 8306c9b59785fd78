// Command reference writes docs/components: a page for each component, from its Go docs, its examples and what its
// examples were seen to make ([evidence]). Its argument is the root of the repository; `go generate
// ./internal/reference` gives it.
//
// It refuses a component that would read badly: a field without a comment, a constructor without an example, a field
// that is said to be optional and is in every example, or one that is not and is left out of an example that passes.
//
// [evidence]: ../example/evidence
package main

//go:generate go run . ../..
