// Package console reads the console blocks of Markdown documents: the commands that readers type and what these
// print. Tests compare them between languages, and the sandbox runs them.
//
// A block begins with a fence whose first word is console; the words behind it, which no reader sees, say where the
// commands belong and how:
//
//	```console sandbox within=20s
//	$ aws s3 ls \
//	      --recursive
//	2026-… lecture.pdf
//	```
//
// A command begins with "$ " and goes on in the next line after a backslash, or inside the text between <<'END' and
// END. What follows until the next command is what it prints, in which … stands for any text: within a line for a
// part of it, alone in a line for any number of lines. Blanks stand for blanks of any width.
package console
