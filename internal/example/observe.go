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
		text, ok := g.Inputs[property].(string)
		var document struct{ Statement []statement }
		if !ok || json.Unmarshal([]byte(text), &document) != nil {
			continue
		}
		for _, s := range document.Statement {
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

// statement is a statement as internal/iampolicy renders it.
type statement struct {
	Sid, Effect string
	Principal   any
	Action      []string
	Resource    any
	Condition   map[string]map[string][]string
}

func (s statement) grant(in string) evidence.Grant {
	grant := evidence.Grant{In: in, Sid: s.Sid, Deny: s.Effect == "Deny", Actions: s.Action, On: texts(s.Resource)}
	principals, _ := s.Principal.(map[string]any)
	for _, kind := range slices.Sorted(maps.Keys(principals)) {
		grant.To = append(grant.To, texts(principals[kind])...)
	}
	if s.Principal == "*" {
		grant.To = []string{"*"}
	}
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			grant.Conditions = append(grant.Conditions, operator+" "+key+" "+strings.Join(s.Condition[operator][key], ", "))
		}
	}
	return grant
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
	}
	return nil
}
