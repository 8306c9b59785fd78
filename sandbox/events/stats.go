package events

import "sync"

// stats counts what happened, by group ("events", "functions", "rules") and name.
type stats struct {
	mu     sync.Mutex
	groups map[string]map[string]int
}

func newStats() *stats { return &stats{groups: map[string]map[string]int{}} }

func (s *stats) add(group, name string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[group] == nil {
		s.groups[group] = map[string]int{}
	}
	s.groups[group][name] += n
}

// Stats are counts since the start:
//
//	events:    put, matched, delivered, failed, deadLettered, lost, unmatchable
//	rules:     matches by rule name
//	functions: invocations, errors, throttles; and "<name>.invocations", ...
//	async:     queued, retried, succeeded, exhausted
//	queues:    received, deleted, failed, filtered
//	topics:    published, delivered, failed, filtered, pending, unsupported, deadLettered, lost
//	logs:      lines, dropped
//	processes: how many function processes are alive now
func (p *Plane) Stats() map[string]any {
	p.stats.mu.Lock()
	defer p.stats.mu.Unlock()
	all := map[string]any{"processes": p.host.Processes(), "logs": p.logs.counts()}
	for group, counts := range p.stats.groups {
		copied := map[string]int{}
		for name, n := range counts {
			copied[name] = n
		}
		all[group] = copied
	}
	return all
}
