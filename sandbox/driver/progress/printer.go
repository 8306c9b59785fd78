package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// How often a running step shows that it still runs.
const (
	spinnerPeriod = 120 * time.Millisecond
	plainPeriod   = 30 * time.Second
)

var frames = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// Printer writes progress lines. It is safe for use by several goroutines.
type Printer struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	now      func() time.Time
	live     string // what stands on the terminal's last line, to be wiped before the next line
}

// New returns a printer that writes to out, with a spinner when out is a terminal.
func New(out io.Writer) *Printer {
	file, isFile := out.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd()))
	return &Printer{out: out, terminal: terminal, now: time.Now}
}

// Linef prints one line.
func (p *Printer) Linef(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	fmt.Fprintf(p.out, format+"\n", args...)
}

// Step runs do and prints its title, whether it succeeded, and how long it took. What do wants to be
// seen meanwhile it passes to note; on a terminal it stands beside the spinner, elsewhere it shows up
// every half minute, and the last one stands in the closing line. The error is do's own.
func (p *Printer) Step(title string, do func(note func(string)) error) error {
	start := p.now()
	if !p.terminal {
		p.Linef("  .. %s", title)
	}
	watch := p.watch(title, start)
	err := do(watch.note)
	watch.stop()
	mark := "ok"
	if err != nil {
		mark = "!!"
	}
	p.Linef("  %s %s%s (%s)", mark, title, watch.standing(), Seconds(p.now().Sub(start)))
	return err
}

// width is how many columns a line may take without wrapping: wipe clears one line only.
func (p *Printer) width() int {
	if file, ok := p.out.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			return columns - 1
		}
	}
	return 79
}

// wipe clears the spinner's line; the caller holds the lock.
func (p *Printer) wipe() {
	if p.live != "" {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.live = ""
	}
}

// watching shows that a step still runs.
type watching struct {
	printer *Printer
	title   string
	start   time.Time
	mu      sync.Mutex
	latest  string
	done    chan struct{}
	ended   sync.WaitGroup
}

func (p *Printer) watch(title string, start time.Time) *watching {
	w := &watching{printer: p, title: title, start: start, done: make(chan struct{})}
	period := plainPeriod
	if p.terminal {
		period = spinnerPeriod
	}
	w.ended.Go(func() {
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for frame := 0; ; frame++ {
			select {
			case <-w.done:
				return
			case <-ticker.C:
				w.show(frame)
			}
		}
	})
	return w
}

func (w *watching) note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latest = text
}

// standing is the latest note with what parts it from the title.
func (w *watching) standing() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.latest == "" {
		return ""
	}
	return ": " + w.latest
}

func (w *watching) show(frame int) {
	elapsed := Seconds(w.printer.now().Sub(w.start))
	if !w.printer.terminal {
		w.printer.Linef("     %s%s (%s so far)", w.title, w.standing(), elapsed)
		return
	}
	line := fmt.Sprintf("  %s %s (%s)%s", frames[frame%len(frames)], w.title, elapsed, w.standing())
	p := w.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	p.live = runewidth.Truncate(line, p.width(), "…")
	fmt.Fprint(p.out, p.live)
}

func (w *watching) stop() {
	close(w.done)
	w.ended.Wait()
}

// Seconds writes a duration as a person reads it: 0.3 s, 12.3 s, 2 min 05 s.
func Seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}
