package iampolicy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Version is the policy language version.
const Version = "2012-10-17"

// Statement is one intent of a policy.
type Statement struct {
	Sid        string // names the intent: letters and digits, unique in its document
	Deny       bool   // deny instead of allow
	Principals Principals
	Actions    []string // "service:Action"; a wildcard within the action's name needs a Reason
	Resources  pulumi.StringArrayInput
	Conditions Conditions
	// Reason says why this statement may use a wildcard: "*" as resource (the API knows no other), or
	// in an action.
	Reason string
	// AnyResource is "*" as the only resource. Needs a Reason, except in a resource policy, where "*"
	// is the resource that carries it.
	AnyResource bool
}

// Principals of a resource policy. An identity policy has none.
type Principals struct {
	Services []string // sns.amazonaws.com
	AWS      pulumi.StringArrayInput
	Anyone   bool // "*": only in Deny statements, and where a condition on aws:PrincipalOrgID names the organisation
}

// Conditions maps operator to condition key to values: {"StringEquals": {"aws:SourceAccount": {...}}}.
type Conditions map[string]map[string]pulumi.StringArrayInput

// Values is a condition's or resource list of fixed strings.
func Values(v ...string) pulumi.StringArray { return pulumi.ToStringArray(v) }

// FromAccount is the condition that keeps a service principal from acting for another account (the
// confused deputy). https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func FromAccount(accountID string) Conditions {
	return Conditions{"StringEquals": {"aws:SourceAccount": Values(accountID)}}
}

// DenyInsecureTransport refuses every request to resources that does not use TLS.
func DenyInsecureTransport(actions []string, resources pulumi.StringArrayInput) Statement {
	return Statement{
		Sid: "DenyInsecureTransport", Deny: true, Principals: Principals{Anyone: true},
		Actions: actions, Resources: resources, Reason: "a denial is meant to be wide",
		Conditions: Conditions{"Bool": {"aws:SecureTransport": Values("false")}},
	}
}

// JSON renders the document. Call Validate first: JSON does not check.
func JSON(statements []Statement) pulumi.StringOutput {
	rendered := make([]any, len(statements))
	for i, s := range statements {
		rendered[i] = s.render()
	}
	return pulumi.JSONMarshal(map[string]any{"Version": Version, "Statement": rendered})
}

// AssumedBy is the trust policy of a role that a service assumes under the conditions, which may be nil.
func AssumedBy(service string, conditions Conditions) pulumi.StringOutput {
	s := Statement{
		Sid: "Assume", Principals: Principals{Services: []string{service}},
		Actions: []string{"sts:AssumeRole"}, Conditions: conditions,
	}
	return JSON([]Statement{s})
}

func (s Statement) render() map[string]any {
	out := map[string]any{"Sid": s.Sid, "Effect": "Allow", "Action": pulumi.ToStringArray(s.Actions)}
	if s.Deny {
		out["Effect"] = "Deny"
	}
	switch {
	case s.AnyResource:
		out["Resource"] = "*"
	case s.Resources != nil:
		out["Resource"] = s.Resources
	}
	if p := s.Principals.render(); p != nil {
		out["Principal"] = p
	}
	if len(s.Conditions) > 0 {
		out["Condition"] = s.Conditions.render()
	}
	return out
}

func (p Principals) render() any {
	out := map[string]any{}
	if p.Anyone {
		return "*"
	}
	if len(p.Services) > 0 {
		out["Service"] = pulumi.ToStringArray(p.Services)
	}
	if p.AWS != nil {
		out["AWS"] = p.AWS
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (c Conditions) render() map[string]any {
	out := map[string]any{}
	for operator, keys := range c {
		rendered := map[string]any{}
		for key, values := range keys {
			rendered[key] = values
		}
		out[operator] = rendered
	}
	return out
}

var (
	sidSyntax    = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	actionSyntax = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9*]+$`)
)

// Validate reports every fault of an identity policy's statements, or of a resource policy's when they
// carry principals: a missing or repeated Sid, a malformed action, no resource, a wildcard without a reason, an
// open principal. Trust policies name no resource and are not for it.
func Validate(statements []Statement) error {
	var errs []error
	seen := map[string]bool{}
	for i, s := range statements {
		where := fmt.Sprintf("policy statement %d (%s)", i, s.Sid)
		if !sidSyntax.MatchString(s.Sid) {
			errs = append(errs, fmt.Errorf("%s: Sid must be letters and digits and name the intent", where))
		}
		if seen[s.Sid] {
			errs = append(errs, fmt.Errorf("%s: Sid is used twice; name each intent once", where))
		}
		seen[s.Sid] = true
		errs = append(errs, s.faults(where)...)
	}
	return errors.Join(errs...)
}

// open tells whether the statement allows something to everybody. Principals of one organisation are not everybody.
func (s Statement) open() bool {
	return s.Principals.Anyone && !s.Deny && s.Conditions["StringEquals"]["aws:PrincipalOrgID"] == nil
}

func (s Statement) faults(where string) []error {
	var errs []error
	if len(s.Actions) == 0 {
		errs = append(errs, fmt.Errorf("%s: Actions is empty; list the actions", where))
	}
	for _, a := range s.Actions {
		if !actionSyntax.MatchString(a) {
			errs = append(errs, fmt.Errorf("%s: action %q must be service:Action", where, a))
		}
	}
	wildcard := slices.ContainsFunc(s.Actions, func(a string) bool { return strings.Contains(a, "*") })
	if wildcard && s.Reason == "" {
		errs = append(errs, fmt.Errorf("%s: a wildcard in Actions needs a Reason; better list the actions", where))
	}
	if s.AnyResource && s.Reason == "" && s.Principals.render() == nil {
		errs = append(errs, fmt.Errorf("%s: AnyResource needs a Reason; better name the resources", where))
	}
	if !s.AnyResource && s.Resources == nil {
		errs = append(errs, fmt.Errorf("%s: Resources is missing; name what the actions are for", where))
	}
	if s.AnyResource && s.Resources != nil {
		errs = append(errs, fmt.Errorf("%s: give Resources or AnyResource, not both", where))
	}
	if s.open() {
		errs = append(errs, fmt.Errorf("%s: Principals.Anyone is for Deny only, or for one organisation; name the principal", where))
	}
	return errs
}
