// Package derive makes the mapping between pulumi-aws and terraform-provider-aws out of their own sources.
//
// It reads the pulumi-aws Go SDK with go/ast ([ReadSDK]), takes the Terraform provider's schema as the bridge shows
// it, pairs the types of the two by name and by the names of their properties, and then walks each pair to find where
// names, lists of one and scalar types differ ([Derive]). What cannot be derived stands in tables.go, with reasons.
package derive
