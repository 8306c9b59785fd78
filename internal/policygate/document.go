package policygate

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// resourcePolicies are the inputs that hold resource policies, by kind.
var resourcePolicies = map[string]string{
	"s3.Bucket": "policy", "s3.BucketPolicy": "policy",
	"sns.Topic": "policy", "sns.TopicPolicy": "policy",
	"sqs.Queue": "policy", "sqs.QueuePolicy": "policy",
	"kms.Key": "policy", "kms.KeyPolicy": "policy",
	"ecr.RepositoryPolicy":         "policy",
	"ecr.RegistryPolicy":           "policy",
	"s3.AccessPoint":               "policy",
	"s3control.AccessPointPolicy":  "policy",
	"glacier.Vault":                "accessPolicy",
	"secretsmanager.Secret":        "policy",
	"secretsmanager.SecretPolicy":  "policy",
	"cloudwatch.EventBusPolicy":    "policy",
	"efs.FileSystemPolicy":         "policy",
	"backup.VaultPolicy":           "policy",
	"opensearch.Domain":            "accessPolicies",
	"opensearch.DomainPolicy":      "accessPolicies",
	"dynamodb.ResourcePolicy":      "policy",
	"kinesis.ResourcePolicy":       "policy",
	"cloudwatch.LogResourcePolicy": "policyDocument",
}

// identityPolicies are the inputs that hold policies of identities, by kind.
var identityPolicies = map[string]string{
	"iam.Policy": "policy", "iam.RolePolicy": "policy", "iam.UserPolicy": "policy", "iam.GroupPolicy": "policy",
	"ssoadmin.PermissionSetInlinePolicy": "inlinePolicy",
}

// trust is the kind whose input says who may take a role on.
const trust = "iam.Role"

func kindsOf(inputs ...map[string]string) []string {
	var kinds []string
	for _, of := range inputs {
		for kind := range of {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// statement is one of a policy document. What is not known yet is absent.
type statement map[string]any

// statements are those of a document that is a JSON text or its tree. A document that is not known, or no JSON (AWS
// refuses that), has none.
func statements(document any) []statement {
	if text, ok := document.(string); ok {
		document = nil
		if json.Unmarshal([]byte(text), &document) != nil {
			return nil
		}
	}
	var all []statement
	for _, element := range list(within(document, "Statement")) {
		if s, ok := element.(map[string]any); ok {
			all = append(all, s)
		}
	}
	return all
}

func (s statement) allows() bool { return is(s["Effect"], "Allow") }

// String names the statement in a problem.
func (s statement) String() string {
	if sid, ok := s["Sid"].(string); ok && sid != "" {
		return "statement " + sid
	}
	return "a statement"
}

// anyone tells whether "*" is among the principals, or everybody is but those that are named.
func (s statement) anyone() bool {
	if is(s["Principal"], "*") || isSet(s["NotPrincipal"]) {
		return true
	}
	principals, _ := s["Principal"].(map[string]any)
	return slices.Contains(texts(principals["AWS"]), "*")
}

// bounds are the condition keys that tie a request to an account, an organisation, a network or a resource.
var bounds = []string{
	"aws:PrincipalOrgID", "aws:SourceAccount", "aws:SourceArn", "aws:PrincipalAccount", "aws:PrincipalArn",
	"aws:PrincipalOrgPaths", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceVpc", "aws:SourceVpce",
	"aws:SourceOwner", "kms:CallerAccount", "s3:DataAccessPointAccount",
}

// bounded tells whether a condition says whose requests are meant. Of the operators only those count that ask for a
// value: one that is content with its absence, or with every other value, bounds nothing.
func (s statement) bounded() bool {
	conditions, _ := s["Condition"].(map[string]any)
	for operator, of := range conditions {
		operator = strings.TrimPrefix(operator, "ForAnyValue:") // for keys of many values; it wants one of them
		asks := strings.HasPrefix(operator, "StringEquals") || strings.HasPrefix(operator, "StringLike") || strings.HasPrefix(operator, "Arn")
		if !asks || strings.Contains(operator, "Not") || strings.HasSuffix(operator, "IfExists") {
			continue
		}
		keys, _ := of.(map[string]any)
		for key, values := range keys {
			known := slices.ContainsFunc(bounds, func(bound string) bool { return strings.EqualFold(bound, key) })
			if known && !slices.ContainsFunc(texts(values), everybodys) {
				return true
			}
		}
	}
	return false
}

// everybodys tells whether a value of a condition is everybody's: nothing but wildcards, or an ARN of whichever account.
// An ARN without an account, as that of a bucket, must begin with a name.
func everybodys(value string) bool {
	if strings.Trim(value, "*?") == "" {
		return true
	}
	if !strings.HasPrefix(value, "arn:") {
		return false
	}
	parts := strings.SplitN(value, ":", 6)
	if len(parts) < 6 {
		return strings.ContainsAny(value, "*?")
	}
	account, resource := parts[4], parts[5]
	return strings.ContainsAny(account, "*?") || account == "" && strings.Trim(resource[:min(1, len(resource))], "*?") == ""
}

func publicPolicy(r *Resource) []string {
	var problems []string
	for _, s := range statements(r.at(resourcePolicies[r.Kind()])) {
		problems = append(problems, when(s.allows() && s.anyone() && !s.bounded(), s.String()+" allows everybody")...)
	}
	return problems
}

// document is a policy with the input that holds it.
type document struct {
	input      string
	statements []statement
}

// documents are the policies of a resource, those of resources and those of identities.
func documents(r *Resource) []document {
	kind := r.Kind()
	if kind == trust {
		all := []document{{"assumeRolePolicy", statements(r.at("assumeRolePolicy"))}}
		for _, inline := range list(r.at("inlinePolicies")) {
			all = append(all, document{"an inline policy", statements(within(inline, "policy"))})
		}
		return all
	}
	input := identityPolicies[kind]
	if input == "" {
		input = resourcePolicies[kind]
	}
	return []document{{input, statements(r.at(input))}}
}

// everything is every action, or every one of a service, however many wildcards say so.
var everything = regexp.MustCompile(`^[*?]+$|:[*?]+$`)

// wildcardActions finds what is allowed as "*" or as everything of a service.
func wildcardActions(r *Resource) []string {
	var problems []string
	for _, d := range documents(r) {
		for _, s := range d.statements {
			if !s.allows() {
				continue
			}
			if isSet(s["NotAction"]) {
				problems = append(problems, fmt.Sprintf("%s: %s allows by NotAction, that is everything else", d.input, s))
			}
			for _, action := range texts(s["Action"]) {
				if everything.MatchString(action) && !ownersOfKey(r, s, action) {
					problems = append(problems, fmt.Sprintf("%s: %s allows %s", d.input, s, action))
				}
			}
		}
	}
	return problems
}

// ownersOfKey is the one statement that needs kms:*: that of a key's account, without which nobody could change the
// key any more. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func ownersOfKey(r *Resource, s statement, action string) bool {
	if !slices.Contains([]string{"kms.Key", "kms.KeyPolicy"}, r.Kind()) || action != "kms:*" {
		return false
	}
	principals, _ := s["Principal"].(map[string]any)
	accounts := texts(principals["AWS"])
	return len(principals) == 1 && len(accounts) == 1 && !slices.ContainsFunc(accounts, func(arn string) bool {
		return !strings.HasSuffix(arn, ":root")
	})
}

// anyoneTrusted finds roles that everybody may take on.
func anyoneTrusted(r *Resource) []string {
	var problems []string
	for _, s := range statements(r.at("assumeRolePolicy")) {
		problems = append(problems, when(s.allows() && s.anyone() && !s.bounded(), s.String()+" trusts everybody")...)
	}
	return problems
}
