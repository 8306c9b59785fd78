package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
)

// faultsBound is the largest body, in bytes, of PUT /_sandbox/faults.
const faultsBound = 1 << 20

// Faults is the body of PUT /_sandbox/faults and the answer of GET: which calls are refused instead of answered.
// There are none at the start; an empty list takes them away again.
type Faults struct {
	// Seed begins the pseudo-random sequence: the same calls in the same order meet the same faults.
	Seed uint64 `json:"seed"`
	// Faults share the calls of an operation: two of five percent refuse ten of a hundred calls.
	Faults []Fault `json:"faults"`
}

// Fault refuses a share of the calls of one operation.
type Fault struct {
	Service   string `json:"service"`   // signing name, such as "tagging"
	Operation string `json:"operation"` // "TagResources"; empty stands for all of the service
	// Percent of the calls, more than 0 and up to 100.
	Percent float64 `json:"percent"`
	// Status is the HTTP status, 400 to 599; Code the service's name of the fault, such as "ThrottlingException".
	Status int    `json:"status"`
	Code   string `json:"code"`
	// HoldSeconds, if not 0, is how long the caller waits for the refusal: with more than its patience, a service that hangs.
	HoldSeconds int `json:"holdSeconds,omitempty"`
	// RetryAfter, if not 0, is told in the header of that name, in seconds.
	RetryAfter int `json:"retryAfter,omitempty"`
}

// validate reports every fault of the list.
func (f Faults) validate() error {
	var errs []error
	for i, one := range f.Faults {
		for fault, there := range map[string]bool{
			"service is missing":                   one.Service == "",
			"code is missing":                      one.Code == "",
			"percent must be above 0, at most 100": one.Percent <= 0 || one.Percent > 100,
			"status must be 400 to 599":            one.Status < 400 || one.Status > 599,
			"retryAfter must not be negative":      one.RetryAfter < 0,
			"holdSeconds must be 0 to 60":          one.HoldSeconds < 0 || one.HoldSeconds > 60,
		} {
			if there {
				errs = append(errs, fmt.Errorf("faults[%d]: %s", i, fault))
			}
		}
	}
	return errors.Join(errs...)
}

// of are the faults that a call may meet.
func (f Faults) of(c *api.Call) []Fault {
	var met []Fault
	for _, one := range f.Faults {
		if one.Service == c.Service && (one.Operation == "" || one.Operation == c.Operation) {
			met = append(met, one)
		}
	}
	return met
}

// injection refuses calls by the faults that are set.
type injection struct {
	mu     sync.Mutex
	set    Faults
	random *rand.Rand
}

func (i *injection) replace(f Faults) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.set, i.random = f, rand.New(rand.NewPCG(f.Seed, f.Seed)) //nolint:gosec // G404: has to be repeatable, guards nothing
}

func (i *injection) now() Faults {
	i.mu.Lock()
	defer i.mu.Unlock()
	return Faults{Seed: i.set.Seed, Faults: append([]Fault{}, i.set.Faults...)}
}

// draw decides whether a call is refused. One number is drawn for each call that could be.
func (i *injection) draw(c *api.Call) *Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	may := i.set.of(c)
	if len(may) == 0 {
		return nil
	}
	at := i.random.Float64() * 100
	for _, one := range may {
		if at -= one.Percent; at < 0 {
			return &one
		}
	}
	return nil
}

// refuseBySetting is the answer to a call that a fault refuses, in the shape of its service, or nil.
func (g *Gateway) refuseBySetting(ctx context.Context, c *api.Call, res *apimodel.Resolved) *api.Answer {
	fault := g.injected.draw(c)
	if fault == nil {
		return nil
	}
	g.calls.noteInjected(c, fault.Status)
	hold(ctx, time.Duration(fault.HoldSeconds)*time.Second)
	a := g.fault(c, res, &api.Error{Code: fault.Code, Message: "sandbox: refused by a fault that was set", Status: fault.Status})
	if fault.RetryAfter > 0 {
		a.Header.Set("Retry-After", strconv.Itoa(fault.RetryAfter))
	}
	return a
}

// hold waits, no longer than the caller does.
func hold(ctx context.Context, d time.Duration) {
	if d == 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// setFaults answers PUT /_sandbox/faults with what is now set.
func (g *Gateway) setFaults(w http.ResponseWriter, r *http.Request) {
	var set Faults
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, faultsBound))
	body.DisallowUnknownFields()
	if err := body.Decode(&set); err != nil {
		http.Error(w, fmt.Sprintf("the body must be {\"seed\": 1, \"faults\": [...]}: %v", err), http.StatusBadRequest)
		return
	}
	if err := set.validate(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	g.injected.replace(set)
	g.sendJSON(w, http.StatusOK, g.injected.now())
}
