package terraform

import "syscall"

// dieWithParent makes the kernel kill the child when this process ends, also when it is killed itself, which is
// how Pulumi ends a plugin that does not answer.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
