package deployment

import (
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
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// An engine whose driver was killed ends by itself once its calls in flight are done. Longer than
// orphanPatience it is asked to end, and then made to.
const (
	orphanPatience = 90 * time.Second
	orphanPeriod   = 500 * time.Millisecond
)

// engineProgram is the name of the process that holds a lock of the backend.
const engineProgram = "pulumi"

// clearInterrupted removes what an update that was cut off left behind: an engine that still runs, its
// lock, and operations that the state holds as begun. A create among these may have been done: that is
// noted in the layout's Resumed file until an update succeeds.
func (d *Deployment) clearInterrupted(ctx context.Context) error {
	locks, err := readLocks(d.layout.Backend())
	if err != nil {
		return err
	}
	if len(locks) > 0 {
		d.printer.Linef("  -- an earlier update was cut off; going on from where it ended")
		if err := d.awaitEngines(ctx, locks); err != nil {
			return err
		}
		if err := removeLocks(d.layout.Backend()); err != nil {
			return err
		}
	}
	return d.clearPending(ctx)
}

// awaitEngines lets engines that lost their driver finish, so that what they made gets into the state.
func (d *Deployment) awaitEngines(ctx context.Context, engines []int) error {
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
		if err := d.printer.Step(title, func(func(string)) error { return awaitEnd(ctx, living) }); err != nil {
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

// clearPending takes the pending operations out of the state.
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

func nameOf(urn string) string { return resource.URN(urn).Name() }
