package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Call is one AWS API call as the gateway understands it.
type Call struct {
	// Service is the signing name ("ec2", "s3", "monitoring"), Region and
	// AccessKey are the others; all three come from the SigV4 credential scope.
	Service, Region, AccessKey string
	// Operation is the service model's name of the operation, such as
	// "RunInstances"; it is empty when it could not be resolved.
	Operation string
	// Input holds the parameters by the service model's member names
	// ("FunctionName", "QueueUrl"), wherever they travelled: path, query string,
	// header or body.
	Input map[string]any
	// Request is the request as received; its body has been read into Body.
	Request *http.Request
	// Body is the request's body. A Before may replace it.
	Body []byte
	// At is when the gateway received the call.
	At time.Time
}

// Answer is a complete HTTP answer to a Call.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// OK reports whether the service accepted the call.
func (a *Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Handler answers a call instead of the emulator. An error of type *Error
// becomes the error shape of the service's protocol; any other error becomes an
// InternalFailure with status 500. A nil Answer with a nil error passes the call
// on to the emulator.
type Handler func(ctx context.Context, c *Call) (*Answer, error)

// Mend changes the emulator's answer to a call. It sees failed answers too.
type Mend func(ctx context.Context, c *Call, a *Answer) error

// Before changes a call's request before the emulator sees it.
type Before func(ctx context.Context, c *Call) error

// Observe sees a finished call and its answer and changes neither.
type Observe func(ctx context.Context, c *Call, a *Answer)

// Error is a fault in the words of the AWS service.
type Error struct {
	// Code is the service's name of the fault, such as "InvalidParameterException".
	Code string
	// Message says what is wrong.
	Message string
	// Status is the HTTP status; 0 means 400.
	Status int
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Supplement is what one service adds to the emulator, by operation. Several
// supplements may name one service: their Before, Mend and Observe entries run in
// the order in which the supplements were given, and the first Handler that
// answers wins.
type Supplement struct {
	Service string
	Handle  map[string]Handler
	Mend    map[string]Mend
	Before  map[string]Before
	Observe map[string]Observe
}

// JSON returns an answer with v as its JSON body. A value that JSON cannot
// express becomes an answer with status 500 that names the fault.
func JSON(status int, v any) *Answer {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, fmt.Appendf(nil, `{"message":%q}`, err.Error())
	}
	return &Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}
