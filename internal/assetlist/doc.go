// Package assetlist names, for every kind of asset that docs/covered-events.md covers, how all assets of that kind
// in a region are listed: by a list of the service, by AWS Cloud Control API, or not at all. lambdas/sweep lists by
// the table, components/tagging grants what the lists read.
package assetlist
