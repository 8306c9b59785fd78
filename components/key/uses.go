package key

import (
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"
)

// ForLogs lets CloudWatch Logs encrypt this account's log groups.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func ForLogs(p place.Place) Use {
	return Use{
		Sid: "EncryptLogGroups", Service: "logs." + p.Region + "." + p.DNSSuffix,
		Actions: []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo",
			"kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"},
		Conditions: iampolicy.Conditions{"ArnLike": {
			"kms:EncryptionContext:aws:logs:arn": iampolicy.Values(p.ARN("logs", "log-group:*")),
		}},
	}
}

// ForTrail lets CloudTrail encrypt the log files of this account's trails. It must decrypt too, since the
// bucket has an S3 Bucket Key: without, CloudTrail refuses to make the trail.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
func ForTrail(p place.Place) Use {
	return Use{
		Sid: "EncryptTrail", Service: "cloudtrail.amazonaws.com",
		Actions: []string{"kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt", "kms:DescribeKey"},
		Conditions: iampolicy.Conditions{
			"ArnLike": {"aws:SourceArn": iampolicy.Values(p.ARN("cloudtrail", "trail/*"))}, // names the account too
		},
	}
}

// ForConfig lets AWS Config of this account, in whatever region, encrypt the files that it delivers to a bucket of this
// key. With a service-linked role it comes as the service itself.
// https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html
func ForConfig(p place.Place) Use {
	return Use{
		Sid: "EncryptConfigHistory", Service: "config.amazonaws.com", Actions: []string{"kms:GenerateDataKey", "kms:Decrypt"},
		Conditions: iampolicy.FromAccount(p.AccountID),
	}
}

// ForEvents lets EventBridge rules send to encrypted queues and topics. It has no condition on the source: AWS
// does not support aws:SourceAccount and aws:SourceArn in a key policy for this hop, and a rule whose call of
// KMS is refused loses its events. Which rules may send, the policies of the queues and topics say.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func ForEvents() Use {
	return Use{Sid: "SendEvents", Service: "events.amazonaws.com", Actions: []string{"kms:GenerateDataKey", "kms:Decrypt"}}
}

// ForAlarms lets CloudWatch alarms of this account publish to encrypted topics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
func ForAlarms(p place.Place) Use { return forSender("SendAlarms", "cloudwatch.amazonaws.com", p) }

// ForNotices lets SNS topics of this account put notices, and what they could not deliver, into encrypted queues.
// https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
func ForNotices(p place.Place) Use { return forSender("SendNotices", "sns.amazonaws.com", p) }

// ForBudgets lets budgets of this account publish to encrypted topics.
// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
func ForBudgets(p place.Place) Use { return forSender("SendBudgets", "budgets.amazonaws.com", p) }

// ForPrometheus lets alert managers of this account's workspaces publish to encrypted topics.
// https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html
func ForPrometheus(p place.Place) Use { return forSender("SendAlerts", "aps.amazonaws.com", p) }

func forSender(sid, service string, p place.Place) Use {
	return Use{
		Sid: sid, Service: service, Actions: []string{"kms:GenerateDataKey", "kms:Decrypt"},
		Conditions: iampolicy.FromAccount(p.AccountID),
	}
}
