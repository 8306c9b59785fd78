package functions

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	maxLine        = 256 << 10
	settleInterval = time.Millisecond
	settleTries    = 20
)

// Line is one line of a function's log.
type Line struct {
	At   time.Time
	Text string
}

// Sink receives log lines, in order per stream. Write must not block.
type Sink interface {
	Write(region, group, stream string, line Line)
}

// streamName is a log stream as Lambda names it: day, version, instance.
func streamName(fn Function) string {
	return time.Now().UTC().Format("2006/01/02") + "/[" + fn.Version + "]" + randomHex(16)
}

// say writes one line to the log of the process and of the current invocation.
func (p *process) say(text string) {
	line := Line{At: time.Now(), Text: text}
	p.logs.write(p.fn, text)
	if p.sink != nil {
		p.sink.Write(p.fn.Region, p.fn.LogGroup, p.stream, line)
	}
	p.mu.Lock()
	call := p.current
	p.mu.Unlock()
	if call == nil {
		return
	}
	call.mu.Lock()
	defer call.mu.Unlock()
	if call.tail.Len() > 2*maxTail {
		call.tail.Next(call.tail.Len() - maxTail)
	}
	call.tail.WriteString(text + "\n")
}

// settleLog waits, for some milliseconds at most, until what the process has
// written by now has been read.
func (p *process) settleLog() {
	for range settleTries {
		before := p.written.Load()
		time.Sleep(settleInterval)
		if p.written.Load() == before {
			return
		}
	}
}

// output is a writer that says every full line.
func (p *process) output() io.Writer { return &lineWriter{p: p} }

// lineWriter cuts a process's output into lines.
type lineWriter struct {
	p    *process
	rest []byte
}

// Write never fails. A line longer than CloudWatch takes is cut.
func (w *lineWriter) Write(data []byte) (int, error) {
	w.rest = append(w.rest, data...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 && len(w.rest) < maxLine {
			break
		}
		if end < 0 || end > maxLine {
			w.p.say(string(w.rest[:maxLine]))
			w.rest = w.rest[maxLine:]
			continue
		}
		if line := bytes.TrimRight(w.rest[:end], "\r"); len(line) > 0 {
			w.p.say(string(line))
		}
		w.rest = w.rest[end+1:]
	}
	w.p.written.Add(int64(len(data)))
	return len(data), nil
}

// logFiles keeps one log file per function.
type logFiles struct {
	dir   string
	log   *slog.Logger
	mu    sync.Mutex
	files map[string]*os.File
}

func newLogFiles(dir string, log *slog.Logger) *logFiles {
	return &logFiles{dir: dir, log: log, files: map[string]*os.File{}}
}

// write appends a line to the function's file. A file that cannot be written is
// reported and does not stop the function.
func (l *logFiles) write(fn Function, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := l.open(fn)
	if err == nil {
		_, err = fmt.Fprintf(file, "%s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), text)
	}
	if err != nil {
		l.log.Warn("log file", "function", fn.Name, "error", err)
	}
}

func (l *logFiles) open(fn Function) (*os.File, error) {
	path := filepath.Join(l.dir, fn.Region, fn.Name+".log")
	if file, ok := l.files[path]; ok {
		return file, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	l.files[path] = file
	return file, nil
}

func (l *logFiles) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for path, file := range l.files {
		if err := file.Close(); err != nil {
			return err
		}
		delete(l.files, path)
	}
	return nil
}
