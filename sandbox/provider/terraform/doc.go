// Package terraform finds the terraform-provider-aws binary, runs it as a child process and speaks its plugin
// protocol.
//
// [Locate] answers where the binary is, from Terraform's own filesystem mirror layouts. [Launch] starts it; the
// child never outlives this process on Linux, however this process ends. [Provider] is the running child as the
// [tfprotov6.ProviderServer] that pulumi-terraform-bridge works with: the provider speaks protocol 5, whose
// messages are a subset of protocol 6, so the two are translated directly.
package terraform
