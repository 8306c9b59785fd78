package server

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Places of the fields that are read, counted after the command's name in parentheses.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
const (
	statState   = 0
	statSession = 3
)

// session lists the living processes of the session that leader opened. Where there is no /proc, it knows
// only of the leader's own process group.
func session(leader int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		if syscall.Kill(-leader, 0) == nil {
			return []int{leader}
		}
		return nil
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err == nil && inSession(pid, leader) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// inSession reads a process's line; one that has gone meanwhile, or is a zombie, is in none.
func inSession(pid, leader int) bool {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	fields := strings.Fields(string(line[bytes.LastIndexByte(line, ')')+1:]))
	return len(fields) > statSession && fields[statState] != "Z" && fields[statSession] == strconv.Itoa(leader)
}
