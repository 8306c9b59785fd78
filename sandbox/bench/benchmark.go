package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
	"assetguard/internal/remediation"
	"assetguard/sandbox/bench/fakeaws"
)

// benchmark is what a function is measured by.
type benchmark struct {
	function    string // the directory below lambdas/cmd
	unit        string // what the warm rate counts, in the plural
	memoryMB    int    // as deployed
	environment map[string]string
	cold, warm  load
}

// load is the work of one invocation.
type load struct {
	account fakeaws.Account
	units   int
	tagged  int // assets that must get tags
	// findings are those that must be imported or updated.
	findings int
	// payload makes the event of the nth invocation.
	payload func(n int) []byte
}

// benchmarks has one entry for each function: a function without one fails the measurement.
func benchmarks() map[string]benchmark {
	return map[string]benchmark{contract.FunctionAutotag: autotag(), contract.FunctionSweep: sweep(),
		contract.FunctionImporter: importer(), contract.FunctionSuppression: suppression(),
		contract.FunctionImages: imageAge(), contract.FunctionSlack: slack(), contract.FunctionSubscriptions: subscriptions(),
		contract.FunctionFindings: findings(), contract.FunctionRemediation: repairs()}
}

// declared are the benchmarks of all functions below lambdas/cmd, by name.
func declared(repository string) ([]benchmark, error) {
	entries, err := os.ReadDir(filepath.Join(repository, "lambdas", "cmd"))
	if err != nil {
		return nil, err
	}
	var all []benchmark
	var faults []error
	for _, entry := range entries {
		b, there := benchmarks()[entry.Name()]
		if !there {
			faults = append(faults, fmt.Errorf("function %s has no benchmark: add its event to sandbox/bench/benchmark.go, "+
				"the calls it makes to sandbox/bench/fakeaws, and a handler with the same calls to sandbox/bench/python/%s.py", entry.Name(), entry.Name()))
			continue
		}
		b.function = entry.Name()
		all = append(all, b)
	}
	return all, errors.Join(faults...)
}

// tagPolicy is the document in force: what a small company writes.
const tagPolicy = `{"version":1,
"assetTypes":[{"id":"web-server","value":"Web Server"},{"id":"student-database","value":"수강생 데이터 베이스"},{"id":"lecture-material","value":"강의자료"}],
"defaults":{"Environment":"PROD","PersonalInformation":"N","Owner":"DevOps"},
"rules":[{"name":"databases","match":{"services":["rds"]},"tags":{"AssetType":"student-database","PersonalInformation":"Y"}},
{"name":"buckets","match":{"services":["s3"]},"tags":{"AssetType":"lecture-material"}},
{"name":"web","match":{"services":["ec2"],"names":["web-*"]},"tags":{"AssetType":"web-server"}},
{"name":"development","match":{"names":["dev-*"]},"tags":{"Environment":"DEV"}}]}`

// parameters are the two documents, and the settings by which functions find them.
func parameters() (documents, environment map[string]string) {
	return map[string]string{contract.ParameterTagPolicy: tagPolicy, contract.ParameterTagOverrides: "{}"},
		map[string]string{contract.EnvPolicyParameter: contract.ParameterTagPolicy, contract.EnvOverridesParameter: contract.ParameterTagOverrides}
}

// autotag: launches of an instance, which has a volume and a network interface. The cold event is one launch,
// the warm one a full batch of the queue.
func autotag() benchmark {
	documents, environment := parameters()
	environment[contract.EnvMaxReceives] = "8"
	launches := func(count int) load {
		return load{
			account: fakeaws.Account{Parameters: documents}, units: count, tagged: 3 * count,
			payload: func(int) []byte { return batchOf(count) },
		}
	}
	return benchmark{unit: "events", memoryMB: 256, environment: environment, cold: launches(1), warm: launches(100)}
}

// batchOf is an event of SQS with so many launches, a second apart.
func batchOf(count int) []byte {
	var records []any
	for n := range count {
		records = append(records, message(fmt.Sprintf("message-%d", n), launch(n)))
	}
	return encode(map[string]any{"Records": records})
}

func message(id string, body []byte) map[string]any {
	return map[string]any{
		"messageId": id, "receiptHandle": id, "body": string(body), "eventSource": "aws:sqs", "awsRegion": fakeaws.Region,
		"attributes":     map[string]string{"ApproximateReceiveCount": "1"},
		"eventSourceARN": "arn:aws:sqs:" + fakeaws.Region + ":" + fakeaws.AccountID + ":bench",
	}
}

// launch is CloudTrail's event of the nth launch.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func launch(n int) []byte {
	type object = map[string]any
	at := fakeaws.Made(n).Format(time.RFC3339)
	return encode(object{
		"version": "0", "id": fmt.Sprintf("launch-%d", n), "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2",
		"account": fakeaws.AccountID, "time": at, "region": fakeaws.Region, "resources": []string{},
		"detail": object{
			"eventVersion": "1.10", "eventTime": at, "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances",
			"awsRegion": fakeaws.Region, "recipientAccountId": fakeaws.AccountID, "eventID": fmt.Sprintf("event-%d", n),
			"userIdentity": object{"type": "IAMUser", "principalId": "AIDAEXAMPLEUSERKIM00", "accountId": fakeaws.AccountID,
				"arn": "arn:aws:iam::" + fakeaws.AccountID + ":user/kim", "userName": "kim"},
			"requestParameters": object{
				"instancesSet": object{"items": []object{{"imageId": "ami-0aa11bb22cc33dd44", "minCount": 1, "maxCount": 1}}},
				"instanceType": "t4g.micro",
				"tagSpecificationSet": object{"items": []object{
					{"resourceType": "volume", "tags": []object{{"key": "Owner", "value": "Storage"}}}}},
			},
			"responseElements": object{"reservationId": "r-0123456789abcdef0", "instancesSet": object{"items": []object{
				{"instanceId": fakeaws.InstanceID(n), "imageId": "ami-0aa11bb22cc33dd44", "instanceState": object{"code": 0, "name": "pending"}}}}},
		},
	})
}

// sweep: a whole run over one region without indexes. The cold event is a run over a handful of assets, the warm
// one over about a thousand.
func sweep() benchmark {
	documents, environment := parameters()
	for name, value := range map[string]string{
		contract.EnvSweepRegions: fakeaws.Region, contract.EnvRegisterBucket: "register", contract.EnvPartition: "aws",
		contract.EnvAccountID: fakeaws.AccountID, contract.EnvRemovedKeys: contract.RemovedKeysRestore, contract.EnvTimezone: "Asia/Seoul",
		contract.EnvSweepQueueURL: "http://127.0.0.1/" + fakeaws.AccountID + "/sweep",
	} {
		environment[name] = value
	}
	runs := func(a fakeaws.Account) load {
		a.Parameters = documents
		a.Objects = map[string][]byte{contract.RegisterLatestLines: registerBefore(a)}
		return load{account: a, units: len(a.ARNs()), tagged: a.Untagged(), payload: func(n int) []byte {
			return encode(map[string]any{"Records": []any{message(fmt.Sprintf("run-%d", n), []byte("{}"))}})
		}}
	}
	return benchmark{unit: "assets", memoryMB: 512, environment: environment,
		cold: runs(fakeaws.Account{Instances: 4, Buckets: 3, Databases: 2, Functions: 3}),
		warm: runs(fakeaws.Account{Instances: 200, Buckets: 150, Databases: 60, Functions: 90}),
	}
}

// The conformance pack of the benchmark.
const (
	packName = "assetguard-prod-k-isms"
	packID   = "conformance-pack-6cruwvtg2"
)

// importer: changed evaluations of buckets. The cold event is one, the warm one a full batch of the queue.
func importer() benchmark {
	environment := map[string]string{
		contract.EnvPartition: "aws", contract.EnvAccountID: fakeaws.AccountID, contract.EnvInspectionRegions: fakeaws.Region,
		contract.EnvConformancePack: packName, contract.EnvLanguage: "ko", contract.EnvMaxReceives: "5",
		contract.EnvImportQueueURL: "http://127.0.0.1/" + fakeaws.AccountID + "/importer",
	}
	changes := func(count int) load {
		return load{
			account: fakeaws.Account{Packs: map[string]string{packName: packID}}, units: count, findings: count,
			payload: func(int) []byte {
				var records []any
				for n := range count {
					records = append(records, message(fmt.Sprintf("message-%d", n), change(n)))
				}
				return encode(map[string]any{"Records": records})
			},
		}
	}
	return benchmark{unit: "evaluations", memoryMB: 256, environment: environment, cold: changes(1), warm: changes(100)}
}

// change is AWS Config's event of the nth bucket: every other one complies.
// https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
func change(n int) []byte {
	type object = map[string]any
	rule, bucket := "s3-bucket-versioning-enabled-"+packID, fmt.Sprintf("bench-bucket-%04d", n)
	at := fakeaws.Made(n).Format("2006-01-02T15:04:05.000Z")
	return encode(object{
		"version": "0", "id": fmt.Sprintf("change-%d", n), "detail-type": "Config Rules Compliance Change", "source": "aws.config",
		"account": fakeaws.AccountID, "time": at, "region": fakeaws.Region, "resources": []string{},
		"detail": object{
			"resourceId": bucket, "resourceType": "AWS::S3::Bucket", "awsRegion": fakeaws.Region, "awsAccountId": fakeaws.AccountID,
			"configRuleName": rule, "recordVersion": "1.0", "messageType": "ComplianceChangeNotification", "notificationCreationTime": at,
			"newEvaluationResult": object{
				"evaluationResultIdentifier": object{
					"evaluationResultQualifier": object{"configRuleName": rule, "resourceType": "AWS::S3::Bucket", "resourceId": bucket},
					"orderingTimestamp":         at,
				},
				"complianceType": []string{"COMPLIANT", "NON_COMPLIANT"}[n%2], "resultRecordedTime": at, "configRuleInvokedTime": at,
			},
		},
	})
}

// suppression: a daily run with a risk that holds and one that has expired. The cold run has a handful of suppressed
// findings, the warm one 900.
func suppression() benchmark {
	rule := func(name string) string {
		return "arn:aws:securityhub:" + fakeaws.Region + ":" + fakeaws.AccountID + ":automation-rule/" + name
	}
	document := encode(contract.AcceptedRisks{Accepted: []contract.AcceptedRisk{
		{ID: "holds", RuleARN: rule("holds"), Expires: "2999-12-31"}, {ID: "expired", RuleARN: rule("expired"), Expires: "2020-12-31"},
	}})
	environment := map[string]string{
		contract.EnvAcceptedParameter: contract.ParameterAccepted, contract.EnvTimezone: "Asia/Seoul", contract.EnvLanguage: "ko",
	}
	runs := func(suppressed int) load {
		return load{
			account: fakeaws.Account{Parameters: map[string]string{contract.ParameterAccepted: string(document)},
				Suppressed: suppressed, AcceptedRisk: "expired"},
			units: suppressed, findings: (suppressed + 2) / 3, payload: func(int) []byte { return []byte("{}") },
		}
	}
	return benchmark{unit: "findings", memoryMB: 256, environment: environment, cold: runs(9), warm: runs(900)}
}

// imageAge: a daily look at golden images, of which the account has none.
func imageAge() benchmark {
	look := load{units: 1, payload: func(int) []byte { return []byte("{}") }}
	return benchmark{unit: "runs", memoryMB: 128, cold: look, warm: look, environment: map[string]string{
		contract.EnvImageName: "golden", contract.EnvImageSince: "2026-11-22T05:00:00Z",
	}}
}

// slack: a notice of a finding, at the pace that Slack allows: the rate is the pace's, in any language.
func slack() benchmark {
	body, err := notice.Marshal(notice.Notice{Kind: notice.KindFinding, At: fakeaws.Made(0), Stack: "prod", Finding: &notice.Finding{
		Finding: finding.Finding{
			ID: "arn:aws:securityhub:" + fakeaws.Region + ":" + fakeaws.AccountID + ":finding/bench", Product: "Security Hub", Control: "EC2.13",
			Title:   "Security groups should not allow ingress from 0.0.0.0/0 or ::/0 to port 22",
			Account: fakeaws.AccountID, Region: fakeaws.Region, Severity: finding.High, FirstSeen: fakeaws.Made(0),
		},
		Assets: []notice.Asset{{ID: fakeaws.InstanceID(0), Environment: "PROD", AssetType: "Web Server", PersonalInformation: "N", Owner: "DevOps"}},
	}})
	if err != nil {
		panic(err) // the notice stands above
	}
	queue := "http://127.0.0.1/" + fakeaws.AccountID + "/slack"
	posts := load{units: 1, payload: func(n int) []byte {
		return encode(map[string]any{"Records": []any{message(fmt.Sprintf("message-%d", n), body)}})
	}}
	return benchmark{unit: "posts", memoryMB: 256, cold: posts, warm: posts, environment: map[string]string{
		contract.EnvWebhookSecret: "slack", contract.EnvSlackQueueURL: queue, contract.EnvSlackDeadLettersURL: queue + "-dead",
		contract.EnvLanguage: "ko", contract.EnvTimezone: "Asia/Seoul", contract.EnvMaxReceives: strconv.Itoa(contract.SlackMaxReceives),
	}}
}

// subscriptions: a daily look at the subscribers of a topic, a third of whom never confirmed. The cold run has three of
// them, the warm one three pages.
func subscriptions() benchmark {
	var emails []string
	for n := range 60 {
		emails = append(emails, fakeaws.SubscriberAddress(n))
	}
	expected := encode(map[contract.Audience]contract.Subscribers{contract.AudienceSecurity: {
		Topic: "arn:aws:sns:" + fakeaws.Region + ":" + fakeaws.AccountID + ":security", Emails: emails}})
	look := func(subscribers int) load {
		return load{account: fakeaws.Account{Subscribers: subscribers}, units: subscribers, payload: func(int) []byte { return []byte("{}") }}
	}
	return benchmark{unit: "subscribers", memoryMB: 128, cold: look(3), warm: look(300),
		environment: map[string]string{contract.EnvSubscribers: string(expected)}}
}

// findings: findings of Inspector that carry the classification of their instances. The cold event is one, the warm one a
// full batch of the queue in a burst, of which the first go out singly and the others into a digest.
func findings() benchmark {
	const singles = 5
	topic := "arn:aws:sns:" + fakeaws.Region + ":" + fakeaws.AccountID + ":"
	rules := encode(contract.AlertRules{Singles: singles, GatherSeconds: 300, Routes: []contract.AlertRoute{
		{Audience: contract.AudienceSecurity, Severity: "MEDIUM"}, {Audience: contract.AudienceDevOps, Severity: "HIGH", Environments: []string{"PROD"}}}})
	environment := map[string]string{
		contract.EnvStack: "prod", contract.EnvPartition: "aws", contract.EnvAccountID: fakeaws.AccountID, contract.EnvStateTable: "state",
		contract.EnvFindingsQueueURL: "http://127.0.0.1/" + fakeaws.AccountID + "/findings", contract.EnvRegisterBucket: "register",
		contract.EnvAlertRules: string(rules), contract.EnvLanguage: "ko", contract.EnvTimezone: "Asia/Seoul",
		contract.EnvMaxReceives: strconv.Itoa(contract.FindingsMaxReceives), contract.EnvSecurityTopic: topic + "security",
		contract.EnvDevOpsTopic: topic + "devops", contract.EnvPurchasingTopic: topic + "purchasing",
	}
	news := func(count int) load {
		return load{units: count, findings: min(count, singles), payload: func(int) []byte {
			var records []any
			for n := range count {
				records = append(records, message(fmt.Sprintf("message-%d", n), vulnerability(n)))
			}
			return encode(map[string]any{"Records": records})
		}}
	}
	return benchmark{unit: "findings", memoryMB: 512, environment: environment, cold: news(1), warm: news(contract.FindingsBatchSize)}
}

// vulnerability is Security Hub's event about the nth instance.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
func vulnerability(n int) []byte {
	type object = map[string]any
	at, rated := fakeaws.Made(n).Format(time.RFC3339), object{"Label": []string{"CRITICAL", "HIGH", "MEDIUM"}[n%3]}
	instance := "arn:aws:ec2:" + fakeaws.Region + ":" + fakeaws.AccountID + ":instance/" + fakeaws.InstanceID(n)
	return encode(object{
		"version": "0", "id": fmt.Sprintf("finding-%d", n), "detail-type": finding.Imported, "source": finding.Source,
		"account": fakeaws.AccountID, "time": at, "region": fakeaws.Region, "resources": []string{},
		"detail": object{"findings": []object{{
			"SchemaVersion": "2018-10-08", "Id": fmt.Sprintf("arn:aws:inspector2:%s:%s:finding/%d", fakeaws.Region, fakeaws.AccountID, n),
			"ProductArn": "arn:aws:securityhub:" + fakeaws.Region + "::product/aws/inspector", "ProductName": "Inspector", "Region": fakeaws.Region,
			"GeneratorId": "AWSInspector", "AwsAccountId": fakeaws.AccountID, "CreatedAt": at, "UpdatedAt": at,
			"Title": "CVE-2026-1234 - openssl", "Description": "A flaw was found in OpenSSL.", "RecordState": "ACTIVE",
			"Workflow": object{"Status": "NEW"}, "Severity": rated, "FindingProviderFields": object{"Severity": rated},
			"Resources": []object{{"Type": "AwsEc2Instance", "Id": instance, "Region": fakeaws.Region, "Tags": object{
				"Environment": "PROD", "AssetType": "Web Server", "PersonalInformation": "N", "Owner": "DevOps"}}},
			"Vulnerabilities": []object{{"Id": "CVE-2026-1234", "ExploitAvailable": "NO",
				"VulnerablePackages": []object{{"Name": "openssl", "Version": "3.0.8", "FixedInVersion": "3.0.9"}}}},
		}}},
	})
}

// repairs begins the repair of security groups that let everybody in: one in the cold run, a batch in the warm ones.
func repairs() benchmark {
	const settings, batch = "/assetguard/remediation/settings", 10
	roles := map[string]string{}
	for _, runbook := range remediation.Runbooks() {
		roles[runbook.ID] = "arn:aws:iam::" + fakeaws.AccountID + ":role/" + runbook.ID
	}
	document := string(encode(contract.Remediation{
		Modes: map[string]contract.Mode{"EC2.13": contract.ModeAuto}, Roles: roles, OptOut: contract.OptOutTag, Document: "patch",
		Limits: contract.RepairLimits{InFlight: 2 * batch, Failures: 3, PerDay: 2, NoticesPerHour: 20},
		Window: contract.Window{Days: []string{"sun"}, Start: "02:00", Hours: 4},
	}))
	environment := map[string]string{
		contract.EnvStack: "prod", contract.EnvPartition: "aws", contract.EnvAccountID: fakeaws.AccountID, contract.EnvStateTable: "state",
		contract.EnvRepairQueueURL: "http://127.0.0.1/" + fakeaws.AccountID + "/remediation", contract.EnvRemediation: settings,
		contract.EnvLanguage: "ko", contract.EnvTimezone: "Asia/Seoul", contract.EnvMaxReceives: "5",
		contract.EnvSecurityTopic: "arn:aws:sns:" + fakeaws.Region + ":" + fakeaws.AccountID + ":security",
	}
	open := func(count int) load {
		account := fakeaws.Account{Instances: 4, Parameters: map[string]string{settings: document}}
		return load{account: account, units: count, payload: func(run int) []byte {
			var records []any
			for n := range count {
				records = append(records, message(fmt.Sprintf("message-%d-%d", run, n), openGroup(n)))
			}
			return encode(map[string]any{"Records": records})
		}}
	}
	return benchmark{unit: "repairs begun", memoryMB: 256, environment: environment, cold: open(1), warm: open(batch)}
}

// openGroup is Security Hub's event about the nth security group, in which SSH is open.
func openGroup(n int) []byte {
	type object = map[string]any
	at := fakeaws.Made(n).Format(time.RFC3339)
	return encode(object{
		"version": "0", "id": fmt.Sprintf("finding-%d", n), "detail-type": finding.Imported, "source": finding.Source,
		"account": fakeaws.AccountID, "time": time.Now().UTC().Format(time.RFC3339), "region": fakeaws.Region, "resources": []string{},
		"detail": object{"findings": []object{{
			"SchemaVersion": "2018-10-08", "Id": fmt.Sprintf("arn:aws:securityhub:%s:%s:security-control/EC2.13/finding/%d", fakeaws.Region, fakeaws.AccountID, n),
			"ProductArn": "arn:aws:securityhub:" + fakeaws.Region + "::product/aws/securityhub", "ProductName": "Security Hub", "Region": fakeaws.Region,
			"GeneratorId": "security-control/EC2.13", "AwsAccountId": fakeaws.AccountID, "CreatedAt": at, "UpdatedAt": at,
			"Title": "Security groups should not let everybody in by SSH", "Description": "Port 22 is open.", "RecordState": "ACTIVE",
			"Workflow": object{"Status": "NEW"}, "Severity": object{"Label": "HIGH"}, "Compliance": object{"Status": "FAILED", "SecurityControlId": "EC2.13"},
			"Resources": []object{{"Type": "AwsEc2SecurityGroup", "Region": fakeaws.Region,
				"Id": fmt.Sprintf("arn:aws:ec2:%s:%s:security-group/sg-%017x", fakeaws.Region, fakeaws.AccountID, n)}},
		}}},
	})
}

// registerBefore is the register of the day before, which knows every asset.
func registerBefore(a fakeaws.Account) []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	for n, arn := range a.ARNs() {
		_, _ = zip.Write(append(encode(map[string]any{"arn": arn, "firstSeen": fakeaws.Made(n).Format(time.RFC3339)}), '\n'))
	}
	_ = zip.Close() // a Buffer does not fail
	return b.Bytes()
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, numbers, lists and maps always have a JSON form
	}
	return b
}
