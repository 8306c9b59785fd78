//go:build !linux

package functions

import (
	"os"
	"syscall"
)

// processAttributes puts a bootstrap into a process group of its own. Systems
// other than Linux have no death signal: Close must run.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a process and those it started.
func killGroup(p *os.Process) {
	if err := syscall.Kill(-p.Pid, syscall.SIGKILL); err != nil {
		_ = p.Kill() // it may be gone, which is what is wanted
	}
}

// residentMB is not known on this system, so the memory limit does not apply.
func residentMB(int, bool) int { return 0 }
