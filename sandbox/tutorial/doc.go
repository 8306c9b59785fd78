// Command tutorial runs a document's console blocks that are marked sandbox, in one shell and in their order, and
// fails at the first command that fails or prints something else than the document says.
//
//	tutorial docs/tutorial.md
//
// What it starts and stops is up to the document: docs/tutorial.md begins with `make up` and ends with `make down`.
package main
