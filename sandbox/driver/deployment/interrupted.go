package deployment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/driver/progress"
)

// An engine whose driver was killed ends by itself once its calls in flight are done. Longer than
// orphanPatience it is asked to end, and then made to.
const (
	orphanPatience = 90 * time.Second
	orphanPeriod   = 500 * time.Millisecond
)

// engineProgram is the name of the process that holds a lock of the backend.
const engineProgram = "pulumi"

// Settle ends what an update that was cut off left behind: an engine that still runs, its lock, and
// provider plugins that lost their engine. The caller is the only one that works on the sandbox.
func Settle(ctx context.Context, l layout.Layout, printer *progress.Printer) error {
	locks, err := readLocks(l.Backend())
	if err != nil {
		return err
	}
	if len(locks) > 0 {
		printer.Linef("  -- an earlier update was cut off; going on from where it ended")
		if err := awaitEngines(ctx, printer, locks); err != nil {
			return err
		}
		if err := removeLocks(l.Backend()); err != nil {
			return err
		}
	}
	for _, pid := range orphans(l) {
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("ending a provider that lost its engine (pid %d): %w", pid, err)
		}
	}
	return nil
}

// awaitEngines lets engines that lost their driver finish, so that what they made gets into the state.
func awaitEngines(ctx context.Context, printer *progress.Printer, engines []int) error {
	signals := []syscall.Signal{0, syscall.SIGINT, syscall.SIGKILL}
	for _, signal := range signals {
		living := alive(engines)
		if len(living) == 0 {
			return nil
		}
		title := fmt.Sprintf("waiting for the engine of the earlier update (pid %d)", living[0])
		for _, pid := range living {
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("ending the earlier engine (pid %d): %w", pid, err)
			}
		}
		if err := printer.Step(title, func(func(string)) error { return awaitEnd(ctx, living) }); err != nil {
			return err
		}
	}
	if living := alive(engines); len(living) > 0 {
		return fmt.Errorf("the engine of an earlier update does not end: kill -9 %d", living[0])
	}
	return nil
}

// awaitEnd returns when none of the processes lives, or after orphanPatience.
func awaitEnd(ctx context.Context, pids []int) error {
	deadline := time.Now().Add(orphanPatience)
	for len(alive(pids)) > 0 && time.Now().Before(deadline) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(orphanPeriod):
		}
	}
	return nil
}

// clearPending takes operations that the state holds as begun out of it. A create among these may have
// been done: that is noted in the layout's Resumed file until an update succeeds.
func (d *Deployment) clearPending(ctx context.Context) error {
	exported, err := d.stack.Export(ctx)
	if err != nil {
		return err
	}
	cleared, creates, err := withoutPending(exported)
	if err != nil || cleared == nil {
		return err
	}
	if err := d.stack.Import(ctx, *cleared); err != nil {
		return err
	}
	if len(creates) == 0 {
		return nil
	}
	d.printer.Linef("  -- it was creating %s", strings.Join(creates, ", "))
	return os.WriteFile(d.layout.Resumed(), []byte(strings.Join(creates, "\n")+"\n"), 0o600)
}

// withoutPending returns a state without pending operations, and the names of those that were creates;
// nil when there are none to take out. The state's other fields are passed through untouched.
func withoutPending(state apitype.UntypedDeployment) (*apitype.UntypedDeployment, []string, error) {
	fields := map[string]json.RawMessage{}
	if len(state.Deployment) == 0 {
		return nil, nil, nil
	}
	if err := json.Unmarshal(state.Deployment, &fields); err != nil {
		return nil, nil, err
	}
	var pending []apitype.OperationV2
	if raw, ok := fields["pending_operations"]; ok {
		if err := json.Unmarshal(raw, &pending); err != nil {
			return nil, nil, err
		}
	}
	if len(pending) == 0 {
		return nil, nil, nil
	}
	var creates []string
	for _, operation := range pending {
		if operation.Type == apitype.OperationTypeCreating {
			creates = append(creates, describe(string(operation.Resource.Type), nameOf(string(operation.Resource.URN))))
		}
	}
	delete(fields, "pending_operations")
	deployment, err := json.Marshal(fields)
	if err != nil {
		return nil, nil, err
	}
	state.Deployment = deployment
	return &state, creates, nil
}

func (d *Deployment) state(ctx context.Context) (apitype.DeploymentV3, error) {
	var state apitype.DeploymentV3
	exported, err := d.stack.Export(ctx)
	if err != nil || len(exported.Deployment) == 0 {
		return state, err
	}
	return state, json.Unmarshal(exported.Deployment, &state)
}

// readLocks returns the process ids in the backend's lock files.
func readLocks(backend string) ([]int, error) {
	var pids []int
	err := eachLock(backend, func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var lock struct {
			Pid int `json:"pid"`
		}
		_ = json.Unmarshal(text, &lock) // a lock that was cut off while written names nobody
		pids = append(pids, lock.Pid)
		return nil
	})
	return pids, err
}

// mendCheckpoints replaces a state that was cut off while it was written by the one before, or by none. What was made
// since may be there but not in the state: that is noted in the layout's Resumed file until an update succeeds.
func mendCheckpoints(l layout.Layout, printer *progress.Printer) error {
	cut, err := cutCheckpoints(l.Backend())
	if err != nil || len(cut) == 0 {
		return err
	}
	printer.Linef("  -- its state was cut off while it was written; going on from the state before")
	for _, path := range cut {
		before, err := os.ReadFile(path + ".bak")
		if err == nil && json.Valid(before) {
			err = os.WriteFile(path, before, 0o600)
		} else {
			err = os.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return os.WriteFile(l.Resumed(), []byte("a state that was cut off\n"), 0o600)
}

// cutCheckpoints are the backend's states that are no JSON.
func cutCheckpoints(backend string) ([]string, error) {
	states, err := filepath.Glob(filepath.Join(backend, ".pulumi", "stacks", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	var cut []string
	for _, path := range states {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !json.Valid(content) {
			cut = append(cut, path)
		}
	}
	return cut, nil
}

// removeLocks does what `pulumi cancel` does with a file backend.
func removeLocks(backend string) error {
	return eachLock(backend, os.Remove)
}

func eachLock(backend string, do func(path string) error) error {
	err := filepath.WalkDir(filepath.Join(backend, ".pulumi", "locks"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		return do(path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// alive keeps the ids that belong to a living engine; the id of one that died may be another program's now.
func alive(pids []int) []int {
	var living []int
	for _, pid := range pids {
		if pid > 0 && programOf(pid) == engineProgram {
			living = append(living, pid)
		}
	}
	return living
}

// programOf is the name of a process's program, empty when there is no such process.
func programOf(pid int) string {
	if _, err := os.Stat("/proc/self"); err == nil {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err != nil {
			return ""
		}
		program, _, _ := strings.Cut(string(line), "\x00") // a zombie has none
		return filepath.Base(program)
	}
	out, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return filepath.Base(strings.TrimSpace(string(out)))
}

// orphans are the plugins of this sandbox whose parent is no engine. Where there is no /proc, none is found;
// a plugin ends there by itself once it misses its engine.
func orphans(l layout.Layout) []int {
	plugins, _ := filepath.Glob(filepath.Join(l.PulumiHome(), "plugins", "*", "pulumi-resource-*")) // the pattern is well-formed
	programs := map[string]bool{}
	for _, plugin := range plugins {
		if program, err := filepath.EvalSymlinks(plugin); err == nil {
			programs[program] = true
		}
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/exe") // the pattern is well-formed
	var pids []int
	for _, process := range processes {
		program, err := os.Readlink(process)
		if err != nil || !programs[strings.TrimSuffix(program, " (deleted)")] {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(process))); err == nil && programOf(parentOf(pid)) != engineProgram {
			pids = append(pids, pid)
		}
	}
	return pids
}

// parentOf is the second field after the program's name: state, parent.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func parentOf(pid int) int {
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(line[bytes.LastIndexByte(line, ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1]) // a number by the format
	return parent
}

// nameOf is the last part of a URN; a diagnostic may be about no resource and have none.
func nameOf(urn string) string { return urn[strings.LastIndex(urn, ":")+1:] }
