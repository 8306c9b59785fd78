package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lockPeriod is how often a waiting command looks again.
const lockPeriod = 200 * time.Millisecond

// Lock is an advisory lock on a file that holds the owner's process id. The operating system drops it
// when its owner dies, however that happens, so that it is never stale and a process id that was given
// to another program is never mistaken for the owner.
type Lock struct{ file *os.File }

// TryLock takes the lock of path, or reports the process that holds it (0 when it has not said yet).
func TryLock(path string) (lock *Lock, owner int, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, 0, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, err
	}
	err = syscall.Flock(descriptor(file), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		owner, err := readOwner(file)
		return nil, owner, errors.Join(err, file.Close())
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	lock = &Lock{file: file}
	if err := lock.write(strconv.Itoa(os.Getpid())); err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return lock, 0, nil
}

// Acquire takes the lock of path, waiting for its owner; waiting is called once, when there is one.
func Acquire(ctx context.Context, path string, waiting func(owner int)) (*Lock, error) {
	for told := false; ; {
		lock, owner, err := TryLock(path)
		if lock != nil || err != nil {
			return lock, err
		}
		if !told && owner != 0 {
			waiting(owner)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lockPeriod):
		}
	}
}

// Owner is the process that holds the lock of path, 0 when nobody does. It writes nothing, so that nobody
// takes the one who asks for the owner.
func Owner(path string) (owner int, err error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	err = syscall.Flock(descriptor(file), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return readOwner(file)
	}
	return 0, err
}

// readOwner reads who holds the lock: 0 while the owner has not said yet.
func readOwner(file *os.File) (int, error) {
	text, err := io.ReadAll(file)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid, err
}

// File is the lock's open file: a child that inherits it holds the lock too.
func (l *Lock) File() *os.File { return l.file }

// Release gives the lock up.
func (l *Lock) Release() error { return errors.Join(l.write(""), l.file.Close()) }

func (l *Lock) write(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return err
}

func descriptor(file *os.File) int {
	return int(file.Fd())
}
