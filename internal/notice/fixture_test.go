package notice_test

import (
	"time"

	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

var at = time.Date(2026, 11, 22, 5, 36, 0, 0, time.UTC)

// openSSH is a finding that the importer made, of a security group of which people and personal information are known.
func openSSH() notice.Finding {
	const group = "arn:aws:ec2:ap-northeast-2:123456789012:security-group/sg-0a1b2c3d"
	return notice.Finding{
		Finding: finding.Finding{
			ID: "arn:aws:securityhub:ap-northeast-2:123456789012:finding/1", ProductARN: "arn:aws:securityhub:ap-northeast-2:123456789012:product/123456789012/default",
			Product: "AWS Config", Generator: "restricted-ssh", Control: "EC2.13",
			Title: "Security groups should not allow ingress from 0.0.0.0/0 to port 22",
			Text:  "The security group lets everybody on the internet <connect> to SSH & try passwords.",
			Fix:   finding.Fix{Text: "Remove the rule, or allow your own networks only.", URL: "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-13"},
			Codes: []string{"ISMS-P 2.6.1", "KISA cloud 3.2"}, Account: "123456789012", Region: "ap-northeast-2", Severity: finding.Critical,
			Workflow: "NEW", Record: "ACTIVE", Compliance: "FAILED", FirstSeen: at.Add(-26 * time.Hour), Updated: at,
			Resources: []finding.Resource{{Type: "AwsEc2SecurityGroup", ID: group, Region: "ap-northeast-2"}},
		},
		Assets: []notice.Asset{{ID: group, Type: "AwsEc2SecurityGroup", Name: "lecture-web", Environment: "PROD", AssetType: "Web Server",
			PersonalInformation: "Y", Owner: "DevOps팀"}},
		Raised: true,
		Links: notice.Links{
			Resource: "https://ap-northeast-2.console.aws.amazon.com/ec2/home?region=ap-northeast-2#SecurityGroup:groupId=sg-0a1b2c3d",
			Finding:  "https://ap-northeast-2.console.aws.amazon.com/securityhub/home?region=ap-northeast-2#/findings",
			Runbook:  "https://github.com/example/assetguard/blob/main/docs/runbooks/ec2-13.md",
		},
		Known: at.Add(-240 * time.Hour),
	}
}

// openssl is a finding of Inspector about an instance of which nothing is known.
func openssl() notice.Finding {
	const instance = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"
	return notice.Finding{
		Finding: finding.Finding{
			ID: "arn:aws:inspector2:us-east-1:123456789012:finding/2", Product: "Inspector", Title: "CVE-2025-15467 - openssl, openssl-libs",
			Text: "A stack overflow in the parsing of CMS messages.", Account: "123456789012", Region: "us-east-1", Severity: finding.High,
			FirstSeen: at, Updated: at, Resources: []finding.Resource{{Type: "AwsEc2Instance", ID: instance, Region: "us-east-1"}},
			CVEs: []finding.CVE{
				{ID: "CVE-2025-15467", Package: "openssl", Version: "3.0.8-1", FixedVersion: "3.0.8-2", Exploited: true},
				{ID: "CVE-2025-15467", Package: "openssl-libs", Version: "3.0.8-1"},
			},
		},
		Assets: []notice.Asset{{ID: instance, Type: "AwsEc2Instance"}},
	}
}

func ofFinding(f notice.Finding) notice.Notice {
	return notice.Notice{Version: notice.Version, Kind: notice.KindFinding, At: at, Stack: "prod", Finding: &f}
}

func ofRepair(r notice.Repair) notice.Notice {
	r.Finding = openSSH()
	return notice.Notice{Version: notice.Version, Kind: notice.KindRepair, At: at, Stack: "prod", Repair: &r}
}

func digest() notice.Notice {
	return notice.Notice{Version: notice.Version, Kind: notice.KindDigest, At: at, Stack: "prod", Digest: &notice.Digest{
		From: at.Add(-10 * time.Minute), To: at, Total: 9990,
		Severity: map[string]int{"CRITICAL": 12, "HIGH": 978, "MEDIUM": 9000},
		Controls: []notice.Count{{Name: "EC2.13", Title: "Security groups should not allow ingress to port 22", Count: 5000}, {Name: "S3.8", Title: "S3 buckets should block public access", Count: 4990}},
		Top:      []notice.Finding{openSSH(), openssl()},
		Accounts: map[string]int{"123456789012": 9000, "210987654321": 990},
		Link:     "https://ap-northeast-2.console.aws.amazon.com/securityhub/home?region=ap-northeast-2#/findings",
	}}
}

const (
	runbook   = "AWS-DisableIncomingSSHOnPort22"
	execution = "a1b2c3d4-0000-4000-8000-123456789012"
	console   = "https://ap-northeast-2.console.aws.amazon.com/systems-manager/automation/execution/a1b2c3d4-0000-4000-8000-123456789012"
)

// notices are one of each that the platform says.
func notices() map[string]notice.Notice {
	return map[string]notice.Notice{
		"finding":         ofFinding(openSSH()),
		"finding-cve":     ofFinding(openssl()),
		"digest":          digest(),
		"repair-done":     ofRepair(notice.Repair{State: notice.RepairSucceeded, Runbook: runbook, Execution: execution, Link: console, Before: "tcp 22 from 0.0.0.0/0", After: "tcp 22: closed", Attempts: 1}),
		"repair-failed":   ofRepair(notice.Repair{State: notice.RepairFailed, Runbook: runbook, Execution: execution, Link: console, Before: "tcp 22 from 0.0.0.0/0", Reason: "Step DisableIncomingSSH failed: AccessDenied (ec2:RevokeSecurityGroupIngress)", Attempts: 2}),
		"repair-waiting":  ofRepair(notice.Repair{State: notice.RepairWaiting, Runbook: runbook, Execution: execution, Link: console, Before: "tcp 22 from 0.0.0.0/0", After: "tcp 22: closed"}),
		"repair-deferred": ofRepair(notice.Repair{State: notice.RepairDeferred, Runbook: "assetguard-prod-patch", Before: "MissingCount=3, FailedCount=0", After: "Installs the approved patches on the instance, in the maintenance window", Reason: "It starts in the maintenance window, which opens at 2026-11-29 02:00 KST"}),
		"repair-refused":  ofRepair(notice.Repair{State: notice.RepairRefused, Runbook: runbook, Reason: "tag assetguard:Remediation = off"}),
		"repair-looping":  ofRepair(notice.Repair{State: notice.RepairLooping, Runbook: runbook, Execution: execution, Link: console, Attempts: 2}),
		"finding-minimal": ofFinding(notice.Finding{Finding: finding.Finding{ID: "x", ProductARN: "y", Account: "1", Region: "z"}}),
	}
}

const goldenARN = "arn:aws:imagebuilder:ap-northeast-2:123456789012:image/assetguard-prod-golden-ami/1.2.3/4"

// foreign are messages of other publishers, as they arrive.
var foreign = map[string]string{
	"alarm": `{"AlarmName":"assetguard-prod-autotag-failed","AlarmDescription":"Assets could not be tagged. Runbook: https://github.com/example/assetguard/blob/main/docs/runbooks/autotag-failed.md.",
"AWSAccountId":"123456789012","AlarmConfigurationUpdatedTimestamp":"2026-11-20T01:00:00.000+0000","NewStateValue":"ALARM","NewStateReason":"Threshold Crossed: 1 datapoint [3.0 (22/11/26 05:31:00)] was greater than or equal to the threshold (1.0).",
"StateChangeTime":"2026-11-22T05:36:12.345+0000","Region":"Asia Pacific (Seoul)","AlarmArn":"arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:assetguard-prod-autotag-failed","OldStateValue":"OK","OKActions":[],"AlarmActions":["arn:aws:sns:ap-northeast-2:123456789012:t"],"InsufficientDataActions":[],
"Trigger":{"MetricName":"AutotagOutcome","Namespace":"assetguard","StatisticType":"Statistic","Statistic":"SUM","Unit":null,"Dimensions":[{"value":"failed","name":"Outcome"}],"Period":300,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanOrEqualToThreshold","Threshold":1.0,"TreatMissingData":"notBreaching"}}`,
	"alarm-composite": `{"AlarmName":"assetguard-prod-pipeline","AlarmDescription":null,"AWSAccountId":"123456789012","NewStateValue":"OK","NewStateReason":"arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:a transitioned to OK","StateChangeTime":"2026-11-22T05:40:00.000+0000","Region":"Asia Pacific (Seoul)","AlarmArn":"arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:assetguard-prod-pipeline","OldStateValue":"ALARM",
"AlarmRule":"ALARM(\"a\") OR ALARM(\"b\")","TriggeringChildren":[{"Arn":"arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:a","State":{"Value":"OK","Timestamp":"2026-11-22T05:40:00.000+0000"}}]}`,
	"budget": `AWS Budget Notification November 22, 2026
AWS Account 123456789012

Dear AWS Customer,

You requested that we alert you when the ACTUAL Cost associated with your assetguard-prod budget is greater than $80.00 for the current month. The ACTUAL Cost associated with this budget is $85.12. You can find additional details below and by accessing the AWS Budgets dashboard [1].

Budget Name: assetguard-prod
Budget Type: Cost
Budgeted Amount: $100.00
Alert Type: ACTUAL
Alert Threshold: > $80.00
ACTUAL Amount: $85.12

[1] https://console.aws.amazon.com/billing/home#/budgets
`,
	"alerts": `{"receiver":"default","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"WebErrors","severity":"critical","path":"C:\new","note":"disk "/var" is: full, "really""},"annotations":{"summary":"웹 서버 5xx 비율이 "5%"를 넘었습니다","description":"line one
line two","runbook_url":"https://github.com/example/assetguard/blob/main/docs/runbooks/web-errors.md"},"startsAt":"2026-11-22 05:30:00.123456789 +0000 UTC","endsAt":"0001-01-01 00:00:00 +0000 UTC","generatorURL":"/graph?g0.expr=up","fingerprint":"ab"}, {"status":"resolved","labels":{"alertname":"SlowAnswers","severity":"warning"},"startsAt":"2026-11-22T05:00:00Z"}]}`,
	"image-built":      "\"Golden image of stack prod: built\"\n\"Image: " + goldenARN + "\"\n\"make image-list STACK=prod shows it.\"",
	"image-failed":     "\"Golden image of stack prod: build failed\"\n\"Image: " + goldenARN + "\"\n\"Reason: Workflow 'test-image' failed: 2 mandatory rules failed\"\n\"State: FAILED\"\n\"make image-status STACK=prod\"",
	"image-vulnerable": "\"Golden image of stack prod: vulnerabilities found\"\n\"Critical: 1\"\n\"High: 12\"\n\"Image: " + goldenARN + "\"\n\"Medium: 0\"",
	"image-stopped":    "\"Golden image of stack prod: pipeline disabled\"\n\"Pipeline: arn:aws:imagebuilder:ap-northeast-2:123456789012:image-pipeline/assetguard-prod-golden-ami\"",
	"text":             "Chatbot test\nsecond line <!channel>",
	"text-json":        `{"version":"0","detail-type":"AWS Health Event","source":"aws.health","detail":{"service":"EC2"}}`,
}
