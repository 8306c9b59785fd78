// Package securityhub is AWS Security Hub CSPM of the emulated account, whole and in memory: the hub of each region,
// its standards and their controls, product subscriptions, findings, insights, automation rules, the aggregation into
// a home region and what an organisation adds. moto has the hub and members only and ignores filters.
//
// A finding that is imported or updated makes the event "Security Hub Findings - Imported" in its region and, when
// that region is linked, in the home region as well. In the home region GetFindings and BatchUpdateFindings reach the
// findings of all linked regions, which takes minutes in AWS and no time here.
//
// Findings are kept as they came, as decoded JSON of the AWS Security Finding Format, so that no field is lost.
// Controls are those that assetguard's compliance data names. AWS Config evaluates those of enabled standards that it
// knows here, and what it finds becomes Security Hub's own findings; the others give none.
package securityhub
