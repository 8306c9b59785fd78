// Package function makes one Go Lambda function of this module: its role with exactly the statements
// given, its log group, its dead letters, its alarms and its tracing.
package function
