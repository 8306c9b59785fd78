package load

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"assetguard/internal/createevent"
	"assetguard/sandbox/client"
)

// send puts the events of all assets on the buses, evenly over the time that they may take. A sandbox that is
// slower gets them later.
func (r *run) send(ctx context.Context) error {
	begun := time.Now()
	return client.Each(ctx, len(r.assets), func(i int) error {
		due := begun.Add(r.Over * time.Duration(i) / time.Duration(len(r.assets)))
		if err := client.Pause(ctx, time.Until(due)); err != nil {
			return err
		}
		event, err := r.event(i, time.Now().UTC())
		if err != nil {
			return err
		}
		return r.box.Send(ctx, event)
	})
}

// event is the event of the call that makes an asset, in EventBridge's envelope around CloudTrail's record. Its
// eventID is the run's id and a number. It goes to the bus of the region where a rule takes it.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (r *run) event(i int, at time.Time) ([]byte, error) {
	a, bus, when := r.assets[i], r.AWS.Region, at.Format(time.RFC3339)
	if r.forwards[a.region] {
		bus = a.region
	}
	body, err := json.Marshal(map[string]any{
		"version": "0", "id": uuid.NewString(), "detail-type": createevent.DetailType, "source": "aws." + a.kind.service,
		"account": r.deployed.Account, "time": when, "region": bus, "resources": []string{},
		"detail": map[string]any{
			"eventVersion": "1.10",
			"userIdentity": map[string]any{
				"type": "AssumedRole", "principalId": "AROAEXAMPLEENGINEER00:load@example.com", "accountId": r.deployed.Account,
				"arn": "arn:aws:sts::" + r.deployed.Account + ":assumed-role/Engineer/load@example.com",
			},
			"eventTime": when, "eventSource": a.kind.service + ".amazonaws.com", "eventName": a.kind.event,
			"awsRegion": a.region, "sourceIPAddress": "203.0.113.10", "userAgent": "assetguard-load",
			"requestParameters": a.kind.request(a), "responseElements": a.kind.response(a),
			"eventID": r.eventID(i), "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true,
			"recipientAccountId": r.deployed.Account, "eventCategory": "Management",
		},
	})
	if err != nil {
		return nil, fmt.Errorf("event of %s: %w", a.arn, err)
	}
	return body, nil
}

func (r *run) eventID(i int) string { return fmt.Sprintf("%s-%d", r.id, i) }
