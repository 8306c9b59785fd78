// Package evaluation evaluates some of AWS's Config rules and of Security Hub's controls against the state of the
// emulator, enough to see non-compliance arrive, be mended and go away, and codes of the compliance map be met: of S3,
// EC2, IAM, KMS, Secrets Manager, CloudTrail and Lambda, and of the security services themselves. It reads and changes
// nothing.
package evaluation
