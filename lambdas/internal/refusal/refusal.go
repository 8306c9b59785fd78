// Package refusal sorts what AWS's services answer when they do not do what they are asked.
package refusal

import (
	"context"
	"errors"
	"regexp"

	"github.com/aws/smithy-go"
)

// What a refusal means. The values are reasons in metrics and logs.
const (
	Timeout   = "timeout" // the caller's own time is up
	Throttled = "throttled"
	Gone      = "gone"        // the service does not know the asset: not yet, or no more
	NotReady  = "not-ready"   // the asset cannot be changed in its state
	Managed   = "aws-managed" // the asset is AWS's own, which the account may not tag
	Access    = "access-denied"
	Service   = "service-error"
	Other     = "refused" // anything else; the log has the code
)

// Code takes an SDK error apart into the service's code and the HTTP status, "" and 0 where there is none. A call that
// ran out of time has the code Timeout.
func Code(err error) (code string, status int) {
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	var http interface{ HTTPStatusCode() int }
	if errors.As(err, &http) {
		status = http.HTTPStatusCode()
	}
	if code == "" && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		code = Timeout
	}
	return code, status
}

// kinds are tried in this order. The tagging API hands the services' own codes on, whose spellings differ by protocol
// and service (InvalidResourceId is what SSM says of what it does not know), hence the parts of words.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_FailureInfo.html
var kinds = []struct {
	meaning  string
	codes    *regexp.Regexp
	statuses func(int) bool
}{
	{Timeout, regexp.MustCompile(`^timeout$`), is(0)},
	{Throttled, regexp.MustCompile(`Throttl|TooManyRequests|RequestLimitExceeded|SlowDown`), is(429)},
	{Gone, regexp.MustCompile(`NotFound|NoSuch|Non[Ee]xist|DoesNotExist|^InvalidResourceId$`), is(404)},
	{Managed, regexp.MustCompile(`^ManagedRule`), is(0)}, // rules that services make for themselves
	{NotReady, regexp.MustCompile(`Invalid\w*State|Incorrect\w*State|ResourceConflict|OperationAborted|ResourceInUse|ConcurrentModification`), is(409)},
	{Access, regexp.MustCompile(`AccessDenied|UnauthorizedOperation|NotAuthorized|AuthFailure`), is(403)},
	{Service, regexp.MustCompile(`Internal|Unavailable`), func(status int) bool { return status >= 500 }},
}

func is(wanted int) func(int) bool {
	return func(status int) bool { return wanted != 0 && status == wanted }
}

// Of is the meaning of a code and an HTTP status, either of which may be missing.
func Of(code string, status int) string {
	for _, kind := range kinds {
		if kind.codes.MatchString(code) || kind.statuses(status) {
			return kind.meaning
		}
	}
	return Other
}

// Is reports whether an SDK error means what is asked for.
func Is(err error, meaning string) bool { return err != nil && Of(Code(err)) == meaning }
