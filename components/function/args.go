package function

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"assetguard/components/queue"
	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a Function. Exactly one of Queue and Event says how it is called.
type Args struct {
	Place       place.Place        // where the function runs
	KeyArn      pulumi.StringInput // the key that encrypts its environment, its logs and its dead letters
	Description string             // what it does, in one line of the console. Optional: none
	// Zip is the built function: a path relative to the project's root.
	Zip            string
	Architecture   string // arm64 or x86_64, as the zip was built
	MemoryMB       int    // memory in MiB: 128 to 10,240
	TimeoutSeconds int    // longest run in seconds: 1 to 900
	// Environment are the variables that the function reads; no secrets. Optional: none.
	Environment pulumi.StringMap
	// Statements are all that the role may do beside writing its logs and traces. Optional: nothing more.
	Statements []iampolicy.Statement
	// Managed are more statements, in documents that become managed policies: all inline policies of a role
	// together have at most 10,240 characters, a managed policy 6,144, and a role takes ten of those. Optional: none.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	Managed  [][]iampolicy.Statement
	LogDays  int                // retention of the log group, in days
	TopicArn pulumi.StringInput // told by the alarms
	Queue    *FromQueue         // the queue that the function works off. Optional: Event says how it is called
	Event    *ByEvent           // who calls the function. Optional: Queue says how it is called
	// ReservedConcurrency keeps so many concurrent runs for this function alone. Optional: 0, none. A new account
	// has only ten in all: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
	ReservedConcurrency int
}

// FromQueue has Lambda poll the queue and hand over batches. A message that fails comes back after the
// queue's visibility timeout and ends in the queue's dead letters. The function answers with the failed
// items of a batch: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
type FromQueue struct {
	// Source hides messages for at least VisibilityTimes the function's timeout.
	Source *queue.Queue
	// VisibilityTimes is how many timeouts the queue hides a message at least: 1 to 6. Less than six lets a failed message
	// come again sooner, for a function whose calls are never throttled for long. Optional: 0, six.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	VisibilityTimes    int
	BatchSize          int // messages a call: 1 to 10,000; above 10 needs a window
	WindowSeconds      int // how long to gather a batch, in seconds: 0 to 300. Optional: 0, not at all
	MaximumConcurrency int // calls at the same time: 2 to 1,000
}

// ByEvent lets a rule, a topic or a schedule call the function; what still fails after the retries goes to
// a dead-letter queue of the function's own.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
type ByEvent struct {
	MaximumRetries  int                // tries after the first: 0 to 2
	MaxAgeSeconds   int                // when an event is given up, in seconds: 60 to 21,600
	CallerService   string             // service principal of the caller, such as events.amazonaws.com
	CallerSourceArn pulumi.StringInput // the one rule, topic or schedule that may call
}

func (a *Args) validate(name, root string) error {
	errs := []error{a.Place.Validate(), iampolicy.Validate(a.Statements), iampolicy.Validate(slices.Concat(a.Managed...)), a.zipFault(root),
		argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn)}
	if a.Architecture != "arm64" && a.Architecture != "x86_64" {
		errs = append(errs, fmt.Errorf("architecture is %q; give arm64 or x86_64", a.Architecture))
	}
	errs = append(errs, argument.Within("MemoryMB", a.MemoryMB, 128, 10240), argument.Within("TimeoutSeconds", a.TimeoutSeconds, 1, 900),
		argument.Within("LogDays", a.LogDays, 1, 3653), a.callFault())
	return argument.Check("function "+name, errs...)
}

func (a *Args) zipFault(root string) error {
	if a.Zip == "" {
		return errors.New("zip is required")
	}
	if _, err := os.Stat(filepath.Join(root, a.Zip)); err != nil {
		return fmt.Errorf("zip %s is not built; run `make build`: %w", a.Zip, err)
	}
	return nil
}

func (a *Args) callFault() error {
	switch {
	case (a.Queue == nil) == (a.Event == nil):
		return errors.New("give exactly one of Queue and Event")
	case a.Event != nil:
		return a.Event.fault()
	}
	return errors.Join(a.Queue.faults(a.TimeoutSeconds)...)
}

func (e *ByEvent) fault() error {
	var caller error
	if e.CallerService == "" || e.CallerSourceArn == nil {
		caller = errors.New("Event.CallerService and Event.CallerSourceArn are both required")
	}
	return errors.Join(argument.Within("Event.MaximumRetries", e.MaximumRetries, 0, 2),
		argument.Within("Event.MaxAgeSeconds", e.MaxAgeSeconds, 60, 21600), caller)
}

func (q *FromQueue) faults(timeout int) []error {
	times := cmp.Or(q.VisibilityTimes, 6)
	errs := []error{argument.Within("Queue.VisibilityTimes", times, 1, 6), argument.Within("Queue.MaximumConcurrency", q.MaximumConcurrency, 2, 1000),
		argument.Within("Queue.BatchSize", q.BatchSize, 1, 10000), argument.Within("Queue.WindowSeconds", q.WindowSeconds, 0, 300)}
	if q.BatchSize > 10 && q.WindowSeconds == 0 {
		errs = append(errs, errors.New("Queue.BatchSize above 10 needs a Queue.WindowSeconds of at least 1"))
	}
	switch {
	case q.Source == nil:
		errs = append(errs, errors.New("Queue.Source is required"))
	case q.Source.VisibilitySeconds < times*timeout:
		errs = append(errs, fmt.Errorf("the queue hides messages for %d s; it needs at least %d, %d times the timeout",
			q.Source.VisibilitySeconds, times*timeout, times))
	}
	return errs
}

func (a *Args) reservedConcurrency() pulumi.IntPtrInput {
	if a.ReservedConcurrency == 0 {
		return nil
	}
	return pulumi.Int(a.ReservedConcurrency)
}
