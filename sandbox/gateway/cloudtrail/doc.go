// Package cloudtrail makes, from an API call and its answer, the event that AWS
// hands to EventBridge as "AWS API Call via CloudTrail".
//
// As in AWS, an event goes out only while a trail with logging on covers the
// region, only for calls that change something, and never for data events. The
// shapes follow AWS's documented examples: each protocol has its own way of
// writing parameters, and the services' exceptions stand in small tables here.
package cloudtrail
