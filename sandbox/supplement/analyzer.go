package supplement

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"assetguard/sandbox/api"
)

// accessAnalyzer is IAM Access Analyzer, which moto does not know: analyzers, their archive rules and tags. An
// analyzer finds nothing here.
func accessAnalyzer(accountID string) api.Supplement {
	a := &analyzers{account: accountID, kept: map[string]*analyzer{}}
	return api.Supplement{Service: "access-analyzer", Handle: map[string]api.Handler{
		"CreateAnalyzer": a.locked(a.create), "GetAnalyzer": a.locked(a.get), "ListAnalyzers": a.locked(a.list),
		"UpdateAnalyzer": a.locked(a.update), "DeleteAnalyzer": a.locked(a.delete),
		"CreateArchiveRule": a.locked(a.createRule), "GetArchiveRule": a.locked(a.getRule), "ListArchiveRules": a.locked(a.listRules),
		"UpdateArchiveRule": a.locked(a.updateRule), "DeleteArchiveRule": a.locked(a.deleteRule),
		"TagResource": a.locked(a.tag), "UntagResource": a.locked(a.untag), "ListTagsForResource": a.locked(a.listTags),
		"ListFindings": a.locked(a.noFindings), "ListFindingsV2": a.locked(a.noFindings), "ApplyArchiveRule": a.locked(a.applied),
	}}
}

type analyzers struct {
	account string
	mu      sync.Mutex // guards kept and what is in it
	kept    map[string]*analyzer
}

type analyzer struct {
	ARN           string            `json:"arn"`
	Name          string            `json:"name"`
	Type          string            `json:"type"`
	Status        string            `json:"status"`
	CreatedAt     string            `json:"createdAt"`
	Tags          map[string]string `json:"tags"`
	Configuration map[string]any    `json:"configuration,omitempty"`
	rules         map[string]*archiveRule
}

type archiveRule struct {
	Name      string         `json:"ruleName"`
	Filter    map[string]any `json:"filter"`
	CreatedAt string         `json:"createdAt"`
	UpdatedAt string         `json:"updatedAt"`
}

// analyzerTypes are the kinds of analyzers; of each an account has one in a region, those of unused access aside.
// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CreateAnalyzer.html
var analyzerTypes = []string{
	"ACCOUNT", "ORGANIZATION", "ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS", "ACCOUNT_INTERNAL_ACCESS", "ORGANIZATION_INTERNAL_ACCESS",
}

func (a *analyzers) locked(do func(c *api.Call) (any, error)) api.Handler {
	return func(_ context.Context, c *api.Call) (*api.Answer, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		out, err := do(c)
		if err != nil {
			return nil, err
		}
		return api.JSON(http.StatusOK, out), nil
	}
}

func refused(code string, status int, message string) error {
	return &api.Error{Code: code, Message: message, Status: status}
}

// of finds the analyzer that a call names, by its name or ARN.
func (a *analyzers) of(c *api.Call) (*analyzer, error) {
	name := cmp.Or(text(c, "analyzerName"), lastPart(text(c, "analyzerArn")), lastPart(text(c, "resourceArn")))
	if known := a.kept[c.Region+"/"+name]; known != nil {
		return known, nil
	}
	return nil, refused("ResourceNotFoundException", http.StatusNotFound, "Analyzer not found: "+name)
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

func (a *analyzers) create(c *api.Call) (any, error) {
	var in struct {
		AnalyzerName, Type string
		Tags               map[string]string
		Configuration      map[string]any
		ArchiveRules       []archiveRule
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if !slices.Contains(analyzerTypes, in.Type) || in.AnalyzerName == "" {
		return nil, refused("ValidationException", http.StatusBadRequest, "analyzerName is missing or type is not one of "+strings.Join(analyzerTypes, ", "))
	}
	for key, known := range a.kept {
		switch {
		case !strings.HasPrefix(key, c.Region+"/"):
		case known.Name == in.AnalyzerName:
			return nil, refused("ConflictException", http.StatusConflict, "Analyzer already exists: "+in.AnalyzerName)
		case known.Type == in.Type && !strings.HasSuffix(in.Type, "_UNUSED_ACCESS"):
			return nil, refused("ServiceQuotaExceededException", http.StatusPaymentRequired, "The account has an analyzer of type "+in.Type+" in this Region")
		}
	}
	made := &analyzer{
		ARN:  "arn:aws:access-analyzer:" + c.Region + ":" + a.account + ":analyzer/" + in.AnalyzerName,
		Name: in.AnalyzerName, Type: in.Type, Status: "ACTIVE", CreatedAt: now(), Tags: map[string]string{}, Configuration: in.Configuration, rules: map[string]*archiveRule{},
	}
	maps.Copy(made.Tags, in.Tags)
	for _, r := range in.ArchiveRules {
		made.rules[r.Name] = &archiveRule{r.Name, r.Filter, made.CreatedAt, made.CreatedAt}
	}
	a.kept[c.Region+"/"+in.AnalyzerName] = made
	return map[string]string{"arn": made.ARN}, nil
}

func (a *analyzers) get(c *api.Call) (any, error) {
	known, err := a.of(c)
	return map[string]any{"analyzer": known}, err
}

func (a *analyzers) list(c *api.Call) (any, error) {
	all := []*analyzer{}
	for _, key := range slices.Sorted(maps.Keys(a.kept)) {
		if strings.HasPrefix(key, c.Region+"/") && (text(c, "type") == "" || text(c, "type") == a.kept[key].Type) {
			all = append(all, a.kept[key])
		}
	}
	return map[string]any{"analyzers": all}, nil
}

func (a *analyzers) update(c *api.Call) (any, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, err
	}
	if wanted, ok := c.Input["configuration"].(map[string]any); ok {
		known.Configuration = wanted
	}
	return map[string]any{"configuration": known.Configuration}, nil
}

func (a *analyzers) delete(c *api.Call) (any, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, err
	}
	delete(a.kept, c.Region+"/"+known.Name)
	return map[string]any{}, nil
}

// Archive rules.

func (a *analyzers) rule(c *api.Call) (*analyzer, *archiveRule, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, nil, err
	}
	if r := known.rules[text(c, "ruleName")]; r != nil {
		return known, r, nil
	}
	return nil, nil, refused("ResourceNotFoundException", http.StatusNotFound, "Archive rule not found: "+text(c, "ruleName"))
}

func (a *analyzers) createRule(c *api.Call) (any, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, err
	}
	name := text(c, "ruleName")
	if known.rules[name] != nil {
		return nil, refused("ConflictException", http.StatusConflict, "Archive rule already exists: "+name)
	}
	filter, _ := c.Input["filter"].(map[string]any)
	known.rules[name] = &archiveRule{name, filter, now(), now()}
	return map[string]any{}, nil
}

func (a *analyzers) getRule(c *api.Call) (any, error) {
	_, r, err := a.rule(c)
	return map[string]any{"archiveRule": r}, err
}

func (a *analyzers) listRules(c *api.Call) (any, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, err
	}
	all := []*archiveRule{}
	for _, name := range slices.Sorted(maps.Keys(known.rules)) {
		all = append(all, known.rules[name])
	}
	return map[string]any{"archiveRules": all}, nil
}

func (a *analyzers) updateRule(c *api.Call) (any, error) {
	_, r, err := a.rule(c)
	if err != nil {
		return nil, err
	}
	r.Filter, _ = c.Input["filter"].(map[string]any)
	r.UpdatedAt = now()
	return map[string]any{}, nil
}

func (a *analyzers) deleteRule(c *api.Call) (any, error) {
	known, r, err := a.rule(c)
	if err != nil {
		return nil, err
	}
	delete(known.rules, r.Name)
	return map[string]any{}, nil
}

func (a *analyzers) applied(c *api.Call) (any, error) {
	_, _, err := a.rule(c)
	return map[string]any{}, err
}

func (a *analyzers) noFindings(c *api.Call) (any, error) {
	_, err := a.of(c)
	return map[string]any{"findings": []any{}}, err
}

// Tags.

func (a *analyzers) tag(c *api.Call) (any, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, err
	}
	tags, _ := c.Input["tags"].(map[string]any)
	for key, value := range tags {
		known.Tags[key], _ = value.(string)
	}
	return map[string]any{}, nil
}

func (a *analyzers) untag(c *api.Call) (any, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, err
	}
	keys, _ := c.Input["tagKeys"].([]any)
	for _, key := range keys {
		name, _ := key.(string)
		delete(known.Tags, name)
	}
	return map[string]any{}, nil
}

func (a *analyzers) listTags(c *api.Call) (any, error) {
	known, err := a.of(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tags": known.Tags}, nil
}
