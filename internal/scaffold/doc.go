// Command scaffold adds a component to the house: `make new-component NAME=inventory`. It writes the component with
// its tests and its example, and its place in stacks/, then lets the tests and the generator of the reference write
// what they write themselves. What it makes is small and real: a queue that is encrypted, dead-lettered and watched.
//
// All files are rendered before the first is written, and none is overwritten: a name that will not do, or is
// taken, changes nothing.
package main
