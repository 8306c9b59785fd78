// Package progress tells a person what the sandbox is doing and how long it takes: a line per step and
// per resource, with a spinner on a terminal and plain lines anywhere else.
package progress
