package events

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"assetguard/sandbox/api"
	"assetguard/sandbox/functions"
)

// codes keeps what calls brought about functions and the emulator does not give
// back: the zips, below dir by hash, and the dead-letter targets.
type codes struct {
	dir         string
	mu          sync.Mutex
	zips        map[string]zip    // by region/name
	deadLetters map[string]string // by region/name
}

type zip struct{ path, sha string }

func newCodes(dir string) *codes {
	return &codes{dir: dir, zips: map[string]zip{}, deadLetters: map[string]string{}}
}

// keep writes a zip and remembers it as the function's code.
func (c *codes) keep(function string, body []byte) error {
	sum := sha256.Sum256(body)
	path := filepath.Join(c.dir, hex.EncodeToString(sum[:])+".zip")
	if _, err := os.Stat(path); err != nil {
		if err := os.MkdirAll(c.dir, 0o755); err != nil {
			return err
		}
		partial := path + "." + newID()
		if err := errors.Join(os.WriteFile(partial, body, 0o644), os.Rename(partial, path)); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zips[function] = zip{path: path, sha: base64.StdEncoding.EncodeToString(sum[:])}
	return nil
}

func (c *codes) of(function string) (z zip, deadLetters string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.zips[function], c.deadLetters[function]
}

func (c *codes) setDeadLetters(function, arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadLetters[function] = arn
}

func (c *codes) forget(function string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.zips, function)
	delete(c.deadLetters, function)
}

// functionName is the name in a function's name, partial ARN or ARN, without
// its qualifier.
func functionName(of string) string {
	if _, rest, found := strings.Cut(of, "function:"); found {
		of = rest
	}
	name, _, _ := strings.Cut(of, ":")
	return name
}

// function reads a deployed function. The error of a missing one is Lambda's
// ResourceNotFoundException.
func (p *Plane) function(ctx context.Context, region, name string) (functions.Function, error) {
	return recall(p.known, "function "+region+"/"+name, func() (functions.Function, error) { return p.readFunction(ctx, region, name) })
}

func (p *Plane) readFunction(ctx context.Context, region, name string) (functions.Function, error) {
	got, err := p.aws.in(region).functions.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String(name)})
	if err != nil {
		return functions.Function{}, err
	}
	c := got.Configuration
	code, _ := p.codes.of(region + "/" + name)
	f := functions.Function{
		Region: region, AccountID: p.options.AccountID, Name: name, Role: aws.ToString(c.Role), Handler: aws.ToString(c.Handler),
		ARN:     fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, p.options.AccountID, name),
		Timeout: time.Duration(aws.ToInt32(c.Timeout)) * time.Second, MemoryMB: int(aws.ToInt32(c.MemorySize)),
		Zip: code.path, CodeSHA256: code.sha,
	}
	if c.Environment != nil {
		f.Environment = c.Environment.Variables
	}
	if c.LoggingConfig != nil {
		f.LogGroup = aws.ToString(c.LoggingConfig.LogGroup)
	}
	reserved, err := p.aws.in(region).functions.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: aws.String(name)})
	if err != nil {
		return functions.Function{}, err
	}
	if reserved.ReservedConcurrentExecutions != nil {
		n := int(*reserved.ReservedConcurrentExecutions)
		f.ReservedConcurrency = &n
	}
	return f, nil
}

// deployment is what calls that deploy a function carry.
type deployment struct {
	FunctionName string
	codeSource
	Code             codeSource
	DeadLetterConfig *struct{ TargetArn string }
}

type codeSource struct {
	ZipFile         []byte
	S3Bucket, S3Key string
}

// deployed keeps the code and the dead-letter target that a successful
// CreateFunction, UpdateFunctionCode or UpdateFunctionConfiguration brought.
func (p *Plane) deployed(ctx context.Context, c *api.Call, a *api.Answer) error {
	if !a.OK() {
		return nil
	}
	var d deployment
	if err := read(c, &d); err != nil {
		return err
	}
	region := p.region(c.Region)
	name := functionName(d.FunctionName)
	if d.DeadLetterConfig != nil {
		p.codes.setDeadLetters(region+"/"+name, d.DeadLetterConfig.TargetArn)
	}
	source := d.Code
	if c.Operation == "UpdateFunctionCode" {
		source = d.codeSource
	}
	body, err := p.fetch(ctx, region, source)
	if err != nil {
		return fmt.Errorf("code of function %s: %w", name, err)
	}
	if body != nil {
		if err := p.codes.keep(region+"/"+name, body); err != nil {
			return fmt.Errorf("code of function %s: %w", name, err)
		}
	}
	p.host.Forget(region, name)
	return nil
}

// fetch returns the zip that a call carries or points to, nil if none.
func (p *Plane) fetch(ctx context.Context, region string, source codeSource) ([]byte, error) {
	if source.S3Bucket == "" {
		return source.ZipFile, nil
	}
	object, err := p.aws.in(region).objects.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(source.S3Bucket), Key: aws.String(source.S3Key)})
	if err != nil {
		return nil, err
	}
	defer object.Body.Close()
	return io.ReadAll(object.Body)
}

// deleted forgets a deleted function. Its event source mappings stay, as on
// AWS, and stop polling.
func (p *Plane) deleted(_ context.Context, c *api.Call, a *api.Answer) error {
	var input struct{ FunctionName, Qualifier string }
	if err := read(c, &input); err != nil || !a.OK() || input.Qualifier != "" {
		return err
	}
	region, name := p.region(c.Region), functionName(input.FunctionName)
	p.codes.forget(region + "/" + name)
	p.host.Forget(region, name)
	return nil
}

// checkInvoke refuses a service that the function's resource policy does not
// permit to invoke it.
func (p *Plane) checkInvoke(ctx context.Context, f functions.Function, a access) error {
	a.action, a.resource = "lambda:InvokeFunction", f.ARN
	got, err := recall(p.known, "policy of function "+f.Region+"/"+f.Name, func() (*lambda.GetPolicyOutput, error) {
		return p.aws.in(f.Region).functions.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String(f.Name)})
	})
	if err != nil && !missing(err) {
		return err
	}
	if err != nil || !permits(aws.ToString(got.Policy), a) {
		return noPermission("no permission (aws lambda add-permission) of function %s lets %s invoke it for %s", f.Name, a.principal, a.sourceARN)
	}
	return nil
}

// run invokes a function and counts it.
func (p *Plane) run(ctx context.Context, f functions.Function, payload []byte) (functions.Result, error) {
	if f.Zip == "" {
		return functions.Result{}, &api.Error{Code: "ServiceException", Message: "the sandbox has no code of function " + f.Name + ": it runs zips only", Status: 500}
	}
	p.count(f.Name, "invocations")
	result, err := p.host.Invoke(ctx, f, payload)
	switch {
	case errors.Is(err, functions.ErrThrottled):
		p.count(f.Name, "throttles")
	case err != nil || result.FunctionError != "":
		p.count(f.Name, "errors")
	}
	return result, err
}

func (p *Plane) count(function, what string) {
	p.stats.add("functions", what, 1)
	p.stats.add("functions", function+"."+what, 1)
}

// lambdaFault turns the emulator's and the host's errors into Lambda's.
func lambdaFault(err error) error {
	var own *api.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, functions.ErrThrottled):
		return &api.Error{Code: "TooManyRequestsException", Message: "Rate Exceeded.", Status: 429}
	case missing(err):
		return &api.Error{Code: "ResourceNotFoundException", Message: err.Error(), Status: 404}
	}
	return &api.Error{Code: "ServiceException", Message: err.Error(), Status: 500}
}

// jsonBody decodes JSON, leniently.
func jsonBody(body []byte, into any) bool { return json.Unmarshal(body, into) == nil }
