// Package stacks composes the components into a stack, as its configuration says. Each concern has a
// short file; run.go is the table of contents.
package stacks
