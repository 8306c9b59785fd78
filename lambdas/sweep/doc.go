// Package sweep finds the assets that the create events missed, tags them, and writes the asset register.
//
// A run is a chain of steps. Each does what fits into one invocation and names the next, in the same
// invocation while there is time, then by a message to the function's own queue; a step that fails comes
// again and in the end goes to the dead letters. Every step may run twice: it writes the same objects.
//
//  1. list: each source of each region, page by page, into sorted chunks in the register bucket
//  2. decide: the chunks are merged by ARN; what lacks tags is tagged; register rows come out, in parts
//  3. write: the parts become the day's register and the latest one; coverage is measured
//
// The chunks are sorted and merged as streams, so memory does not grow with the number of assets.
//
// The files in reading order: handler.go (steps), list.go (stage 1), source.go with index.go, services.go and
// cloudcontrol.go (where assets are found), chunk.go (sorted chunks and their merge), decide.go and tag.go (stage 2),
// register.go, row.go and kinds.go (stage 3), store.go (the bucket).
package sweep
