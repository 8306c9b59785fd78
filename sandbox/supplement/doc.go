// Package supplement is what moto lacks for this platform or gets wrong on the
// wire, one file and one table for each service.
//
// A table changes as little as it can: moto keeps the state wherever it has the
// operation at all. Each entry says what is wrong without it.
package supplement
