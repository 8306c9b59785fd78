// Package createevent lists the API calls that create an asset. components/tagging generates its EventBridge
// rules from the list, lambdas/autotag has one way to tag for each entry; neither can know an event that the
// other does not. Beside them it lists the events by which RDS says that an asset takes tags (ready.go).
package createevent
