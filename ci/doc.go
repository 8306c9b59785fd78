// Command ci is what the GitHub workflows do beyond a few lines.
//
//	go run ./ci preview -stack dev -file preview-dev.json           runs `pulumi preview`, writes what it found
//	go run ./ci preview -stack dev -file drift-dev.json -drift      the same against what really is in the account
//	go run ./ci comment -pull 12 preview-dev.json preview-prod.json keeps one comment per stack on a pull request
//	go run ./ci issue drift-dev.json drift-prod.json                keeps one issue per stack that drifted
//
// The one that runs code of a pull request (preview) has AWS credentials and no right to write to GitHub; the ones
// that write (comment, issue) have no AWS credentials. docs/continuous-integration.md tells the whole.
package main
