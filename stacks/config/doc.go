// Package config is the typed configuration of a stack: the one object `assetguard:settings` of a
// Pulumi.<stack>.yaml.
//
// [Parse] reads it strictly and reports every fault of the file in one error: unknown keys with the nearest
// valid name, wrong types, values that only the company knows and that are missing, and values that AWS or
// this program would refuse later. [CheckLocal] and [CheckAccount] look at the environment instead: they
// keep the sandbox away from real accounts and real stacks away from the sandbox.
//
// The package knows nothing of Pulumi: the program hands it the object's JSON, the account command reads
// the file itself with [LoadFile]. docs/configuration.md and docs/configuration.schema.json are generated
// from the types here by `go generate ./stacks/config`.
package config

//go:generate go run ./generate ../..
