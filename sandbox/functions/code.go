package functions

import (
	"archive/zip"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// maxUnpacked is Lambda's limit on unpacked code.
const maxUnpacked = 250 << 20

// unpack extracts a zip below dir, into a directory named by the zip's hash, and
// returns it. It does nothing when that exists.
func unpack(zipFile, dir string) (string, error) {
	sum, err := hashFile(zipFile)
	if err != nil {
		return "", err
	}
	root := filepath.Join(dir, sum)
	if _, err := os.Stat(root); err == nil {
		return root, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	partial, err := os.MkdirTemp(dir, "partial-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(partial)
	if err := extract(zipFile, partial); err != nil {
		return "", err
	}
	if err := os.Chmod(partial, 0o755); err != nil {
		return "", err
	}
	return root, os.Rename(partial, root)
}

func hashFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func extract(zipFile, root string) error {
	archive, err := zip.OpenReader(zipFile)
	if err != nil {
		return err
	}
	defer archive.Close()
	left := int64(maxUnpacked)
	for _, entry := range archive.File {
		if !filepath.IsLocal(entry.Name) {
			return fmt.Errorf("the entry %q leaves the archive", entry.Name)
		}
		written, err := extractEntry(entry, filepath.Join(root, entry.Name), left)
		if err != nil {
			return err
		}
		if left -= written; left <= 0 {
			return fmt.Errorf("the code is larger than %d bytes unpacked", maxUnpacked)
		}
	}
	return nil
}

// extractEntry writes one file or directory; bootstrap becomes executable
// whatever the zip says, since zips made elsewhere often lose the bit.
func extractEntry(entry *zip.File, path string, limit int64) (int64, error) {
	if entry.FileInfo().IsDir() {
		return 0, os.MkdirAll(path, 0o755)
	}
	if !entry.Mode().IsRegular() {
		return 0, fmt.Errorf("the entry %q is no regular file", entry.Name)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return 0, err
	}
	source, err := entry.Open()
	if err != nil {
		return 0, err
	}
	defer source.Close()
	mode := entry.Mode().Perm() | 0o444
	if filepath.Base(path) == "bootstrap" {
		mode = 0o755
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return 0, err
	}
	written, err := io.Copy(file, io.LimitReader(source, limit))
	return written, errors.Join(err, file.Close())
}

func isExecFormat(err error) bool { return errors.Is(err, syscall.ENOEXEC) }

// machineOf says for which machine a program is built, and for which it must be.
func machineOf(program string) string {
	file, err := elf.Open(program)
	if err != nil {
		return "bootstrap is no Linux program for " + runtime.GOARCH + "; build the function for linux/" + runtime.GOARCH
	}
	defer file.Close()
	machine := strings.ToLower(strings.TrimPrefix(file.Machine.String(), "EM_"))
	return fmt.Sprintf("bootstrap is built for %s, this machine needs %s; build the function for linux/%s", machine, runtime.GOARCH, runtime.GOARCH)
}
