// Package platform puts the sandbox's server together: the emulator, the event
// plane with its functions, and the gateway before them on one loopback port.
package platform
