// Command probe is the Lambda function of the sandbox's own tests: each
// invocation does what its payload says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// order is a direct payload.
type order struct {
	Do           string `json:"do"`
	Milliseconds int    `json:"ms"`
	Megabytes    int    `json:"mb"`
	Text         string `json:"text"`
}

var held [][]byte

func main() {
	if os.Getenv("PROBE_INIT") == "crash" {
		fmt.Fprintln(os.Stderr, "init goes wrong")
		os.Exit(4)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, payload json.RawMessage) (any, error) {
	if os.Getenv("PROBE_FAIL") != "" {
		return nil, errors.New("told to fail")
	}
	var batch events.SQSEvent
	if json.Unmarshal(payload, &batch) == nil && len(batch.Records) > 0 && batch.Records[0].EventSource == "aws:sqs" {
		return handleBatch(batch), nil
	}
	var o order
	_ = json.Unmarshal(payload, &o) // a payload of another shape is echoed
	return obey(ctx, o, payload)
}

// handleBatch reports the messages whose body contains "bad" as failed.
func handleBatch(batch events.SQSEvent) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, record := range batch.Records {
		fmt.Println("message", record.Body, "received", record.Attributes["ApproximateReceiveCount"])
		if strings.Contains(record.Body, "bad") {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
		}
	}
	return response
}

func obey(ctx context.Context, o order, payload json.RawMessage) (any, error) {
	switch o.Do {
	case "environment":
		return os.Environ(), nil
	case "pid":
		return os.Getpid(), nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{"arn": lc.InvokedFunctionArn, "id": lc.AwsRequestID, "left": time.Until(deadline).Milliseconds()}, nil
	case "sleep":
		time.Sleep(time.Duration(o.Milliseconds) * time.Millisecond)
		return os.Getpid(), nil
	case "crash":
		os.Exit(3)
	case "panic":
		panic("told to panic")
	case "fail":
		return nil, errors.New("told to fail")
	case "memory":
		block := make([]byte, o.Megabytes<<20)
		for i := range block {
			block[i] = 1
		}
		held = append(held, block)
		time.Sleep(time.Duration(o.Milliseconds) * time.Millisecond)
	case "log":
		fmt.Println(o.Text)
		fmt.Fprintln(os.Stderr, "to stderr:", o.Text)
	}
	fmt.Println("event", string(payload))
	return payload, nil
}
