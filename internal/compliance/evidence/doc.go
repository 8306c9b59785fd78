// Package evidence turns results of checks into a report per control code: met, not met, or not assessed and why.
//
// [Evaluate] is pure: whoever reads a deployed stack fills [Input] from AWS Config and Security Hub. A verdict is about
// the automated evidence of a code only; what the company does by process stands beside it and is never judged.
// [Report] is written as Markdown and CSV for people, in Korean or English, and as JSON.
package evidence
