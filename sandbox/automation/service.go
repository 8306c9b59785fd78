package automation

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"assetguard/sandbox/api"
)

// Options say with what the service works. All are required.
type Options struct {
	AccountID string
	// Emulator gives clients that look into the emulator, Gateway those that steps work with: their calls make events.
	Emulator, Gateway func(region string) aws.Config
	// Bus takes the status-change events.
	Bus api.Bus
	// Identity learns the access keys of assumed roles.
	Identity func(accessKey, arn string)
	Log      *slog.Logger
}

// Service is Automation in all regions of one account. It is safe for concurrent use.
type Service struct {
	Options
	mu         sync.Mutex // guards what is below, and all executions
	executions []*execution
	closed     bool

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// New returns a service without executions.
func New(o Options) *Service {
	s := &Service{Options: o}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close cancels what runs and waits for it.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
}

// Supplements are the operations.
func (s *Service) Supplements() []api.Supplement {
	return []api.Supplement{{Service: "ssm", Handle: map[string]api.Handler{
		"StartAutomationExecution": s.start, "GetAutomationExecution": s.get, "DescribeAutomationExecutions": s.describe,
		"DescribeAutomationStepExecutions": s.describeSteps, "StopAutomationExecution": s.stop,
	}}}
}

func fault(code, format string, args ...any) error {
	return &api.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// find finds an execution of a region. The lock is held.
func (s *Service) find(region, id string) (*execution, error) {
	for _, e := range s.executions {
		if e.region == region && e.id == id {
			return e, nil
		}
	}
	return nil, fault("AutomationExecutionNotFoundException", "Automation execution %s was not found.", id)
}

// identified is what names an execution in a call.
type identified struct {
	AutomationExecutionId, Type, NextToken string
	MaxResults                             int
	Filters                                []filter
}

type filter struct {
	Key    string
	Values []string
}

func (s *Service) get(_ context.Context, c *api.Call) (*api.Answer, error) {
	var in identified
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(c.Region, in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	return api.JSON(http.StatusOK, map[string]any{"AutomationExecution": e.shown()}), nil
}

// describe lists executions, the latest first.
func (s *Service) describe(_ context.Context, c *api.Call) (*api.Answer, error) {
	var in identified
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []any{}
	for _, e := range slices.Backward(s.executions) {
		passes := e.region == c.Region
		for _, f := range in.Filters {
			ok, err := e.passes(f)
			if err != nil {
				return nil, err
			}
			passes = passes && ok
		}
		if passes {
			found = append(found, e.summary())
		}
	}
	return page("AutomationExecutionMetadataList", found, in)
}

func (e *execution) passes(f filter) (bool, error) {
	values := map[string]string{"ExecutionStatus": e.status, "ExecutionId": e.id, "CurrentAction": e.currentAction()}
	if value, known := values[f.Key]; known {
		return slices.Contains(f.Values, value), nil
	}
	if f.Key == "DocumentNamePrefix" {
		return slices.ContainsFunc(f.Values, func(prefix string) bool { return strings.HasPrefix(e.document.name, prefix) }), nil
	}
	return false, fault("InvalidFilterKey", "the sandbox does not filter by %s", f.Key)
}

func (s *Service) describeSteps(_ context.Context, c *api.Call) (*api.Answer, error) {
	var in identified
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(c.Region, in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	return page("StepExecutions", e.shownSteps(), in)
}

// maxPage is the most that a list shows at once.
const maxPage = 50

func page(name string, all []any, in identified) (*api.Answer, error) {
	start := 0
	if in.NextToken != "" {
		var err error
		if start, err = strconv.Atoi(in.NextToken); err != nil || start < 0 || start > len(all) {
			return nil, fault("InvalidNextToken", "The specified token isn't valid.")
		}
	}
	size := in.MaxResults
	if size < 1 || size > maxPage {
		size = maxPage
	}
	end := min(start+size, len(all))
	out := map[string]any{name: all[start:end]}
	if end < len(all) {
		out["NextToken"] = strconv.Itoa(end)
	}
	return api.JSON(http.StatusOK, out), nil
}

func (s *Service) stop(_ context.Context, c *api.Call) (*api.Answer, error) {
	var in identified
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.find(c.Region, in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	if !e.end.IsZero() {
		return nil, fault("InvalidAutomationStatusUpdateException", "Execution %s has ended with status %s.", e.id, e.status)
	}
	e.stopped = true
	e.cancel()
	return api.JSON(http.StatusOK, map[string]any{}), nil
}

// epoch is a time as Systems Manager writes it.
func epoch(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }
