// Package port takes the sandbox's loopback port, and says who has it when it is taken.
package port

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Env names the variable that chooses the port.
const Env = "ASSETGUARD_SANDBOX_PORT"

// Listen takes the port of 127.0.0.1; 0 is a free one. When another process has it, the error names the port, the
// process where that can be seen, and the mend.
func Listen(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d of 127.0.0.1 is in use by %s\nmend: end it, or choose another port: export %s=%d", port, holder(port), Env, port+1)
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox's port: %w", err)
	}
	return l, nil
}

// holder names the process that listens on a port, as "pid 42 (nginx)" where it can be seen.
func holder(port int) string {
	inodes := listening(port)
	sockets, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil || len(inodes) == 0 {
		return unseen(port)
	}
	for _, fd := range sockets {
		link, err := os.Readlink(fd)
		if err != nil || !inodes[strings.TrimSuffix(strings.TrimPrefix(link, "socket:["), "]")] {
			continue
		}
		pid := strings.Split(fd, "/")[2]
		command, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if err != nil {
			return "pid " + pid
		}
		return fmt.Sprintf("pid %s (%s)", pid, strings.TrimSpace(strings.ReplaceAll(string(command), "\x00", " ")))
	}
	return unseen(port)
}

// unseen stands for a process of another user, or on a system without /proc.
func unseen(port int) string { return fmt.Sprintf("a process that lsof -i :%d names", port) }

// listening returns the socket inodes that listen on a port, from the kernel's
// tables; none on a system without /proc.
func listening(port int) map[string]bool {
	const stateListen = "0A"
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			// sl local_address rem_address st queues timer retransmit uid timeout inode
			fields := strings.Fields(lines.Text())
			if len(fields) > 9 && fields[3] == stateListen && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) {
				inodes[fields[9]] = true
			}
		}
		if err := f.Close(); err != nil {
			return inodes
		}
	}
	return inodes
}
