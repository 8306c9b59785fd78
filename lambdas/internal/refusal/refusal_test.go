package refusal_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"assetguard/lambdas/internal/refusal"
)

func TestOf(t *testing.T) {
	for meaning, codes := range map[string][]string{
		refusal.Throttled: {"ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"},
		// SQS, SSM, Route 53, CloudFront, WAF, Step Functions, ElastiCache, ECS, Glue, IAM, EC2, S3.
		refusal.Gone: {"AWS.SimpleQueueService.NonExistentQueue", "InvalidResourceId", "NoSuchHostedZone", "NoSuchResource",
			"WAFNonexistentItemException", "StateMachineDoesNotExist", "SnapshotNotFoundFault", "ClusterNotFoundException",
			"EntityNotFoundException", "NoSuchEntity", "InvalidInstanceID.NotFound", "NoSuchBucket", "QueueDoesNotExist"},
		refusal.NotReady: {"InvalidReplicationGroupState", "InvalidCacheClusterStateFault", "InvalidDBInstanceState", "InvalidClusterState",
			"InvalidStateException", "KMSInvalidStateException", "IncorrectInstanceState", "ResourceInUseException", "ConcurrentModificationException"},
		refusal.Access:  {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"},
		refusal.Service: {"InternalServiceException", "ServiceUnavailable"},
		refusal.Other:   {"InvalidParameterException", "ValidationException", "TagPolicyViolation", "InvalidResourceIdentifier", ""},
		refusal.Managed: {"ManagedRuleException"},
		refusal.Timeout: {refusal.Timeout},
	} {
		for _, code := range codes {
			assert.Equal(t, meaning, refusal.Of(code, 0), code)
		}
	}
	for status, meaning := range map[int]string{429: refusal.Throttled, 404: refusal.Gone, 409: refusal.NotReady, 403: refusal.Access,
		500: refusal.Service, 503: refusal.Service, 400: refusal.Other, 0: refusal.Other} {
		assert.Equal(t, meaning, refusal.Of("", status), status)
	}
}

func TestCode(t *testing.T) {
	code, status := refusal.Code(fmt.Errorf("call: %w", &smithy.GenericAPIError{Code: "NoSuchEntity"}))
	assert.Equal(t, "NoSuchEntity", code)
	assert.Zero(t, status)
	code, _ = refusal.Code(fmt.Errorf("call: %w", context.DeadlineExceeded))
	assert.Equal(t, refusal.Timeout, code)
	code, status = refusal.Code(answered(503))
	assert.Empty(t, code)
	assert.Equal(t, 503, status)
}

func TestIs(t *testing.T) {
	assert.True(t, refusal.Is(answered(429), refusal.Throttled))
	assert.False(t, refusal.Is(errors.New("connection refused"), refusal.Throttled))
	assert.False(t, refusal.Is(nil, refusal.Other), "no error is no refusal")
}

// answered is an error with an HTTP status.
type answered int

func (a answered) Error() string       { return fmt.Sprint("status ", int(a)) }
func (a answered) HTTPStatusCode() int { return int(a) }
