package tagging

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The assets that lambdas/autotag expects to tag are exactly those that the role may tag.
func TestEveryAssetOfTheEventsMayBeTagged(t *testing.T) {
	text, err := os.ReadFile("../../lambdas/autotag/testdata/arns.txt")
	require.NoError(t, err)
	p := place.Place{Partition: "aws", Region: "ap-northeast-2", AccountID: "123456789012", DNSSuffix: "amazonaws.com"}
	used := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		arn := strings.SplitN(line, " ", 3)[2]
		found := false
		for _, resource := range taggedResources(p) {
			if globMatches(resource, permissionARN(arn)) {
				found, used[resource] = true, true
			}
		}
		assert.True(t, found, "no statement lets the function tag %s", arn)
	}
	for _, resource := range taggedResources(p) {
		// The first is another form of what is there with an account, the second what CloudFront's firewalls are.
		other := strings.Contains(resource, ":ec2:*::") || strings.HasSuffix(resource, ":global/*")
		assert.True(t, used[resource] || other, "%s is of no event", resource)
	}
}

// permissionARN is what a permission to tag the asset is about: API Gateway's is about its tags.
func permissionARN(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); parts[2] == "apigateway" {
		return strings.Join(parts[:5], ":") + ":/tags/" + arn
	}
	return arn
}

func taggedResources(p place.Place) []string {
	var resources []string
	for _, document := range tagPermissions(p) {
		for _, s := range document {
			for _, r := range s.Resources.(pulumi.StringArray) {
				resources = append(resources, string(r.(pulumi.String)))
			}
		}
	}
	return resources
}

func globMatches(pattern, arn string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(arn)
}

func TestTagPermissionsFitManagedPolicies(t *testing.T) {
	p := place.Place{Partition: "aws-us-gov", Region: "us-gov-west-1", AccountID: "123456789012", DNSSuffix: "amazonaws.com"}
	documents := tagPermissions(p)
	assert.LessOrEqual(t, len(documents), 10, "a role takes ten managed policies")
	assert.Greater(t, len(documents), 1)
	sids := map[string]bool{}
	for _, statements := range documents {
		require.NoError(t, iampolicy.Validate(statements))
		rendered := 0
		for _, s := range statements {
			assert.False(t, sids[s.Sid], s.Sid)
			sids[s.Sid] = true
			document, err := json.Marshal(map[string]any{"Sid": s.Sid, "Effect": "Allow", "Action": s.Actions, "Resource": s.Resources})
			require.NoError(t, err)
			rendered += len(document)
			assert.LessOrEqual(t, len(document), length(s), "length counts at least what is rendered")
		}
		assert.LessOrEqual(t, rendered+len(`{"Statement":[],"Version":"2012-10-17"}`)+len(statements), managedPolicyLimit)
	}
	assert.Len(t, sids, len(taggables)+5)
}
