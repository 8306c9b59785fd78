// Package emulator runs moto, the AWS emulator that the sandbox stands on, as a
// child process on a private loopback port.
//
// It uses the moto of the machine when that has the pinned version, else a virtual
// environment of its own that it makes with pip. When neither is to be had it
// says in one error what is missing and how to get it.
package emulator
