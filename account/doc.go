// Command account prepares a real AWS account for a stack and guards the way into it.
//
//	go run ./account confirm -stack dev     shows where a deployment goes, and asks
//	go run ./account bootstrap -stack dev   asks the same, then makes the state bucket, its key and CI's roles
//	go run ./account evidence -stack dev -out DIR
//	                                        reads what the deployed checks say and writes the evidence report
//	go run ./account deadletters list|show|redrive -stack dev
//	                                        looks at what could not be delivered, and sends it where it was meant to go
//	go run ./account image start|status|list|promote -stack prod
//	                                        builds the golden image, follows a build, lists images, promotes one
//
// All read Pulumi.<stack>.yaml in the working directory and refuse credentials of any other account than the
// configured one. The first two refuse the stack local; evidence, deadletters and image work with that in the sandbox
// too. Evidence changes nothing anywhere; deadletters asks before it redrives. Exit codes: 0 done, 2 wrong arguments, configuration or credentials, 1 anything else.
// docs/real-account.md tells the whole road.
package main
