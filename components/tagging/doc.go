// Package tagging makes the automatic tagging of assets: of new ones by the events of their creation, of all others
// by a daily sweep.
//
//	CloudTrail -> EventBridge rules -> queue -> function -> tags, by the policy in Parameter Store
//
// It is an account-wide singleton: one owner stack per account makes it.
package tagging
