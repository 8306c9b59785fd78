package tagging

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"assetguard/internal/assetlist"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the lists read is granted, fits one managed policy even with the longest names, and changes nothing.
func TestListPermissions(t *testing.T) {
	p := place.Place{Partition: "aws-us-gov", Region: "us-gov-west-1", AccountID: "123456789012", DNSSuffix: "amazonaws.com"}
	statements := listPermissions(p)
	require.NoError(t, iampolicy.Validate(statements))
	rendered := len(`{"Statement":[],"Version":"2012-10-17"}`)
	granted := map[string]bool{}
	for _, s := range statements {
		document := map[string]any{"Sid": s.Sid, "Effect": "Allow", "Action": s.Actions, "Resource": "*"}
		if !s.AnyResource {
			document["Resource"] = s.Resources
			for _, resource := range s.Resources.(pulumi.StringArray) {
				assert.True(t, strings.HasPrefix(string(resource.(pulumi.String)), "arn:aws-us-gov:"), resource)
				assert.NotContains(t, string(resource.(pulumi.String)), "$")
			}
		}
		text, err := json.Marshal(document)
		require.NoError(t, err)
		rendered += len(text) + 1
		for _, action := range s.Actions {
			granted[action] = true
		}
	}
	assert.LessOrEqual(t, rendered, managedPolicyLimit)
	reading := regexp.MustCompile(`^[a-z0-9-]+:(List|Describe|Get|GET$)`)
	for action := range granted {
		assert.Regexp(t, reading, action)
		assert.NotContains(t, action, "Value", "no list reads a secret")
	}
	assert.True(t, granted["cloudformation:ListResources"])
	for _, kind := range assetlist.Kinds() {
		for _, read := range kind.Reads {
			action, _, _ := strings.Cut(read, "@")
			assert.True(t, granted[action], "%s of %s", action, kind.Name)
		}
	}
	assert.LessOrEqual(t, len(tagPermissions(p))+1, 10, "a role takes ten managed policies")
	t.Logf("%d actions in %d characters", len(granted), rendered)
}
