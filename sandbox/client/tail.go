package client

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
)

// Tail reads the log of a function as it grows.
type Tail struct {
	Path   string
	offset int64 // of the first byte that was not read
}

// Skip forgets what is there: Read begins after it, or at the start of a log that does not exist yet.
func (t *Tail) Skip() error {
	t.offset = 0
	info, err := os.Stat(t.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // the function has not run yet
	}
	if err != nil {
		return err
	}
	t.offset = info.Size()
	return nil
}

// Read gives the lines that were completed since, each without the time and the blank before what was written.
func (t *Tail) Read(take func(text string)) error {
	file, err := os.Open(t.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.NewSectionReader(file, t.offset, 1<<40))
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	t.offset += int64(len(text))
	for line := range strings.Lines(string(text)) {
		_, written, _ := strings.Cut(line, " ")
		take(written)
	}
	return nil
}
