package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// print writes the figures for people.
func (r *results) print(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "\n%s, %d processors, %.1f GiB, %s, %s, load average %.2f to %.2f, commit %s\n",
		m.CPU, m.CPUs, m.MemoryGiB, m.System, m.Go, m.LoadBegun, m.LoadEnded, m.Commit)
	if r.Python != nil {
		fmt.Fprintf(w, "Python %s, boto3 %s\n", r.Python.Version, r.Python.Boto3)
	}
	if err := r.printFunctions(w); err != nil {
		return err
	}
	if err := r.printProgram(w); err != nil {
		return err
	}
	for _, a := range r.Aims {
		verdict := "missed"
		if a.Met {
			verdict = "met"
		}
		fmt.Fprintf(w, "aim %-6s  %s %.3g %s: %.3g\n", verdict, a.What, a.Want, a.Unit, a.Got)
	}
	for _, note := range r.Notes {
		fmt.Fprintln(w, "note:", note)
	}
	return nil
}

func (r *results) printFunctions(w io.Writer) error {
	if len(r.Functions) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\n\tfunction\tGo\tPython\tratio\t\n")
	for _, f := range r.Functions {
		g, p := f.Languages[langGo], f.Languages[langPython]
		line := func(what, unit string, of func(figure) float64, ratio func(*comparison) float64) {
			if f.Comparison == nil {
				fmt.Fprintf(t, "%s, %s\t%s\t%s\t-\t-\t\n", what, unit, f.Function, number(of(g)))
				return
			}
			shown := ""
			if ratio != nil {
				shown = number(ratio(f.Comparison)) + "x"
			}
			fmt.Fprintf(t, "%s, %s\t%s\t%s\t%s\t%s\t\n", what, unit, f.Function, number(of(g)), number(of(p)), shown)
		}
		line("cold start", "ms", func(g figure) float64 { return g.ColdStart.Median }, func(c *comparison) float64 { return c.ColdStart })
		line("of that, initialisation", "ms", func(g figure) float64 { return g.Init.Median }, nil)
		line("warm", f.Unit+"/s", func(g figure) float64 { return g.WarmPerSecond }, func(c *comparison) float64 { return c.Warm })
		line("memory, cold event", "MiB", func(g figure) float64 { return float64(g.ColdMemoryMB) }, func(c *comparison) float64 { return c.ColdMemory })
		line("memory, warm events", "MiB", func(g figure) float64 { return float64(g.PeakMemoryMB) }, func(c *comparison) float64 { return c.PeakMemory })
		line("zip", "MB", func(g figure) float64 { return float64(g.ZipBytes) / 1e6 }, nil)
		if p.BundledBytes > 0 {
			fmt.Fprintf(t, "zip with boto3 in it, MB\t%s\t-\t%s\t\t\n", f.Function, number(float64(p.BundledBytes)/1e6))
		}
	}
	return t.Flush()
}

func (r *results) printProgram(w io.Writer) error {
	p := r.Program
	if p == nil {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\nprod under mocks, regions\tregistrations\tms\t\n")
	for _, e := range p.Evaluation {
		fmt.Fprintf(t, "%d\t%d\t%s\t\n", e.Regions, e.Registrations, number(e.Milliseconds))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if p.Fit != nil {
		fmt.Fprintf(w, "line: %s ms + %s ms a region, R² %.4f\n", number(p.Fit.Base), number(p.Fit.PerRegion), p.Fit.Determination)
	}
	for _, s := range []struct {
		what  string
		taken *spread
	}{{"preview, nothing changed", p.Preview}, {"edit to preview", p.EditPreview}} {
		if s.taken != nil {
			fmt.Fprintf(w, "%s: %.1f s (%.1f to %.1f, %d taken)\n", s.what, s.taken.Median, s.taken.Min, s.taken.Max, s.taken.Samples)
		}
	}
	fmt.Fprintln(w)
	return nil
}

// number writes a figure with three digits or all before the point.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
