//go:build !linux

package terraform

import "syscall"

// dieWithParent asks for nothing: only Linux knows a parent-death signal. Elsewhere the child ends with Close.
func dieWithParent() *syscall.SysProcAttr { return nil }
