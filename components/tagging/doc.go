// Package tagging makes the automatic tagging of new assets:
//
//	CloudTrail -> EventBridge rules -> queue -> function -> tags, by the policy in Parameter Store
//
// It is an account-wide singleton: one owner stack per account makes it.
package tagging
