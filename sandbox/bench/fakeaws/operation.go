package fakeaws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// operations are the calls that the endpoint answers.
var operations = map[string]func(*Server, *call) answer{
	"ssm:GetParameter":  (*Server).getParameter,
	"ssm:GetParameters": (*Server).getParameters,

	"ssm:StartAutomationExecution": (*Server).startExecution,

	"config:DescribeConformancePacks": (*Server).describePacks,
	"config:BatchGetResourceConfig":   (*Server).getResourceConfig,

	"securityhub:BatchImportFindings":        (*Server).importFindings,
	"securityhub:GetFindings":                (*Server).getFindings,
	"securityhub:BatchUpdateFindings":        (*Server).updateFindings,
	"securityhub:BatchGetAutomationRules":    (*Server).getRules,
	"securityhub:BatchUpdateAutomationRules": (*Server).updateRules,

	"tagging:GetResources": (*Server).getResources,
	"tagging:TagResources": (*Server).tagResources,

	"ec2:DescribeInstances":         (*Server).describeInstances,
	"ec2:DescribeVolumes":           (*Server).describeVolumes,
	"ec2:DescribeNetworkInterfaces": (*Server).describeNetworkInterfaces,
	"ec2:DescribeSecurityGroups":    (*Server).describeSecurityGroups,
	"ec2:DescribeTags":              (*Server).describeTags,

	// Of these there are none.
	"ec2:DescribeImages":               none("imagesSet"),
	"ec2:DescribeSnapshots":            none("snapshotSet"),
	"ec2:DescribeKeyPairs":             none("keySet"),
	"ec2:DescribeSpotInstanceRequests": none("spotInstanceRequestSet"),
	"ec2:DescribeManagedPrefixLists":   none("prefixListSet"),

	"rds:DescribeDBInstances":        (*Server).describeDBInstances,
	"rds:DescribeDBSnapshots":        noSnapshots,
	"rds:DescribeDBClusterSnapshots": noSnapshots,

	"iam:ListUsers":            noIdentities("Users"),
	"iam:ListRoles":            noIdentities("Roles"),
	"iam:ListPolicies":         noIdentities("Policies"),
	"iam:ListInstanceProfiles": noIdentities("InstanceProfiles"),

	"cloudcontrolapi:ListResources": (*Server).listResources,

	"secretsmanager:GetSecretValue": (*Server).getWebhook,
	"slack:Post":                    (*Server).post,
	"sns:ListSubscriptionsByTopic":  (*Server).listSubscriptions,

	"dynamodb:BatchGetItem":       (*Server).readItems,
	"dynamodb:GetItem":            (*Server).readItem,
	"dynamodb:PutItem":            (*Server).writeItems,
	"dynamodb:TransactWriteItems": (*Server).writeItems,
	"dynamodb:UpdateItem":         (*Server).updateItem,
	"sns:Publish":                 (*Server).publish,

	"resource-explorer-2:GetIndex":               (*Server).getIndex,
	"config:DescribeConfigurationRecorderStatus": (*Server).describeRecorderStatus,

	"s3:ListBuckets":      (*Server).listBuckets,
	"s3:GetBucketTagging": (*Server).getBucketTagging,
	"s3:ListObjectsV2":    (*Server).listObjects,
	"s3:GetObject":        (*Server).getObject,
	"s3:PutObject":        (*Server).putObject,
	"s3:CopyObject":       (*Server).copyObject,
	"s3:DeleteObject":     (*Server).deleteObject,
}

// hubOperations are those of Security Hub by method and path.
var hubOperations = map[string]string{
	"POST /findings/import":         "BatchImportFindings",
	"POST /findings":                "GetFindings",
	"PATCH /findings/batchupdate":   "BatchUpdateFindings",
	"POST /automationrules/get":     "BatchGetAutomationRules",
	"PATCH /automationrules/update": "BatchUpdateAutomationRules",
}

// findOperation names the operation: by the target header (JSON), the form (query, EC2), or method and path.
func (c *call) findOperation(method string) error {
	switch target := c.header.Get("X-Amz-Target"); {
	case target != "":
		c.operation = target[strings.LastIndexByte(target, '.')+1:]
	case c.service == "s3":
		c.operation = c.findS3(method)
	case c.service == "securityhub":
		c.operation = hubOperations[method+" "+c.path]
	case c.service == "resource-explorer-2":
		c.operation = strings.TrimPrefix(c.path, "/")
	default:
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, c.path, err)
		}
		c.form, c.operation = form, form.Get("Action")
	}
	if c.operation == "" {
		c.operation = method + " " + c.path
	}
	return c.unchunk()
}

func (c *call) findS3(method string) string {
	c.bucket, c.key, _ = strings.Cut(strings.TrimPrefix(c.path, "/"), "/")
	_, tagging := c.query["tagging"]
	_, list := c.query["list-type"]
	_, part := c.query["uploadId"]
	of := func(bucket, object string) string { // by what the path names
		if c.key == "" {
			return bucket
		}
		return object
	}
	switch {
	case part:
		return ""
	case method == http.MethodGet && c.bucket == "":
		return "ListBuckets"
	case method == http.MethodGet && tagging:
		return of("GetBucketTagging", "")
	case method == http.MethodGet && list:
		return of("ListObjectsV2", "")
	case method == http.MethodGet:
		return of("", "GetObject")
	case method == http.MethodPut && c.header.Get("X-Amz-Copy-Source") != "":
		return of("", "CopyObject")
	case method == http.MethodPut:
		return of("", "PutObject")
	case method == http.MethodDelete:
		return of("", "DeleteObject")
	}
	return ""
}

// unchunk takes the SDKs' own framing off a body; it is close enough to HTTP's chunks to be read as such.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
func (c *call) unchunk() error {
	if !strings.Contains(c.header.Get("Content-Encoding"), "aws-chunked") {
		return nil
	}
	body, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(c.body)))
	if err != nil {
		return fmt.Errorf("%s %s: chunks: %w", c.name(), c.path, err)
	}
	c.body = body
	return nil
}

// answer is what goes back.
type answer struct {
	status      int
	contentType string
	errorCode   string
	body        []byte
}

func jsonAnswer(v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, numbers, lists and maps always have a JSON form
	}
	return answer{status: http.StatusOK, contentType: "application/x-amz-json-1.1", body: body}
}

func jsonError(status int, code string) answer {
	a := jsonAnswer(map[string]string{"__type": code, "message": code})
	a.status, a.errorCode = status, code
	return a
}

func xmlAnswer(body string) answer {
	return answer{status: http.StatusOK, contentType: "text/xml", body: []byte(body)}
}

func s3Error(status int, code string) answer {
	a := xmlAnswer("<Error><Code>" + code + "</Code><Message>" + code + "</Message></Error>")
	a.status = status
	return a
}

// read decodes a JSON request.
func (c *call) read(v any) {
	if err := json.Unmarshal(c.body, v); err != nil {
		panic(fmt.Sprintf("%s: %v", c.name(), err)) // net/http answers the SDK, which fails the function
	}
}

// values are the values of a list in a form: Prefix.1, Prefix.2, ...
func (c *call) values(prefix string) []string {
	var values []string
	for n := 1; ; n++ {
		v, there := c.form[fmt.Sprintf("%s.%d", prefix, n)]
		if !there {
			return values
		}
		values = append(values, v[0])
	}
}

// filter are the values of the named filter of an EC2 call.
func (c *call) filter(name string) []string {
	for n := 1; ; n++ {
		v, there := c.form[fmt.Sprintf("Filter.%d.Name", n)]
		if !there {
			return nil
		}
		if v[0] == name {
			return c.values(fmt.Sprintf("Filter.%d.Value", n))
		}
	}
}
