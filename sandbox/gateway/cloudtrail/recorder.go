package cloudtrail

import (
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
)

// Recorder makes events. It is safe for concurrent use.
type Recorder struct {
	account string
	who     identities
	trails  trails
}

// NewRecorder returns a Recorder for an account that has no trail yet.
func NewRecorder(account string) *Recorder {
	return &Recorder{
		account: account,
		who:     identities{account: account, known: map[string]identity{}},
		trails:  trails{account: account, byARN: map[string]*trail{}},
	}
}

// Register says who stands behind an access key: the ARN of an IAM user
// (arn:aws:iam::ACCOUNT:user/NAME) or of a role's session
// (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION).
func (r *Recorder) Register(accessKey, arn string) {
	r.who.register(accessKey, identity{arn: arn, since: time.Now()})
}

// Record follows a finished call and returns the region and the EventBridge
// envelope of its event; the envelope is nil when the call makes none.
func (r *Recorder) Record(c *api.Call, res *apimodel.Resolved, a *api.Answer) (region string, envelope map[string]any) {
	if res == nil {
		return "", nil
	}
	region = c.Region
	if global[c.Service] {
		region = "us-east-1"
	}
	covered := r.trails.covers(region, global[c.Service])
	out := map[string]any{}
	if a.OK() {
		out = res.Output(a.Header, a.Body)
		r.learn(c, out)
	}
	covered = covered || r.trails.covers(region, global[c.Service])
	if !covered || !recorded(c.Service, c.Operation) {
		return region, nil
	}
	detail := r.detail(c, res, a, out, region)
	return region, map[string]any{
		"version": "0", "id": uuid.NewString(), "detail-type": "AWS API Call via CloudTrail", "source": "aws." + eventSource(c.Service),
		"account": r.account, "time": detail["eventTime"], "region": region, "resources": []any{}, "detail": detail,
	}
}

// learn follows the calls that decide what is recorded and who is named.
func (r *Recorder) learn(c *api.Call, out map[string]any) {
	switch c.Service + ":" + c.Operation {
	case "iam:CreateAccessKey":
		key, _ := out["AccessKey"].(map[string]any)
		id, _ := key["AccessKeyId"].(string)
		if user, ok := key["UserName"].(string); ok {
			r.Register(id, "arn:aws:iam::"+r.account+":user/"+user)
		}
	case "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML":
		key, _ := out["Credentials"].(map[string]any)
		user, _ := out["AssumedRoleUser"].(map[string]any)
		id, _ := key["AccessKeyId"].(string)
		unique, _ := user["AssumedRoleId"].(string)
		if arn, ok := user["Arn"].(string); ok {
			r.who.register(id, identity{arn: arn, id: unique, since: c.At})
		}
	default:
		if c.Service == "cloudtrail" {
			r.trails.observe(c.Region, c.Operation, c.Input, out)
		}
	}
}

func (r *Recorder) detail(c *api.Call, res *apimodel.Resolved, a *api.Answer, out map[string]any, region string) map[string]any {
	id := requestID(a.Header)
	detail := map[string]any{
		"eventVersion": "1.11", "userIdentity": r.who.of(c.AccessKey), "eventTime": c.At.UTC().Format(time.RFC3339),
		"eventSource": eventSource(c.Service) + ".amazonaws.com", "eventName": eventName(c.Service, c.Operation), "awsRegion": region,
		"sourceIPAddress": address(c.Request), "userAgent": c.Request.UserAgent(),
		"requestParameters": orNil(requestParameters(c, res)), "responseElements": nil,
		"requestID": id, "eventID": uuid.NewString(), "readOnly": false, "eventType": "AwsApiCall",
		"managementEvent": true, "recipientAccountId": r.account, "eventCategory": "Management",
	}
	if a.OK() {
		detail["responseElements"] = orNil(responseElements(c, res, out, id, a.Body))
		return detail
	}
	detail["errorCode"], detail["errorMessage"] = apimodel.Fault(a.Header, a.Body)
	if detail["errorCode"] == "" {
		detail["errorCode"] = http.StatusText(a.Status)
	}
	return detail
}

// unwrapped are services whose events give the one object of an answer itself.
var unwrapped = map[string]bool{"rds": true, "elasticache": true, "redshift": true}

func requestParameters(c *api.Call, res *apimodel.Resolved) map[string]any {
	op := res.Operation
	switch {
	case res.Protocol == "ec2" && op.In.Shape != nil:
		return ec2Request(op, res.Input)
	case c.Service == "s3":
		return s3Request(res, c.Region, c.Request)
	default:
		return plainWriter(c.Service).structure(op.In.Shape, res.Input)
	}
}

func responseElements(c *api.Call, res *apimodel.Resolved, out map[string]any, id string, body []byte) map[string]any {
	op := res.Operation
	switch {
	case res.Protocol == "ec2":
		return ec2Response(op, out, id, body)
	case c.Service == "s3":
		return s3Response(op, out)
	}
	written := plainWriter(c.Service).structure(op.Out.Shape, out)
	if unwrapped[c.Service] && len(written) == 1 {
		for _, v := range written {
			if inner, ok := v.(map[string]any); ok {
				return inner
			}
		}
	}
	return written
}

// orNil makes an empty object null, as CloudTrail writes it.
func orNil(m map[string]any) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// requestID is the answer's request id, or a fresh one where it has none.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Request-Id"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return uuid.NewString()
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
