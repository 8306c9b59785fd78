package tagging_test

import (
	"regexp"
	"strings"
	"testing"

	"assetguard/components/tagging"
	"assetguard/internal/place"
	"assetguard/internal/recorder"
	"assetguard/internal/tagpolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newGroups(p place.Place, policy *tagpolicy.Policy) (*recorder.Recorder, *tagging.Groups, error) {
	var groups *tagging.Groups
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		var err error
		groups, err = tagging.NewGroups(ctx, "groups", &tagging.GroupsArgs{Place: p, Policy: policy})
		return err
	}})
	return r, groups, err
}

// names and descriptions that the service takes.
var (
	groupName        = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,127}$`)
	groupDescription = regexp.MustCompile(`^[\sa-zA-Z0-9_.-]{0,511}$`)
)

func TestGroupsForEveryEnvironmentAndAssetType(t *testing.T) {
	r, groups, err := newGroups(recorder.Place(), &tagpolicy.Policy{
		AssetTypes: []tagpolicy.AssetType{{ID: "student-database", Value: "수강생 데이터 베이스"}},
		Defaults:   map[string]string{"Environment": "PROD"},
		Rules: []tagpolicy.Rule{
			{Tags: map[string]string{"Environment": "DEV"}}, {Tags: map[string]string{"Environment": "PROD"}},
			{Tags: map[string]string{"Environment": "prod"}}, {Tags: map[string]string{"Environment": "시험"}},
			{Tags: map[string]string{"Owner": "Web"}},
		},
	})
	require.NoError(t, err)
	queries := map[string]string{}
	for _, key := range r.Keys() {
		token, name, _ := strings.Cut(key, " ")
		if token != "aws:resourcegroups/group:Group" {
			continue
		}
		in := r.Inputs(t, token, name)
		require.Regexp(t, groupName, in["name"])
		require.Regexp(t, groupDescription, in["description"])
		queries[in["name"].(string)] = in["resourceQuery"].(map[string]any)["query"].(string)
	}
	query := func(key, values string) string {
		return `{"ResourceTypeFilters":["AWS::AllSupported"],"TagFilters":[{"Key":"` + key + `","Values":[` + values + `]}]}`
	}
	const korean = "assetguard-test-environment-eaf4dc07" // a digest of the value
	require.Equal(t, map[string]string{
		"assetguard-test-environment-prod":            query("Environment", `"PROD","prod"`),
		"assetguard-test-environment-dev":             query("Environment", `"DEV"`),
		korean:                                        query("Environment", `"시험"`),
		"assetguard-test-asset-type-student-database": query("AssetType", `"수강생 데이터 베이스"`),
		"assetguard-test-unclassified":                query("AssetType", `"unclassified"`),
	}, queries)
	require.Len(t, groups.Links, len(queries))
	require.Equal(t, "https://ap-northeast-2.console.aws.amazon.com/resource-groups/group/assetguard-test-unclassified?region=ap-northeast-2",
		groups.Links["assetguard-test-unclassified"])
}

func TestGroupsHaveNoLinksWhereTheConsoleIsUnknown(t *testing.T) {
	p := recorder.Place()
	p.Partition = "aws-iso"
	_, groups, err := newGroups(p, &tagpolicy.Policy{})
	require.NoError(t, err)
	require.Empty(t, groups.Links)
}

func TestGroupsNeedAPolicy(t *testing.T) {
	r, _, err := newGroups(place.Place{}, nil)
	require.ErrorContains(t, err, "groups groups: place: partition is missing")
	require.ErrorContains(t, err, "Policy is required")
	require.Empty(t, r.Keys())
}
