// Package strict reads JSON documents that people write, and reports everything that does not fit at once:
// unknown keys with the nearest valid one, values of the wrong kind, keys that stand twice. Each fault names
// its place in the document and the mend.
//
// [Read] makes a tree of the text, [Decode] fills a Go value from the tree. Objects are structs whose fields
// all have a json tag, or maps by text; beside these the package knows lists, texts, whole numbers, true and
// false, and pointers to any of them.
package strict
