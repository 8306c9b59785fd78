package events

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// access is a request of an AWS service that a resource policy must permit.
type access struct {
	principal string // "events.amazonaws.com"
	action    string // "sqs:SendMessage"
	resource  string // ARN
	sourceARN string // the rule or topic on whose behalf the service acts
	account   string // the account of the source
}

// statement is one statement of a policy.
type statement struct {
	Effect    string
	Principal any
	Action    any
	NotAction any
	Resource  any
	Condition map[string]map[string]any
}

// permits evaluates a resource policy for a service's request: some statement
// allows it and none denies it. No policy, or one that is not JSON, permits
// nothing. A condition whose operator or key is not known here does not hold.
func permits(policy string, a access) bool {
	var document struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(policy), &document) != nil {
		return false
	}
	var statements []statement
	if json.Unmarshal(document.Statement, &statements) != nil {
		var single statement
		if json.Unmarshal(document.Statement, &single) != nil {
			return false
		}
		statements = []statement{single}
	}
	allowed := false
	for _, s := range statements {
		if !s.applies(a) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = allowed || s.Effect == "Allow"
	}
	return allowed
}

func (s statement) applies(a access) bool {
	actions := anyLike(s.Action, strings.ToLower(a.action), true)
	if s.NotAction != nil {
		actions = !anyLike(s.NotAction, strings.ToLower(a.action), true)
	}
	if !actions || !s.names(a.principal) {
		return false
	}
	if s.Resource != nil && !anyLike(s.Resource, a.resource, false) {
		return false
	}
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			if !a.meets(operator, key, wanted) {
				return false
			}
		}
	}
	return true
}

// names reports whether the statement's principal covers a service. A principal
// of accounts or roles does not.
func (s statement) names(service string) bool {
	switch principal := s.Principal.(type) {
	case string:
		return principal == "*" || principal == service
	case map[string]any:
		return anyLike(principal["Service"], service, false) || anyEqual(principal["AWS"], "*")
	}
	return false
}

// meets evaluates one condition.
func (a access) meets(operator, key string, wanted any) bool {
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	values := map[string]string{
		"aws:sourcearn": a.sourceARN, "aws:sourceaccount": a.account,
		"aws:securetransport": "true", "aws:principalisawsservice": "true", "aws:principalservicename": a.principal,
	}
	have, known := values[strings.ToLower(key)]
	if operator == "Null" {
		return anyEqual(wanted, map[bool]string{true: "false", false: "true"}[known])
	}
	if !known || have == "" {
		return ifExists || strings.Contains(operator, "Not")
	}
	switch operator {
	case "StringEquals":
		return anyEqual(wanted, have)
	case "StringNotEquals":
		return !anyEqual(wanted, have)
	case "StringLike", "ArnLike", "ArnEquals":
		return anyLike(wanted, have, false)
	case "StringNotLike", "ArnNotLike", "ArnNotEquals":
		return !anyLike(wanted, have, false)
	case "StringEqualsIgnoreCase", "Bool":
		return anyEqual(wanted, strings.ToLower(have))
	}
	return false
}

// texts are the strings of a value that is one string (or bool) or a list.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case bool:
		return []string{map[bool]string{true: "true", false: "false"}[v]}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, texts(item)...)
		}
		return all
	}
	return nil
}

func anyEqual(value any, want string) bool {
	for _, text := range texts(value) {
		if text == want {
			return true
		}
	}
	return false
}

// anyLike matches with the wildcards * and ?.
func anyLike(value any, want string, fold bool) bool {
	for _, text := range texts(value) {
		if fold {
			text = strings.ToLower(text)
		}
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(text))
		if matched, err := regexp.MatchString("(?s)^"+expression+"$", want); err == nil && matched {
			return true
		}
	}
	return false
}

// keyPermits reports whether a service may use the key that encrypts a queue or
// topic. No key is always permitted; the AWS managed key never is, since its
// policy cannot name a service.
func (p *Plane) keyPermits(ctx context.Context, region, key string, a access) bool {
	if key == "" {
		return true
	}
	if strings.Contains(key, "alias/aws/") {
		return false
	}
	found, err := recall(p.known, "key "+region+"/"+key, func() (keyPolicy, error) { return p.readKeyPolicy(ctx, region, key) })
	if err != nil {
		return false
	}
	a.resource = found.arn
	for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
		a.action = action
		if !permits(found.policy, a) {
			return false
		}
	}
	return true
}

// keyPolicy is the policy of a key, whatever name the key was asked by.
type keyPolicy struct{ arn, policy string }

func (p *Plane) readKeyPolicy(ctx context.Context, region, key string) (keyPolicy, error) {
	keys := p.aws.in(region).keys
	described, err := keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(key)})
	if err != nil {
		return keyPolicy{}, err
	}
	got, err := keys.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: described.KeyMetadata.KeyId, PolicyName: aws.String("default")})
	if err != nil {
		return keyPolicy{}, err
	}
	return keyPolicy{arn: aws.ToString(described.KeyMetadata.Arn), policy: aws.ToString(got.Policy)}, nil
}
