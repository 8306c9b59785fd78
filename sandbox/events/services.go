package events

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"assetguard/sandbox/api"
)

// services are clients of the emulator, by region.
type services struct {
	upstream string
	gateway  string // for what the emulator does not speak: CloudWatch's CBOR
	client   *http.Client
	mu       sync.Mutex
	regions  map[string]*regional
}

// regional are the clients of one region.
type regional struct {
	queues    *sqs.Client
	topics    *sns.Client
	buses     *eventbridge.Client
	functions *lambda.Client
	objects   *s3.Client
	logs      *cloudwatchlogs.Client
	metrics   *cloudwatch.Client
	keys      *kms.Client
	schedules *scheduler.Client
}

func newServices(upstream, gateway string, client *http.Client) *services {
	return &services{upstream: strings.TrimRight(upstream, "/"), gateway: gateway, client: client, regions: map[string]*regional{}}
}

// in returns the clients of a region.
func (s *services) in(region string) *regional {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.regions[region]; have != nil {
		return have
	}
	config := aws.Config{
		DisableRequestCompression: true, // the emulator takes no gzip from CloudWatch
		Region:                    region, BaseEndpoint: aws.String(s.upstream), HTTPClient: s.client, RetryMaxAttempts: 2,
		Credentials: credentials.NewStaticCredentialsProvider("sandbox", "sandbox", ""),
	}
	have := &regional{
		queues: sqs.NewFromConfig(config), topics: sns.NewFromConfig(config), buses: eventbridge.NewFromConfig(config),
		functions: lambda.NewFromConfig(config), logs: cloudwatchlogs.NewFromConfig(config),
		metrics: cloudwatch.NewFromConfig(config, func(o *cloudwatch.Options) { o.BaseEndpoint = aws.String(s.gateway) }), keys: kms.NewFromConfig(config), schedules: scheduler.NewFromConfig(config),
		objects: s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }),
	}
	s.regions[region] = have
	return have
}

// queueURL is the emulator's address of a queue.
func (s *services) queueURL(queue place) *string {
	return aws.String(s.upstream + "/" + queue.account + "/" + queue.resource)
}

// place is a parsed ARN.
type place struct{ service, region, account, resource string }

// parseARN splits an ARN; ok is false for anything else.
func parseARN(text string) (p place, ok bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return place{}, false
	}
	return place{service: parts[2], region: parts[3], account: parts[4], resource: parts[5]}, true
}

// errorCode is the AWS code of an error, or "".
func errorCode(err error) string {
	var fault smithy.APIError
	if errors.As(err, &fault) {
		return fault.ErrorCode()
	}
	return ""
}

// missing reports whether err says that a resource does not exist.
func missing(err error) bool {
	code := errorCode(err)
	return strings.Contains(code, "NotFound") || strings.Contains(code, "NonExistent") || strings.Contains(code, "DoesNotExist")
}

// read decodes the parameters of a call into a struct whose fields are named
// like the parameters.
func read(c *api.Call, into any) error {
	body, err := json.Marshal(c.Input)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return &api.Error{Code: "SerializationException", Message: err.Error()}
	}
	return nil
}
