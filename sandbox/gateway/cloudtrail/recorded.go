package cloudtrail

import (
	"regexp"
	"strings"
)

// reads are the first words of operations that change nothing.
var reads = []string{"Get", "List", "Describe", "Head", "BatchGet", "BatchDescribe", "Lookup", "Search", "Query", "Scan", "Select", "Simulate", "Validate", "Test", "Preview", "Estimate", "Discover", "View", "Check", "Filter", "Retrieve"}

// never are operations without a management event that changes something: data
// events, and calls that CloudTrail marks as read-only although they are not
// named so. "*" stands for every operation of the service.
var never = map[string][]string{
	"sts":         {"*"},
	"kms":         {"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "GenerateRandom", "Sign", "Verify", "VerifyMac", "DeriveSharedSecret"},
	"s3":          {"PutObject", "DeleteObject", "DeleteObjects", "CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload", "PutObjectAcl", "PutObjectTagging", "DeleteObjectTagging", "PutObjectLegalHold", "PutObjectRetention", "RestoreObject", "RenameObject", "CreateSession", "WriteGetObjectResponse"},
	"sqs":         {"SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch"},
	"sns":         {"Publish", "PublishBatch"},
	"lambda":      {"Invoke", "InvokeAsync", "InvokeWithResponseStream"},
	"events":      {"PutEvents"},
	"logs":        {"PutLogEvents", "StartQuery", "StopQuery", "StartLiveTail"},
	"monitoring":  {"PutMetricData"},
	"dynamodb":    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "TransactGetItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"},
	"kinesis":     {"PutRecord", "PutRecords", "SubscribeToShard"},
	"firehose":    {"PutRecord", "PutRecordBatch"},
	"xray":        {"PutTraceSegments", "PutTelemetryRecords"},
	"aps":         {"RemoteWrite", "QueryMetrics"},
	"execute-api": {"*"},
	"rds-data":    {"*"},
}

// global are services without a region; their events appear in us-east-1.
var global = map[string]bool{"iam": true, "route53": true, "cloudfront": true, "organizations": true, "waf": true, "globalaccelerator": true, "shield": true}

// sources are event sources that are not named like the signing name.
var sources = map[string]string{"email": "ses"}

// eventNames are the names of events that differ from the operation's.
var eventNames = map[string]map[string]string{
	"lambda": {
		"CreateFunction": "CreateFunction20150331", "DeleteFunction": "DeleteFunction20150331",
		"UpdateFunctionCode": "UpdateFunctionCode20150331v2", "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
		"PublishVersion": "PublishVersion20150331",
		"CreateAlias":    "CreateAlias20150331", "UpdateAlias": "UpdateAlias20150331", "DeleteAlias": "DeleteAlias20150331",
		"AddPermission": "AddPermission20150331v2", "RemovePermission": "RemovePermission20150331v2",
		"CreateEventSourceMapping": "CreateEventSourceMapping20150331", "UpdateEventSourceMapping": "UpdateEventSourceMapping20150331", "DeleteEventSourceMapping": "DeleteEventSourceMapping20150331",
		"TagResource": "TagResource20170331v2", "UntagResource": "UntagResource20170331v2",
		"PutFunctionConcurrency": "PutFunctionConcurrency20171031", "DeleteFunctionConcurrency": "DeleteFunctionConcurrency20171031",
		"PublishLayerVersion": "PublishLayerVersion20181031", "DeleteLayerVersion": "DeleteLayerVersion20181031",
	},
	"s3": {
		"PutPublicAccessBlock": "PutBucketPublicAccessBlock", "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
		"PutBucketLifecycleConfiguration": "PutBucketLifecycle", "PutBucketNotificationConfiguration": "PutBucketNotification",
	},
}

// dated is the version that CloudFront's operation names end with.
var dated = regexp.MustCompile(`\d{4}_\d{2}_\d{2}$`)

// recorded says whether a call makes an event.
func recorded(service, operation string) bool {
	if operation == "" {
		return false
	}
	for _, verb := range reads {
		if rest, ok := strings.CutPrefix(operation, verb); ok && (rest == "" || strings.ToUpper(rest[:1]) == rest[:1]) {
			return false
		}
	}
	for _, name := range never[service] {
		if name == "*" || name == operation {
			return false
		}
	}
	return true
}

func eventName(service, operation string) string {
	if name, ok := eventNames[service][operation]; ok {
		return name
	}
	return dated.ReplaceAllString(operation, "")
}

func eventSource(service string) string {
	if name, ok := sources[service]; ok {
		return name
	}
	return service
}
