package reason_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"

	"assetguard/lambdas/internal/reason"
)

func TestOf(t *testing.T) {
	status := func(code int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: errors.New("answered")}
	}
	for want, errs := range map[string][]error{
		reason.Throttled: {&smithy.GenericAPIError{Code: "ThrottlingException"}, &smithy.GenericAPIError{Code: "TooManyRequestsException"},
			&smithy.GenericAPIError{Code: "LimitExceededException"}, status(429)},
		reason.Concurrent: {&smithy.GenericAPIError{Code: "ConcurrentUpdateError"}},
		reason.Access:     {&smithy.GenericAPIError{Code: "InvalidAccessException"}, &smithy.GenericAPIError{Code: "AccessDeniedException"}, status(403)},
		reason.Service:    {&smithy.GenericAPIError{Code: "InternalException"}, status(502), errors.New("connection reset")},
		reason.Timeout:    {fmt.Errorf("call: %w", context.DeadlineExceeded), context.Canceled},
		reason.Refused:    {&smithy.GenericAPIError{Code: "InvalidInputException"}, status(400)},
	} {
		for _, err := range errs {
			assert.Equal(t, want, reason.Of(err), err)
		}
	}
}
