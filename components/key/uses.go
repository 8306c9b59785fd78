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

// ForTrail lets CloudTrail encrypt the log files of this account's trails.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
func ForTrail(p place.Place) Use {
	return Use{
		Sid: "EncryptTrail", Service: "cloudtrail.amazonaws.com",
		Actions: []string{"kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"},
		Conditions: iampolicy.Conditions{
			"StringEquals": {"aws:SourceAccount": iampolicy.Values(p.AccountID)},
			"ArnLike":      {"aws:SourceArn": iampolicy.Values(p.ARN("cloudtrail", "trail/*"))},
		},
	}
}

// ForEvents lets EventBridge rules of this account send to encrypted queues and topics.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
func ForEvents(p place.Place) Use { return forSender("SendEvents", "events.amazonaws.com", p) }

// ForAlarms lets CloudWatch alarms of this account publish to encrypted topics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
func ForAlarms(p place.Place) Use { return forSender("SendAlarms", "cloudwatch.amazonaws.com", p) }

// ForNotices lets SNS topics of this account put what they could not deliver into encrypted queues.
// https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
func ForNotices(p place.Place) Use { return forSender("SendNotices", "sns.amazonaws.com", p) }

func forSender(sid, service string, p place.Place) Use {
	return Use{
		Sid: sid, Service: service, Actions: []string{"kms:GenerateDataKey", "kms:Decrypt"},
		Conditions: iampolicy.FromAccount(p.AccountID),
	}
}
