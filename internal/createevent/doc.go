// Package createevent lists the API calls that create an asset. components/tagging generates its EventBridge
// rules from the list, lambdas/autotag has one way to tag for each entry; neither can know an event that the
// other does not.
package createevent
