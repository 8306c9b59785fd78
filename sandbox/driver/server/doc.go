// Package server starts, finds and stops the background process of the sandbox (`sandbox serve`), and
// keeps two commands from working on one sandbox at the same time.
package server
