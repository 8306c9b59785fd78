package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

func TestAlertingDefaults(t *testing.T) {
	s, err := Parse("prod", encoded(t, example(t)))
	require.NoError(t, err)
	assert.Equal(t, Defaults().Alerting, s.Alerting)
	assert.Equal(t, contract.AlertRules{
		Routes: []contract.AlertRoute{
			{Audience: contract.AudienceSecurity, Severity: "HIGH"}, {Audience: contract.AudienceDevOps, Severity: "CRITICAL"},
		},
		Singles: 10, GatherSeconds: 300,
	}, s.Rules())
}

func TestAlertingIsRead(t *testing.T) {
	tree := example(t)
	put(tree, "alerting", map[string]any{
		"routes": []any{map[string]any{
			"audience": "purchasing", "severity": "LOW", "environments": []any{"PROD"},
			"assetTypes": []any{"student-database", "unclassified"}, "products": []any{"Inspector"},
		}},
		"singles": 3, "runbooks": "https://wiki.example.com/runbooks",
	})
	s, err := Parse("prod", encoded(t, tree))
	require.NoError(t, err)
	assert.Equal(t, contract.AlertRules{
		Routes: []contract.AlertRoute{{
			Audience: contract.AudiencePurchasing, Severity: "LOW", Environments: []string{"PROD"},
			AssetTypes: []string{"수강생 데이터 베이스", "unclassified"}, Products: []string{"Inspector"},
		}},
		Singles: 3, GatherSeconds: 300, RunbookBase: "https://wiki.example.com/runbooks",
	}, s.Rules(), "the default's routes give way, the other defaults stay; ids become the values of the tag")
}

func TestAlertingFaults(t *testing.T) {
	route := func(change map[string]any) []any {
		r := map[string]any{"audience": "security", "severity": "HIGH"}
		for key, value := range change {
			r[key] = value
		}
		return []any{r}
	}
	numbers := func(n int) []any {
		var all []any
		for i := range n {
			all = append(all, fmt.Sprintf("%012d", i))
		}
		return all
	}
	var crowd []any
	for i := range 100 {
		crowd = append(crowd, fmt.Sprintf("somebody-%d@%s.example.com", i, strings.Repeat("x", 20)))
	}
	for name, c := range map[string]struct {
		path    string
		value   any
		at      string
		problem string
	}{
		"audience":          {"alerting.routes", route(map[string]any{"audience": "devop"}), "alerting.routes[0].audience", `"devop" is not known`},
		"severity":          {"alerting.routes", route(map[string]any{"severity": "SEVERE"}), "alerting.routes[0].severity", `"SEVERE" is not known`},
		"severity missing":  {"alerting.routes", []any{map[string]any{"audience": "security"}}, "alerting.routes[0].severity", "missing"},
		"audience missing":  {"alerting.routes", []any{map[string]any{"severity": "LOW"}}, "alerting.routes[0].audience", "missing"},
		"asset type":        {"alerting.routes", route(map[string]any{"assetTypes": []any{"web-servers"}}), "alerting.routes[0].assetTypes[0]", `"web-servers" is not known`},
		"product twice":     {"alerting.routes", route(map[string]any{"products": []any{"Inspector", "Inspector"}}), "alerting.routes[0].products[1]", "stands at [0] already"},
		"many products":     {"alerting.routes", route(map[string]any{"products": numbers(11)}), "alerting.routes[0].products", "11 elements, more than 10"},
		"no route":          {"alerting.routes", []any{}, "alerting.routes", "nobody would be told"},
		"routes too long":   {"alerting.routes", route(map[string]any{"environments": []any{strings.Repeat("e", 3000)}}), "alerting.routes", "bytes of the environment of a function"},
		"singles":           {"alerting.singles", 0, "alerting.singles", "0 is not between 1 and 100"},
		"gather":            {"alerting.gatherSeconds", 901, "alerting.gatherSeconds", "901 is not between 10 and 900"},
		"account":           {"alerting.accounts", []any{"12"}, "alerting.accounts[0]", `"12" does not fit`},
		"many accounts":     {"alerting.accounts", numbers(41), "alerting.accounts", "41 elements, more than 40"},
		"log severity":      {"alerting.logSeverity", "low", "alerting.logSeverity", `"low" is not known`},
		"runbooks":          {"alerting.runbooks", "http://wiki.example.com/", "alerting.runbooks", "does not fit"},
		"unknown key":       {"alerting.digest", 5, "alerting.digest", "unknown"},
		"too many to watch": {"people.devops", crowd, "people", "bytes of the environment of a function"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := example(t)
			put(tree, c.path, c.value)
			_, err := Parse("prod", encoded(t, tree))
			var faults *Error
			require.ErrorAs(t, err, &faults)
			var found []string
			for _, fault := range faults.Faults {
				if fault.Path == c.at {
					found = append(found, fault.Problem)
				}
			}
			assert.Contains(t, strings.Join(found, "\n"), c.problem, "%v", faults.Faults)
		})
	}
}

func TestAllFaultsOfAlertingAtOnce(t *testing.T) {
	tree := example(t)
	put(tree, "alerting", map[string]any{
		"routes":  []any{map[string]any{"audience": "all", "severity": "HIGH"}, map[string]any{"audience": "security", "severity": "MAX"}},
		"singles": 101, "gatherSeconds": 5,
	})
	_, err := Parse("prod", encoded(t, tree))
	for _, path := range []string{"alerting.routes[0].audience", "alerting.routes[1].severity", "alerting.singles", "alerting.gatherSeconds"} {
		require.ErrorContains(t, err, path)
	}
}
