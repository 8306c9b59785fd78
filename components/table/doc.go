// Package table makes a DynamoDB table that a function keeps its state in: billed by request, encrypted by the stack's
// key, restorable to any second of the last weeks, forgetting items by themselves, and watched.
package table
