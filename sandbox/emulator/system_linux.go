package emulator

import "syscall"

// childAttributes give the child its own process group and let it die with this
// process, however that ends.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
