package example

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assetguard/internal/example/evidence"
	"assetguard/internal/recorder"
)

// observe returns what the component made of all that the example registered: the components of its package and
// what stands below them. A package that has no component type, but only declares resources, made them all.
func observe(component string, r *recorder.Recorder) *evidence.Evidence {
	all := r.Registrations()
	prefix := "assetguard:" + component + ":"
	whole := !slices.ContainsFunc(all, func(g recorder.Registration) bool { return strings.HasPrefix(g.Token, prefix) })
	seen := &evidence.Evidence{Grants: []evidence.Grant{}}
	for _, g := range all {
		if whole || strings.HasPrefix(g.Token, prefix) || strings.Contains(typesAbove(g), prefix) {
			seen.Resources = append(seen.Resources, g.Token+" "+g.Name)
			seen.Grants = append(seen.Grants, grants(g)...)
		}
	}
	return seen
}

// typesAbove are the types of the resources above, as the parent's URN has them: outermost$...$parent.
func typesAbove(g recorder.Registration) string {
	parts := strings.Split(g.Options.Parent, "::")
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

// grants are the statements of the policy documents among a resource's inputs.
func grants(g recorder.Registration) []evidence.Grant {
	var all []evidence.Grant
	for _, property := range slices.Sorted(maps.Keys(g.Inputs)) {
		for _, s := range statements(g.Inputs[property]) {
			all = append(all, s.grant(g.Token+" "+g.Name))
		}
	}
	if g.Token == "aws:lambda/permission:Permission" {
		all = append(all, evidence.Grant{
			In: g.Token + " " + g.Name, To: []string{fmt.Sprint(g.Inputs["principal"])}, Actions: []string{fmt.Sprint(g.Inputs["action"])},
			Conditions: []string{fmt.Sprintf("ArnLike aws:SourceArn %v", g.Inputs["sourceArn"])},
		})
	}
	return all
}

// statements are those of the policy documents in an input, wherever below it they stand.
func statements(input any) []statement {
	var all []statement
	switch value := input.(type) {
	case string:
		var document struct{ Statement json.RawMessage }
		if json.Unmarshal([]byte(value), &document) != nil || document.Statement == nil {
			return nil
		}
		var one statement
		if json.Unmarshal(document.Statement, &one) == nil {
			return []statement{one}
		}
		if err := json.Unmarshal(document.Statement, &all); err != nil {
			panic("a policy document that IAM would refuse: " + err.Error() + ": " + value)
		}
	case []any:
		for _, element := range value {
			all = append(all, statements(element)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			all = append(all, statements(value[key])...)
		}
	}
	return all
}

// statement is a statement of a policy document. Where IAM takes a text or a list of texts, it has either.
type statement struct {
	Sid, Effect                                                       string
	Principal, NotPrincipal, Action, NotAction, Resource, NotResource any
	Condition                                                         map[string]map[string]any
}

func (s statement) grant(in string) evidence.Grant {
	grant := evidence.Grant{In: in, Sid: s.Sid, Deny: s.Effect == "Deny", Actions: texts(s.Action), On: texts(s.Resource)}
	grant.Actions = append(grant.Actions, but(s.NotAction)...)
	grant.On = append(grant.On, but(s.NotResource)...)
	if s.NotPrincipal != nil {
		grant.To = []string{"everybody but the named"}
	}
	principals, _ := s.Principal.(map[string]any)
	for _, kind := range slices.Sorted(maps.Keys(principals)) {
		grant.To = append(grant.To, texts(principals[kind])...)
	}
	if s.Principal == "*" {
		grant.To = []string{"*"}
	}
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			grant.Conditions = append(grant.Conditions, operator+" "+key+" "+strings.Join(texts(s.Condition[operator][key]), ", "))
		}
	}
	return grant
}

// but are the texts of an element that means all others.
func but(value any) []string {
	all := texts(value)
	for i, text := range all {
		all[i] = "all but " + text
	}
	return all
}

// texts is a text, or a list of texts, as a list.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		all := make([]string, len(v))
		for i, text := range v {
			all[i] = fmt.Sprint(text)
		}
		return all
	case bool, float64:
		return []string{fmt.Sprint(v)}
	}
	return nil
}
