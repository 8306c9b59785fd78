// Command account prepares a real AWS account for a stack and guards the way into it.
//
//	go run ./account confirm -stack dev     shows where a deployment goes, and asks
//	go run ./account bootstrap -stack dev   asks the same, then makes the state bucket, its key and CI's roles
//
// Both read Pulumi.<stack>.yaml in the working directory, refuse the stack local, and refuse credentials of any
// other account than the configured one. docs/real-account.md tells the whole road.
package main
