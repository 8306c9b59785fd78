package functions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Function is a deployed function as an invocation needs it.
type Function struct {
	// Region, AccountID and Name identify it; ARN has no qualifier.
	Region, AccountID, Name, ARN string
	// Version is "$LATEST" or a number; empty means "$LATEST".
	Version string
	// Role is the ARN of the execution role.
	Role string
	// Handler is the configured handler, _HANDLER to the process.
	Handler string
	// Environment holds the function's own variables.
	Environment map[string]string
	// Timeout is the longest an invocation may take; 0 means Lambda's 3 s.
	Timeout time.Duration
	// MemoryMB is the memory limit in MiB; 0 means Lambda's 128.
	MemoryMB int
	// Zip is the file that holds the code, with an executable named bootstrap.
	Zip string
	// CodeSHA256 identifies the code; a different value starts new processes.
	CodeSHA256 string
	// LogGroup receives the log lines; empty means /aws/lambda/<Name>.
	LogGroup string
	// ReservedConcurrency bounds invocations at a time; nil means unreserved.
	ReservedConcurrency *int
}

// Result is the outcome of one invocation.
type Result struct {
	RequestID, Version string
	// Payload is what the function answered, or Lambda's error object.
	Payload []byte
	// FunctionError is "" on success, else "Unhandled".
	FunctionError string
	// ErrorType is the errorType of a failed invocation, such as "Sandbox.Timedout".
	ErrorType string
	// LogTail is the last 4 KB of the invocation's log.
	LogTail []byte
	// Duration excludes InitDuration, which is 0 for a warm process.
	Duration, InitDuration time.Duration
	// MaxMemoryMB is the most resident memory the process has had, 0 if unknown.
	MaxMemoryMB int
}

// ErrThrottled is Lambda's TooManyRequestsException: the function's reserved
// concurrency is used up.
var ErrThrottled = errors.New("functions: rate exceeded: the function's reserved concurrency is used up")

// ErrClosed is returned by Invoke after Close.
var ErrClosed = errors.New("functions: the host is closed")

func (f Function) withDefaults() Function {
	if f.Version == "" {
		f.Version = "$LATEST"
	}
	if f.Timeout <= 0 {
		f.Timeout = 3 * time.Second
	}
	if f.MemoryMB <= 0 {
		f.MemoryMB = 128
	}
	if f.LogGroup == "" {
		f.LogGroup = "/aws/lambda/" + f.Name
	}
	return f
}

// key identifies the function, whatever its revision.
func (f Function) key() string { return f.Region + "/" + f.Name }

// revision identifies everything that a running process has been started with.
func (f Function) revision() string {
	f.ReservedConcurrency = nil
	body, _ := json.Marshal(f) // strings, numbers and a map of strings always encode
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

// roleName is the last part of the role's ARN.
func (f Function) roleName() string { return f.Role[strings.LastIndex(f.Role, "/")+1:] }

// sessionARN is the identity with which the function calls AWS.
func (f Function) sessionARN() string {
	return "arn:aws:sts::" + f.AccountID + ":assumed-role/" + f.roleName() + "/" + f.Name
}

// accessKey is the function's own access key: the same for every process, and
// recognisable by the gateway.
func (f Function) accessKey() string {
	sum := sha256.Sum256([]byte(f.AccountID + "/" + f.key()))
	return "ASIA" + strings.ToUpper(hex.EncodeToString(sum[:8]))
}
