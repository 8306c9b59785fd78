package main

import (
	"slices"
	"time"
)

// results are all figures: what the JSON file holds.
type results struct {
	Taken     time.Time        `json:"taken"`
	Machine   machine          `json:"machine"`
	Python    *python          `json:"python,omitempty"`
	Functions []functionResult `json:"functions,omitempty"`
	Program   *programResult   `json:"program,omitempty"`
	Aims      []aim            `json:"aims,omitempty"`
	Notes     []string         `json:"notes,omitempty"` // what was left out, and why
}

// functionResult are the figures of one function.
type functionResult struct {
	Function   string            `json:"function"`
	Unit       string            `json:"unit"`
	UnitsCold  int               `json:"unitsCold"` // in one cold invocation
	UnitsWarm  int               `json:"unitsWarm"` // in one warm invocation
	CallsCold  map[string]int    `json:"callsCold"` // API calls of a cold invocation
	CallsWarm  map[string]int    `json:"callsWarm"`
	Languages  map[string]figure `json:"languages"`
	Comparison *comparison       `json:"comparison,omitempty"`
}

// figure are the figures of one function in one language.
type figure struct {
	ColdStart     spread  `json:"coldStartMilliseconds"` // process start to first response
	Init          spread  `json:"initMilliseconds"`      // of that, until the event was asked for
	WarmPerSecond float64 `json:"warmUnitsPerSecond"`
	ColdMemoryMB  int     `json:"coldMemoryMiB"` // peak resident memory after the cold event, median
	PeakMemoryMB  int     `json:"peakMemoryMiB"` // after all warm events
	Retries       int     `json:"retries"`       // calls that the SDK made again, in all samples
	ZipBytes      int64   `json:"zipBytes"`
	// BundledBytes is the package with the SDK in it, where the managed runtime brings one: 0 if there is no such choice.
	BundledBytes int64 `json:"bundledZipBytes,omitempty"`
}

// comparison are Go's figures over Python's, each so that more is better for Go.
type comparison struct {
	ColdStart  float64 `json:"coldStart"`
	Warm       float64 `json:"warm"`
	ColdMemory float64 `json:"coldMemory"`
	PeakMemory float64 `json:"peakMemory"`
}

// spread is where samples lie.
type spread struct {
	Samples int     `json:"samples"`
	Min     float64 `json:"min"`
	Median  float64 `json:"median"`
	Max     float64 `json:"max"`
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	return spread{len(sorted), sorted[0], median(sorted), sorted[len(sorted)-1]}
}

// median of sorted values.
func median(sorted []float64) float64 {
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// aim is what a figure should be.
type aim struct {
	What string  `json:"what"`
	Want float64 `json:"want"`
	Got  float64 `json:"got"`
	Unit string  `json:"unit"`
	Met  bool    `json:"met"`
}

// The aims. Memory is at most a third of Python's; a package at most 8 MB.
const (
	wantColdStart = 15.0
	wantMemory    = 3.0
	wantZipMB     = 8.0
)

// resultOf sums up the samples of one function.
func resultOf(taken []samples, bundled int64) functionResult {
	b := taken[0].benchmark
	r := functionResult{Function: b.function, Unit: b.unit, UnitsCold: b.cold.units, UnitsWarm: b.warm.units,
		CallsCold: taken[0].cold[0].effect.Calls, CallsWarm: taken[0].warm[0].effect.Calls, Languages: map[string]figure{}}
	for _, s := range taken {
		f := s.figure()
		if s.lang == langPython {
			f.BundledBytes = f.ZipBytes + bundled
		}
		r.Languages[s.lang] = f
	}
	if p, there := r.Languages[langPython]; there {
		g := r.Languages[langGo]
		r.Comparison = &comparison{
			ColdStart: p.ColdStart.Median / g.ColdStart.Median, Warm: g.WarmPerSecond / p.WarmPerSecond,
			ColdMemory: float64(p.ColdMemoryMB) / float64(g.ColdMemoryMB), PeakMemory: float64(p.PeakMemoryMB) / float64(g.PeakMemoryMB),
		}
	}
	return r
}

func (s samples) figure() figure {
	milliseconds := func(all []sample, of func(sample) time.Duration) spread {
		values := make([]float64, len(all))
		for i, one := range all {
			values[i] = float64(of(one).Microseconds()) / 1000
		}
		return spreadOf(values)
	}
	memory := make([]float64, len(s.cold))
	for i, one := range s.cold {
		memory[i] = float64(one.memoryMB)
	}
	f := figure{
		ColdStart:    milliseconds(s.cold, func(one sample) time.Duration { return one.init + one.duration }),
		Init:         milliseconds(s.cold, func(one sample) time.Duration { return one.init }),
		ColdMemoryMB: int(spreadOf(memory).Median), ZipBytes: s.bytes,
	}
	f.WarmPerSecond = 1000 * float64(s.benchmark.warm.units) / milliseconds(s.warm, func(one sample) time.Duration { return one.duration }).Median
	for _, one := range slices.Concat(s.cold, s.warm) {
		f.Retries += one.retries
	}
	for _, one := range s.warm {
		f.PeakMemoryMB = max(f.PeakMemoryMB, one.memoryMB)
	}
	return f
}

// aims judges the figures of a function.
func (r functionResult) aims() []aim {
	size := float64(r.Languages[langGo].ZipBytes) / 1e6
	aims := []aim{{What: r.Function + ": zip at most", Want: wantZipMB, Got: size, Unit: "MB", Met: size <= wantZipMB}}
	if c := r.Comparison; c != nil {
		memory := min(c.ColdMemory, c.PeakMemory)
		aims = append(aims,
			aim{What: r.Function + ": cold start faster than Python's by at least", Want: wantColdStart, Got: c.ColdStart, Unit: "times", Met: c.ColdStart >= wantColdStart},
			aim{What: r.Function + ": memory less than Python's by at least", Want: wantMemory, Got: memory, Unit: "times", Met: memory >= wantMemory})
	}
	return aims
}
