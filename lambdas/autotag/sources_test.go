package autotag

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sources says for each row by "service/event" where its shape was seen: testdata/sources.tsv. It is the address of
// CloudTrail's record, or of code that reads such records; or else unverified, and what is known.
func sources(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/sources.tsv")
	require.NoError(t, err)
	found := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		fields := strings.Split(line, "\t")
		require.Len(t, fields, 2, line)
		require.NotContains(t, found, fields[0], "stands twice")
		found[fields[0]] = fields[1]
	}
	return found
}

func TestEveryRowSaysWhereItsShapeIsFrom(t *testing.T) {
	found, names := sources(t), []string{}
	for _, w := range table {
		name := fixtureName(w.event)
		names = append(names, name)
		assert.Regexp(t, `^(https://|unverified: )\S+`, found[name], name)
	}
	slices.Sort(names)
	assert.Equal(t, names, slices.Sorted(maps.Keys(found)))
}

// changed is a fixture with other responseElements.
func changed(t *testing.T, name string, change func(response map[string]any) any) string {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(fixture(t, name)), &body))
	detail := body["detail"].(map[string]any)
	response, _ := detail["responseElements"].(map[string]any)
	detail["responseElements"] = change(response)
	b, err := json.Marshal(body)
	require.NoError(t, err)
	return string(b)
}

func foundARNs(t *testing.T, body string) []string {
	t.Helper()
	r, err := parseRecord(body, queueARN)
	require.NoError(t, err)
	var found []string
	for _, a := range rows[r.event].assets(r) {
		found = append(found, a.ARN)
	}
	return found
}

// A row that knows the request's name for the asset needs no response.
func TestARNsWithoutAResponse(t *testing.T) {
	expected := arns(t)
	for _, w := range table {
		name := fixtureName(w.event)
		if name == "elasticloadbalancing/CreateLoadBalancer" { // only a classic one's request is enough
			continue
		}
		if !slices.ContainsFunc(w.ids, func(p place) bool { return strings.HasPrefix(p.path, "requestParameters.") }) {
			continue
		}
		body := changed(t, name, func(map[string]any) any { return nil })
		assert.Equal(t, expected[name], foundARNs(t, body), name)
	}
}

// Which EC2 calls answer in the form of the API's XML changes over time, so both forms count for all.
func TestEC2ResponsesOfBothForms(t *testing.T) {
	expected := arns(t)
	for _, w := range table {
		service, event, _ := strings.Cut(fixtureName(w.event), "/")
		if service != "ec2" {
			continue
		}
		body := changed(t, "ec2/"+event, func(response map[string]any) any {
			if inner, ok := response[event+"Response"]; ok {
				return renamed(inner, "item", "items")
			}
			return map[string]any{event + "Response": renamed(response, "items", "item")}
		})
		assert.Equal(t, expected["ec2/"+event], foundARNs(t, body), event)
	}
}

// renamed is v with all keys that are from named to.
func renamed(v any, from, to string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = renamed(v[i], from, to)
		}
	case map[string]any:
		for key, value := range maps.Clone(v) {
			delete(v, key)
			if key == from {
				key = to
			}
			v[key] = renamed(value, from, to)
		}
	}
	return v
}
