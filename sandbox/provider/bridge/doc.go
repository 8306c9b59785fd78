// Package bridge serves the resource types of pulumi-aws over a Terraform provider.
//
// pulumi-terraform-bridge does the work: [Info] tells it the tokens, names and shapes of package mapping, and its
// plugin-framework server speaks Pulumi's protocol. [Server] wraps that server with what it lacks, one file each:
//
//   - assets.go: archives and assets, which Terraform takes as paths of files
//   - documents.go: untyped inputs, given as JSON text, as an object, or as a resource
//   - scalars.go: booleans and numbers that Terraform keeps as text
//   - partial.go: the state of a resource whose creation or update failed half way
//   - replace.go: resources with a name of the program's own are deleted before they are replaced
package bridge
