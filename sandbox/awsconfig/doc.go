// Package awsconfig is what AWS Config decides: rules, conformance packs of an account and of an organisation,
// remediations and compliance. moto keeps recorders, delivery channels, aggregators and authorizations; it knows no
// pack and evaluates nothing.
//
// A pack's template is read for the rules in it; they appear among the account's rules with the pack's suffix and a
// service-linked ARN. Rules whose check stands in package evaluation are evaluated against the state of the emulator:
// when the rule is made, when a call changes what it looks at, and on StartConfigRulesEvaluation. A result that differs
// from the one before makes the event "Config Rules Compliance Change". All other rules stay without data, as they
// are in AWS before their first evaluation.
//
// It is kept in memory, by region, for one account.
package awsconfig
