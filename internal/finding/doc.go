// Package finding reads findings out of the events of Security Hub, in the format of Security Hub CSPM (ASFF) and in
// that of the newer Security Hub (OCSF), into one shape: what is wrong, where, how bad it is, and what mends it.
package finding
