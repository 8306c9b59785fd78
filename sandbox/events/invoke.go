package events

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"assetguard/sandbox/api"
	"assetguard/sandbox/functions"
)

const (
	maxSyncPayload  = 6 << 20
	maxAsyncPayload = 1 << 20
	defaultRetries  = 2
	defaultMaxAge   = 6 * time.Hour
)

// invoke answers Invoke.
func (p *Plane) invoke(ctx context.Context, c *api.Call) (*api.Answer, error) {
	name, _ := c.Input["FunctionName"].(string)
	f, err := p.function(ctx, p.region(c.Region), functionName(name))
	if err != nil {
		return nil, lambdaFault(err)
	}
	header := c.Request.Header
	kind := header.Get("X-Amz-Invocation-Type")
	limit := maxSyncPayload
	if kind == "Event" {
		limit = maxAsyncPayload
	}
	if len(c.Body) > limit {
		return nil, &api.Error{Code: "RequestTooLargeException", Message: fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", len(c.Body), kind, limit), Status: 413}
	}
	if len(c.Body) > 0 && !json.Valid(c.Body) {
		return nil, &api.Error{Code: "InvalidRequestContentException", Message: "Could not parse request body into json"}
	}
	switch kind {
	case "DryRun":
		return &api.Answer{Status: http.StatusNoContent, Header: http.Header{}}, nil
	case "Event":
		p.invokeLater(f, c.Body)
		return &api.Answer{Status: http.StatusAccepted, Header: http.Header{}}, nil
	}
	result, err := p.run(p.ctx, f, c.Body)
	if err != nil {
		return nil, lambdaFault(err)
	}
	return invokeAnswer(result, header.Get("X-Amz-Log-Type") == "Tail"), nil
}

func invokeAnswer(result functions.Result, tail bool) *api.Answer {
	answer := &api.Answer{Status: http.StatusOK, Body: result.Payload, Header: http.Header{
		"Content-Type": {"application/json"}, "X-Amz-Executed-Version": {result.Version}, "X-Amzn-Requestid": {result.RequestID},
	}}
	if result.FunctionError != "" {
		answer.Header.Set("X-Amz-Function-Error", result.FunctionError)
	}
	if tail {
		answer.Header.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(result.LogTail))
	}
	return answer
}

// asyncSettings are a function's settings for asynchronous invocation.
type asyncSettings struct {
	retries              int
	maxAge               time.Duration
	onSuccess, onFailure string
	deadLetters          string
}

func (p *Plane) asyncSettings(ctx context.Context, f functions.Function) asyncSettings {
	s := asyncSettings{retries: defaultRetries, maxAge: defaultMaxAge}
	_, s.deadLetters = p.codes.of(f.Region + "/" + f.Name)
	got, err := p.aws.in(f.Region).functions.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: aws.String(f.Name)})
	if err != nil {
		return s // none is set
	}
	if got.MaximumRetryAttempts != nil {
		s.retries = int(*got.MaximumRetryAttempts)
	}
	if got.MaximumEventAgeInSeconds != nil {
		s.maxAge = time.Duration(*got.MaximumEventAgeInSeconds) * time.Second
	}
	if d := got.DestinationConfig; d != nil {
		if d.OnSuccess != nil {
			s.onSuccess = aws.ToString(d.OnSuccess.Destination)
		}
		if d.OnFailure != nil {
			s.onFailure = aws.ToString(d.OnFailure.Destination)
		}
	}
	return s
}

// invokeLater invokes a function beside the caller, with its retries, and sends
// the outcome to its destinations and dead letters.
func (p *Plane) invokeLater(f functions.Function, payload []byte) {
	p.stats.add("async", "queued", 1)
	p.background(func(ctx context.Context) {
		settings := p.asyncSettings(ctx, f)
		born := time.Now()
		for attempt := 1; ; attempt++ {
			result, err := p.run(ctx, f, payload)
			if ctx.Err() != nil {
				return
			}
			if err == nil && result.FunctionError == "" {
				p.stats.add("async", "succeeded", 1)
				p.report(ctx, f, settings.onSuccess, record(f, payload, result, "Success", attempt))
				return
			}
			condition := ""
			if attempt > settings.retries {
				condition = "RetriesExhausted"
			}
			if time.Since(born) > settings.maxAge {
				condition = "EventAgeExceeded"
			}
			if condition != "" {
				p.exhausted(ctx, f, settings, payload, result, err, condition, attempt)
				return
			}
			p.stats.add("async", "retried", 1)
			if !pause(ctx, p.retryWait(attempt)) {
				return
			}
		}
	})
}

// retryWait is the pause after an attempt, counted from one.
func (p *Plane) retryWait(attempt int) time.Duration {
	waits := p.options.RetryWaits
	if len(waits) == 0 {
		return 0
	}
	return waits[min(attempt, len(waits))-1]
}

// exhausted sends an event that no attempt could handle to the on-failure
// destination and to the dead-letter target.
func (p *Plane) exhausted(ctx context.Context, f functions.Function, s asyncSettings, payload []byte, result functions.Result, err error, condition string, attempts int) {
	p.stats.add("async", "exhausted", 1)
	if err != nil {
		result = functions.Result{RequestID: newID(), Version: "$LATEST", FunctionError: "Unhandled", Payload: mustJSON(map[string]string{"errorMessage": err.Error()})}
	}
	p.log.Warn("asynchronous invocation failed for good", "function", f.Name, "attempts", attempts, "answer", string(result.Payload))
	p.report(ctx, f, s.onFailure, record(f, payload, result, condition, attempts))
	if s.deadLetters == "" {
		return
	}
	attributes := map[string]string{"RequestID": result.RequestID, "ErrorCode": "200", "ErrorMessage": errorMessage(result.Payload)}
	p.sendOutcome(ctx, f, s.deadLetters, payload, attributes)
}

func errorMessage(payload []byte) string {
	var body struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if !jsonBody(payload, &body) || body.ErrorMessage == "" {
		return "unknown"
	}
	return body.ErrorMessage[:min(len(body.ErrorMessage), 1024)]
}

// record is the invocation record that destinations receive.
func record(f functions.Function, payload []byte, result functions.Result, condition string, attempts int) map[string]any {
	response := map[string]any{"statusCode": 200, "executedVersion": result.Version}
	if result.FunctionError != "" {
		response["functionError"] = result.FunctionError
	}
	return map[string]any{
		"version": "1.0", "timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"requestContext":  map[string]any{"requestId": result.RequestID, "functionArn": f.ARN + ":$LATEST", "condition": condition, "approximateInvokeCount": attempts},
		"requestPayload":  jsonOrText(payload),
		"responseContext": response,
		"responsePayload": jsonOrText(result.Payload),
	}
}

// report sends an invocation record to a destination, if there is one.
func (p *Plane) report(ctx context.Context, f functions.Function, destination string, record map[string]any) {
	if destination == "" {
		return
	}
	at, _ := parseARN(destination)
	if at.service != "events" {
		p.sendOutcome(ctx, f, destination, mustJSON(record), nil)
		return
	}
	kind := "Lambda Function Invocation Result - Success"
	if record["requestContext"].(map[string]any)["condition"] != "Success" {
		kind = "Lambda Function Invocation Result - Failure"
	}
	envelope := p.envelope(at.region, entry{Source: "lambda", DetailType: kind, Detail: string(mustJSON(record)), Resources: []string{f.ARN + ":$LATEST", destination}})
	p.Put(ctx, at.region, at.resource, envelope)
}

// sendOutcome sends to a queue, topic or function with the function's role.
func (p *Plane) sendOutcome(ctx context.Context, f functions.Function, destination string, body []byte, attributes map[string]string) {
	at, _ := parseARN(destination)
	var err error
	switch at.service {
	case "sqs":
		err = p.sendToQueue(ctx, destination, string(body), "", attributes, access{}, true)
	case "sns":
		_, err = p.publish(ctx, notice{topic: destination, message: string(body)})
	case "lambda":
		var next functions.Function
		if next, err = p.function(ctx, at.region, functionName(destination)); err == nil {
			p.invokeLater(next, body)
		}
	default:
		err = fmt.Errorf("the sandbox does not send to %s", destination)
	}
	if err != nil {
		p.stats.add("async", "lost", 1)
		p.log.Warn("outcome of an asynchronous invocation lost", "function", f.Name, "destination", destination, "error", err)
		return
	}
	p.stats.add("async", "reported", 1)
}
