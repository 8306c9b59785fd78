package burst

import (
	"encoding/json"
	"slices"
	"strings"

	"assetguard/internal/contract"
	"assetguard/sandbox/client"
)

// functionLog is what the function of findings wrote since skip: one line for each finding of each message that is done,
// and a warning for each that comes again.
type functionLog struct {
	tail client.Tail
	run  string

	outcomes map[string][]string // by finding of the run: one of each event
	reasons  map[string]int      // "outcome, reason" of all events of the run
	retries  int
}

// line is what is read of one that the function wrote.
type line struct {
	Level   string `json:"level"`
	Message string `json:"msg"`
	Finding string `json:"finding"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
}

// skip forgets what is there: read begins after it.
func (l *functionLog) skip() error {
	l.outcomes, l.reasons, l.retries = map[string][]string{}, map[string]int{}, 0
	return l.tail.Skip()
}

// read reads the lines that were completed since.
func (l *functionLog) read() error { return l.tail.Read(l.take) }

// take counts one line.
func (l *functionLog) take(text string) {
	var one line
	if json.Unmarshal([]byte(text), &one) != nil || one.Message != "message" || !strings.HasPrefix(one.Finding, l.run+"-") {
		return
	}
	if one.Level == "WARN" { // it comes again
		l.retries++
		return
	}
	l.outcomes[one.Finding] = append(l.outcomes[one.Finding], one.Outcome)
	l.reasons[one.Outcome+", "+one.Reason]++
}

// suppressing are the outcomes of what people are not told on purpose.
var suppressing = []string{contract.OutcomeDuplicate, contract.OutcomeSkipped}

// decisive is what became of a finding, whatever became of its repetitions.
func decisive(outcomes []string) string {
	for _, outcome := range []string{contract.OutcomeTold, contract.OutcomeFolded, contract.OutcomeFailed} {
		if slices.Contains(outcomes, outcome) {
			return outcome
		}
	}
	return outcomes[0]
}
