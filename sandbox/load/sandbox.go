package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"assetguard/sandbox/gateway"
)

// seed makes the same calls meet the same faults in every run.
const seed = 1

// faultsOf refuses a share of the function's calls, half as throttled and half as broken, in the words of each
// service.
func faultsOf(percent float64) []gateway.Fault {
	if percent == 0 {
		return nil
	}
	of := func(service, operation, throttled, broken string, throttledStatus int) []gateway.Fault {
		return []gateway.Fault{
			{Service: service, Operation: operation, Percent: percent / 2, Status: throttledStatus, Code: throttled},
			{Service: service, Operation: operation, Percent: percent / 2, Status: http.StatusInternalServerError, Code: broken},
		}
	}
	var faults []gateway.Fault
	for _, some := range [][]gateway.Fault{
		of("tagging", "TagResources", "ThrottledException", "InternalServiceException", http.StatusTooManyRequests),
		of("tagging", "GetResources", "ThrottledException", "InternalServiceException", http.StatusTooManyRequests),
		of("ec2", "DescribeTags", "RequestLimitExceeded", "InternalError", http.StatusServiceUnavailable),
		of("ssm", "GetParameters", "ThrottlingException", "InternalServerError", http.StatusTooManyRequests),
	} {
		faults = append(faults, some...)
	}
	return faults
}

// sandbox is the sandbox's own endpoint, /_sandbox/.
type sandbox struct{ endpoint string }

func (s sandbox) setFaults(ctx context.Context, faults []gateway.Fault) error {
	body, err := json.Marshal(gateway.Faults{Seed: seed, Faults: append([]gateway.Fault{}, faults...)})
	if err != nil {
		return err
	}
	return s.call(ctx, http.MethodPut, "faults", body, nil)
}

func (s sandbox) send(ctx context.Context, event []byte) error {
	return s.call(ctx, http.MethodPost, "events", event, nil)
}

func (s sandbox) count(ctx context.Context, service, operation string) (gateway.Count, error) {
	var count gateway.Count
	err := s.call(ctx, http.MethodGet, "calls?service="+url.QueryEscape(service)+"&operation="+url.QueryEscape(operation), nil, &count)
	return count, err
}

func (s sandbox) call(ctx context.Context, method, path string, body []byte, into any) (err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.endpoint+"/_sandbox/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("sandbox: %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusAccepted {
		return fmt.Errorf("sandbox: %s %s: %s: %s (a server of an earlier build? make down, then make up)", method, path, res.Status, bytes.TrimSpace(text))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
