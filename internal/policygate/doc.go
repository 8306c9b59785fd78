// Package policygate checks every resource that a program registers against a table of rules: public access,
// encryption, retention, tags, deletion protection, IAM and Lambda. It knows nothing of Pulumi: package registrations
// hands it the resources, stacks decides what happens to the report.
//
// [Rules] is the table. [Gate.Check] looks at a whole program, [Gate.CheckOne] at one resource before it is made. A
// value that is not known before a deployment is [Unknown]: it counts as set where a rule asks whether a value is
// there, and as right where a rule asks what it is; the same check runs again when the value is known.
// docs/policy-gate.md is generated from the table by `go generate ./internal/policygate`.
package policygate

//go:generate go run ./generate ../..
