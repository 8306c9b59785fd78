package load

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"assetguard/internal/contract"
	"assetguard/sandbox/client"
)

// functionLog is what the function wrote since skip: one line for each asset, metrics in embedded metric format,
// and Lambda's report of each invocation.
type functionLog struct {
	tail client.Tail

	outcomes map[string]int      // of metrics, by outcome
	retries  int                 // of metrics
	counted  map[string][]string // outcomes of asset lines that count, by eventID
	reasons  map[string]int      // "outcome, reason" and "retry, reason" of asset lines
	memory   []int               // MiB that the process had used at most, by invocation
}

// line is what is read of one that the function wrote.
type line struct {
	Meta    *json.RawMessage `json:"_aws"`
	Total   *int             `json:"AutotagOutcome"`
	Retries int              `json:"AutotagRetry"`
	OfTotal string           `json:"Outcome"`

	Message string `json:"msg"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	EventID string `json:"eventID"`
}

// maxMemory is in Lambda's REPORT line.
var maxMemory = regexp.MustCompile(`\tMax Memory Used: (\d+) MB`)

// skip forgets what is there: read begins after it.
func (l *functionLog) skip() error {
	l.outcomes, l.counted, l.reasons = map[string]int{}, map[string][]string{}, map[string]int{}
	l.retries, l.memory = 0, nil
	return l.tail.Skip()
}

// read reads the lines that were completed since.
func (l *functionLog) read() error { return l.tail.Read(l.take) }

// take counts one line.
func (l *functionLog) take(text string) {
	if found := maxMemory.FindStringSubmatch(text); found != nil {
		used, _ := strconv.Atoi(found[1]) // digits, by the expression
		l.memory = append(l.memory, used)
		return
	}
	var one line
	if json.Unmarshal([]byte(text), &one) != nil {
		return // START, END and other words of Lambda
	}
	switch {
	case one.Meta != nil && one.Total != nil:
		l.outcomes[one.OfTotal] += *one.Total
	case one.Meta != nil:
		l.retries += one.Retries
	case one.Message == "asset":
		l.reasons[one.Outcome+", "+one.Reason]++
		if one.Outcome != outcomeRetry {
			l.counted[one.EventID] = append(l.counted[one.EventID], one.Outcome)
		}
	}
}

// outcomeRetry is the outcome in the line of an asset that comes again and is not counted yet.
const outcomeRetry = "retry"

// countedOf is how many events of a run have an outcome.
func (l *functionLog) countedOf(run string) int {
	n := 0
	for id := range l.counted {
		if strings.HasPrefix(id, run+"-") {
			n++
		}
	}
	return n
}

// outcomes are the values of contract.DimensionOutcome, in the order of the table.
var outcomes = []string{
	contract.OutcomeTagged, contract.OutcomeAlreadyTagged, contract.OutcomeExcluded, contract.OutcomeNotTaggable,
	contract.OutcomeUnknownEvent, contract.OutcomeFailed,
}
