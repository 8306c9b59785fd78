// Package evaluation evaluates some of AWS's Config rules against the state of the emulator, enough to see
// non-compliance arrive, be mended and go away: of S3 buckets, security groups, volumes, the account's password
// policy and EBS default, trails and tags. It reads and changes nothing.
package evaluation
