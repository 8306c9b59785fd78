// Package deployment runs the local stack through the Pulumi Automation API: it opens the stack in the
// sandbox's own workspace, clears what an earlier run left that was cut off, and runs up, preview,
// refresh and destroy with a line per resource. It knows no program; up and preview are given one.
package deployment
