package subscriptions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

// topics are subscriptions by topic, in pages of two.
type topics map[string][]snstypes.Subscription

func (t topics) ListSubscriptionsByTopic(_ context.Context, in *sns.ListSubscriptionsByTopicInput, _ ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error) {
	all, there := t[aws.ToString(in.TopicArn)]
	if !there {
		return nil, errors.New("NotFound")
	}
	at := 2 * len(aws.ToString(in.NextToken))
	out := &sns.ListSubscriptionsByTopicOutput{Subscriptions: all[at:min(at+2, len(all))]}
	if at+2 < len(all) {
		out.NextToken = aws.String(aws.ToString(in.NextToken) + "+")
	}
	return out, nil
}

func subscription(protocol, endpoint, arn string) snstypes.Subscription {
	return snstypes.Subscription{Protocol: aws.String(protocol), Endpoint: aws.String(endpoint), SubscriptionArn: aws.String(arn)}
}

const confirmed = "arn:aws:sns:ap-northeast-2:123456789012:security:0000"

func TestHandle(t *testing.T) {
	var out bytes.Buffer
	h := New(map[contract.Audience]contract.Subscribers{
		contract.AudienceSecurity: {Topic: "security", Emails: []string{"Kim.Minsu@example.com", "lee@example.com", "park@example.com", "choi@example.com", "한@example.com"}},
		contract.AudienceDevOps:   {Topic: "devops", Emails: []string{"ops@example.com"}},
	}, topics{
		"security": {
			subscription("sqs", "arn:aws:sqs:ap-northeast-2:123456789012:slack", confirmed),
			subscription("email", "kim.minsu@EXAMPLE.com", confirmed),
			subscription("email", "lee@example.com", "PendingConfirmation"),
			subscription("email", "park@example.com", "Deleted"),
			subscription("email-json", "stranger@elsewhere.example", confirmed),
			subscription("email", "한@example.com", "PendingConfirmation"),
			subscription("email", "한@example.com", confirmed),
		},
		"devops": {subscription("email", "ops@example.com", confirmed)},
	}, &out)
	report, err := h.Handle(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[contract.Audience]State{
		contract.AudienceSecurity: {Confirmed: 2, Pending: 1, Missing: 2, Unexpected: 1},
		contract.AudienceDevOps:   {Confirmed: 1},
	}, report.Audiences)

	metrics, logged := map[string]float64{}, []string{}
	for line := range strings.Lines(out.String()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		for _, name := range []string{contract.MetricSubscriptionsPending, contract.MetricSubscriptionsMissing, contract.MetricSubscriptionsUnexpected} {
			if n, counted := entry[name].(float64); counted {
				metrics[name+" "+entry[contract.DimensionAudience].(string)] = n
			}
		}
		if entry["msg"] == "subscription" {
			logged = append(logged, entry["address"].(string)+" "+entry["state"].(string))
			assert.NotEmpty(t, entry["mend"])
		}
	}
	assert.Equal(t, map[string]float64{
		"SubscriptionsPending security": 1, "SubscriptionsMissing security": 2, "SubscriptionsUnexpected security": 1,
		"SubscriptionsPending devops": 0, "SubscriptionsMissing devops": 0, "SubscriptionsUnexpected devops": 0,
	}, metrics, "also where nothing is wrong")
	assert.Equal(t, []string{"l***@example.com pending", "p***@example.com missing", "c***@example.com missing", "s***@elsewhere.example unexpected"}, logged)
	for _, name := range []string{"kim.minsu", "lee@", "park", "choi", "stranger"} {
		assert.NotContains(t, strings.ToLower(out.String()), name)
	}
}

func TestATopicThatCannotBeReadIsNoReasonToSkipTheOthers(t *testing.T) {
	var out bytes.Buffer
	h := New(map[contract.Audience]contract.Subscribers{
		contract.AudienceDevOps: {Topic: "gone", Emails: []string{"ops@example.com"}}, contract.AudienceSecurity: {Topic: "security"},
	}, topics{"security": nil}, &out)
	report, err := h.Handle(t.Context())
	require.EqualError(t, err, "subscriptions of devops: NotFound")
	assert.Equal(t, map[contract.Audience]State{contract.AudienceSecurity: {}}, report.Audiences)
	assert.NotContains(t, out.String(), `"Audience":"devops"`, "nothing is known of it")
}

func TestMasked(t *testing.T) {
	for address, want := range map[string]string{
		"kim@example.com": "k***@example.com", "김민수@example.com": "김***@example.com", "a@example.com": "***@example.com",
		"@example.com": "***@example.com", "no address": "***", "": "***",
	} {
		assert.Equal(t, want, masked(address))
	}
}
