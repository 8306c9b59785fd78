//go:build unix && !linux

package emulator

import "syscall"

// childAttributes give the child its own process group. Only Linux can let it die
// with this process; elsewhere a killed server leaves it behind.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
