package autotag

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
)

// record is one create event.
type record struct {
	id        string // CloudTrail's eventID
	event     createevent.Event
	region    string
	account   string
	partition string
	creator   string // "" when unknown
	at        time.Time
	errorCode string
	ready     bool           // RDS's own event that the asset takes tags
	elements  map[string]any // requestParameters, responseElements
}

// envelope is an EventBridge event that carries a CloudTrail record.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type envelope struct {
	DetailType string `json:"detail-type"`
	Source     string `json:"source"`
	Account    string `json:"account"`
	Region     string `json:"region"`
	Detail     struct {
		EventID            string    `json:"eventID"`
		EventTime          time.Time `json:"eventTime"`
		EventSource        string    `json:"eventSource"`
		EventName          string    `json:"eventName"`
		AWSRegion          string    `json:"awsRegion"`
		ErrorCode          string    `json:"errorCode"`
		RecipientAccountID string    `json:"recipientAccountId"`
		UserIdentity       identity  `json:"userIdentity"`
		RequestParameters  any       `json:"requestParameters"`
		ResponseElements   any       `json:"responseElements"`
	} `json:"detail"`
}

// sourceOf is the source of an event that is none of CloudTrail's, as far as the function takes such; else "".
func sourceOf(body string) string {
	var e struct {
		DetailType string `json:"detail-type"`
		Source     string `json:"source"`
	}
	if json.Unmarshal([]byte(body), &e) != nil {
		return ""
	}
	switch {
	case e.DetailType == contract.TagChangeDetailType && e.Source == contract.TagChangeSource:
		return e.Source
	case e.DetailType != createevent.DetailType && e.Source == createevent.ReadySource:
		return e.Source
	}
	return ""
}

// identity is a CloudTrail userIdentity.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
type identity struct {
	Type           string `json:"type"`
	UserName       string `json:"userName"`
	PrincipalID    string `json:"principalId"`
	ARN            string `json:"arn"`
	AccountID      string `json:"accountId"`
	InvokedBy      string `json:"invokedBy"`
	SessionContext struct {
		SessionIssuer struct {
			ARN string `json:"arn"`
		} `json:"sessionIssuer"`
	} `json:"sessionContext"`
}

// parseRecord reads the body of one message; queueARN is the queue it came from. The error joins all that
// the body lacks.
func parseRecord(body, queueARN string) (*record, error) {
	var e envelope
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return nil, fmt.Errorf("body is no create event: %w", err)
	}
	d := &e.Detail
	r := &record{
		id:        d.EventID,
		event:     createevent.Event{EventSource: d.EventSource, Name: d.EventName},
		region:    firstText(d.AWSRegion, e.Region),
		account:   firstText(d.RecipientAccountID, e.Account, d.UserIdentity.AccountID),
		partition: firstText(partitionOf(d.UserIdentity.ARN), partitionOf(queueARN)),
		creator:   tagpolicy.Legalise(d.UserIdentity.creator()),
		at:        d.EventTime.UTC().Truncate(time.Second),
		errorCode: d.ErrorCode,
		elements:  map[string]any{"requestParameters": d.RequestParameters, "responseElements": d.ResponseElements},
	}
	var faults []error
	if e.DetailType != createevent.DetailType {
		faults = append(faults, fmt.Errorf("detail-type is %q, not %q", e.DetailType, createevent.DetailType))
	}
	for _, field := range []struct{ name, value string }{
		{"source", e.Source}, {"eventSource", d.EventSource}, {"eventName", d.EventName}, {"awsRegion", r.region},
		{"recipientAccountId", r.account}, {"an ARN in userIdentity or of the queue", r.partition},
	} {
		if field.value == "" {
			faults = append(faults, errors.New("lacks "+field.name))
		}
	}
	if d.EventTime.IsZero() {
		faults = append(faults, errors.New("lacks eventTime"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("body is no create event: %w", err)
	}
	return r, nil
}

// creator names who made the call: the user, the session of an assumed role, root, or the service that acted on its
// own. A service's session has a name that looks like a person's (AutoScaling, AWSCloudFormation, or a number of
// StackSets), so the role tells. A user whose call a service made on the user's behalf is still the creator.
func (i identity) creator() string {
	issuer := i.SessionContext.SessionIssuer.ARN
	_, session, _ := strings.Cut(i.PrincipalID, ":")
	role := firstText(lastPart(issuer), roleOf(i.ARN))
	switch {
	case i.Type == "Root":
		return "root"
	case i.InvokedBy != "" && i.Type == "AWSService":
		return i.InvokedBy
	case strings.Contains(issuer, serviceRolePath):
		_, path, _ := strings.Cut(issuer, serviceRolePath)
		principal, _, _ := strings.Cut(path, "/")
		return principal
	case strings.HasPrefix(role, "AWSServiceRoleFor"):
		return firstText(i.InvokedBy, role)
	case strings.Contains(issuer, ":role/service-role/") && isService(i.InvokedBy):
		return i.InvokedBy // a role that only services take, such as AWS Backup's
	case session == "AWSCloudFormation", role == "AWSCloudFormationStackSetExecutionRole", strings.HasPrefix(role, "stacksets-exec-"):
		return "cloudformation.amazonaws.com"
	case i.UserName != "":
		return i.UserName
	case session != "":
		return session
	}
	return firstText(i.ARN[strings.LastIndexByte(i.ARN, '/')+1:], i.PrincipalID, i.InvokedBy)
}

// serviceRolePath is in the ARN of every service-linked role, before the service's principal.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
const serviceRolePath = ":role/aws-service-role/"

// isService reports whether a creator is a service and no person.
func isService(creator string) bool {
	return strings.HasSuffix(creator, ".amazonaws.com") || strings.HasPrefix(creator, "AWSServiceRoleFor")
}

// roleOf is the role of the ARN of a session, or "".
func roleOf(arn string) string {
	_, path, _ := strings.Cut(arn, ":assumed-role/")
	role, _, _ := strings.Cut(path, "/")
	return role
}

// principalName is the user or session that an ARN names, as a create event would.
func principalName(arn string) string { return tagpolicy.Legalise(lastPart(arn)) }

// service is the service's short name, for metrics: ec2.
func (r *record) service() string {
	name, _, _ := strings.Cut(r.event.EventSource, ".")
	return name
}

// texts returns the texts that path leads to below requestParameters or responseElements. Names are joined
// by dots; name[] goes through a list, or the one element that stands for it. What is absent, null or of another kind gives nothing.
func (r *record) texts(path string) []string {
	var texts []string
	for _, v := range valuesAt(r.elements, strings.Split(path, ".")) {
		if s, ok := v.(string); ok && s != "" {
			texts = append(texts, s)
		}
	}
	return texts
}

// text returns the first of texts, or "".
func (r *record) text(path string) string {
	if texts := r.texts(path); len(texts) > 0 {
		return texts[0]
	}
	return ""
}

func valuesAt(v any, path []string) []any {
	if len(path) == 0 {
		return []any{v}
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	first, rest := path[0], path[1:]
	name, through := strings.CutSuffix(first, "[]")
	if !through {
		return valuesAt(object[name], rest)
	}
	var values []any
	for _, element := range elements(object[name]) {
		values = append(values, valuesAt(element, rest)...)
	}
	return values
}

// elements are those of a list. Where CloudTrail made JSON from XML, a list of one is that one.
func elements(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// tagPaths are where requests hold the tags of what they make, below requestParameters.
var tagPaths = []string{
	"tags", "Tags", "tag", "tagList", "tagsList", "tagSet", "createRestApiInput.tags",
	"backupVaultTags", "backupPlanTags", "userPoolTags", "identityPoolTags",
	"distributionConfigWithTags.tags", "CreateBucketConfiguration.Tags",
}

// requestTags reads the tags that the request gives.
func (r *record) requestTags() map[string]string {
	tags := map[string]string{}
	for _, path := range tagPaths {
		for _, v := range valuesAt(r.elements, strings.Split("requestParameters."+path, ".")) {
			addTags(tags, v)
		}
	}
	return tags
}

// launchTags reads the tags that an EC2 event gives to assets of one type (instance, volume, ...). Newer calls
// have their request one level deeper, and spelt as in the API.
func (r *record) launchTags(resourceType string) map[string]string {
	tags := map[string]string{}
	specs := valuesAt(r.elements, []string{"requestParameters", "tagSpecificationSet", "items[]"})
	// Transit gateways' attachments and route tables have the plural.
	for _, name := range []string{"TagSpecification[]", "TagSpecifications[]"} {
		specs = append(specs, valuesAt(r.elements, []string{"requestParameters", r.event.Name + "Request", name})...)
	}
	for _, v := range specs {
		spec, _ := v.(map[string]any)
		if spec["resourceType"] == resourceType || spec["ResourceType"] == resourceType {
			addTags(tags, spec["tags"])
			addTags(tags, spec["Tag"])
		}
	}
	return tags
}

// addTags adds tags in any shape that CloudTrail has: pairs of key and value, one or a list of them, also
// below items or Tag; or an object of keys and values.
func addTags(tags map[string]string, v any) {
	switch v := v.(type) {
	case []any:
		for _, pair := range v {
			addTags(tags, pair)
		}
	case map[string]any:
		if key := anyText(v, "key", "Key", "tagKey", "TagKey"); key != "" {
			tags[key] = anyText(v, "value", "Value", "tagValue", "TagValue")
			return
		}
		for key, value := range v {
			if text, ok := value.(string); ok {
				tags[key] = text
			} else if key == "items" || key == "Tag" || key == "tag" {
				addTags(tags, value)
			}
		}
	}
}

// anyText is the text under the first of the keys that has one.
func anyText(object map[string]any, keys ...string) string {
	for _, key := range keys {
		if text, ok := object[key].(string); ok {
			return text
		}
	}
	return ""
}

func partitionOf(arn string) string {
	if rest, ok := strings.CutPrefix(arn, "arn:"); ok {
		partition, _, _ := strings.Cut(rest, ":")
		return partition
	}
	return ""
}

// regionOf is the region that an ARN names, or "".
func regionOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 5); len(parts) == 5 {
		return parts[3]
	}
	return ""
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
