package topic

import (
	"fmt"

	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Publisher is a service that publishes on behalf of this account's resources. The key of the topic must let it encrypt:
// package key has a Use for each.
type Publisher struct {
	Sid       string // names the intent, letters and digits, once in a topic
	Service   string // service principal, such as cloudwatch.amazonaws.com
	SourceArn string // pattern of the resources that publish
	// Actions are what the service may do beside sns:Publish. Optional: nothing.
	Actions []string
}

// Alarms are the CloudWatch alarms of the account and region.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
func Alarms(p place.Place) Publisher {
	return Publisher{Sid: "PublishAlarms", Service: "cloudwatch.amazonaws.com", SourceArn: p.ARN("cloudwatch", "alarm:*")}
}

// Budgets are the budgets of the account, which have no region.
// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
func Budgets(p place.Place) Publisher {
	return Publisher{
		Sid: "PublishBudgets", Service: "budgets.amazonaws.com",
		SourceArn: fmt.Sprintf("arn:%s:budgets::%s:*", p.Partition, p.AccountID),
	}
}

// Prometheus are the alert managers of the account's workspaces of Amazon Managed Service for Prometheus.
// https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html
func Prometheus(p place.Place) Publisher {
	return Publisher{
		Sid: "PublishAlerts", Service: "aps.amazonaws.com", SourceArn: p.ARN("aps", "workspace/*"),
		Actions: []string{"sns:GetTopicAttributes"},
	}
}

// Rules are the EventBridge rules of the account and region on the default bus.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
func Rules(p place.Place) Publisher {
	return Publisher{Sid: "PublishEvents", Service: "events.amazonaws.com", SourceArn: p.ARN("events", "rule/*")}
}

func (p Publisher) statement(at place.Place, own pulumi.StringArrayInput) iampolicy.Statement {
	return iampolicy.Statement{
		Sid: p.Sid, Principals: iampolicy.Principals{Services: []string{p.Service}},
		Actions: append([]string{"sns:Publish"}, p.Actions...), Resources: own,
		Conditions: iampolicy.Conditions{
			"StringEquals": {"aws:SourceAccount": iampolicy.Values(at.AccountID)},
			"ArnLike":      {"aws:SourceArn": iampolicy.Values(p.SourceArn)},
		},
	}
}

func publisherFaults(publishers []Publisher) []error {
	var errs []error
	for i, p := range publishers {
		if p.Sid == "" || p.Service == "" || p.SourceArn == "" {
			errs = append(errs, fmt.Errorf("publisher %d: Sid, Service and SourceArn are all required", i))
		}
	}
	return errs
}
