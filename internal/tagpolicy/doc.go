// Package tagpolicy is the language in which the company says which tags its assets get.
//
// Two documents of the same shape are in force: the policy, which the stack owns, and the overrides, which
// people edit in Parameter Store. The package reads both strictly, validates them, writes them in one
// canonical form, and decides the tags of one asset. It calls nothing and keeps nothing.
//
// docs/tag-policy.md explains the documents to the people who edit them.
package tagpolicy
