// Package reason sorts what AWS's services answer into the few reasons that metrics have.
package reason

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// Reasons of failed calls: values of contract.DimensionReason.
const (
	Throttled  = "throttled"
	Concurrent = "concurrent-update" // somebody else changed the same thing
	Service    = "service-error"
	Timeout    = "timeout"
	Access     = "access-denied" // also where the service is not switched on
	Refused    = "refused"       // anything else; the log has the code
)

// Of is the reason of the error of an SDK call.
func Of(err error) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Timeout
	}
	var api smithy.APIError
	var http interface{ HTTPStatusCode() int }
	code, status := "", 0
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	if errors.As(err, &http) {
		status = http.HTTPStatusCode()
	}
	if code == "" && status == 0 {
		return Service // no answer at all
	}
	return OfCode(code, status)
}

// OfCode is the reason of an error code and an HTTP status, which may be 0: also of the codes that stand in answers
// which succeed in part.
func OfCode(code string, status int) string {
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(code, part) })
	}
	switch {
	case has("Throttl", "TooManyRequests", "LimitExceeded") || status == 429:
		return Throttled
	case has("Concurrent"):
		return Concurrent
	case has("AccessDenied", "InvalidAccess", "Unauthorized") || status == 401 || status == 403:
		return Access
	case has("Internal", "Unavailable") || status >= 500:
		return Service
	default:
		return Refused
	}
}
