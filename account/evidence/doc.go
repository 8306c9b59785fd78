// Package evidence reads from the account of a deployed stack what its checks say, for the evidence report.
//
// It only reads: per region the evaluations of the conformance pack and when its rules last worked (AWS Config), and the
// findings of Security Hub's controls; from the home region what the company accepted. What cannot be read, because a
// service is off or a permission lacks, is left out whole and named: half a list would let a code look met.
package evidence
