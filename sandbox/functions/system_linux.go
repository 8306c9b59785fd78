package functions

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// processAttributes puts a bootstrap into a process group of its own and lets
// the kernel kill it when this process ends, however it ends.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup kills a process and those it started.
func killGroup(p *os.Process) {
	if err := syscall.Kill(-p.Pid, syscall.SIGKILL); err != nil {
		_ = p.Kill() // it may be gone, which is what is wanted
	}
}

// residentMB is the process's resident memory in MiB, now or at its peak; 0 if
// it is gone.
func residentMB(pid int, peak bool) int {
	name := []byte("VmRSS:")
	if peak {
		name = []byte("VmHWM:")
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, name); ok {
			kib, err := strconv.Atoi(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))))
			if err != nil {
				return 0
			}
			return (kib + 1023) / 1024
		}
	}
	return 0
}
