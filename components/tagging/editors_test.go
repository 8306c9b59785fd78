package tagging

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
	"assetguard/internal/place"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

type editorsDocument struct {
	Statement []struct {
		Sid, Effect string
		Action      []string
		Condition   map[string]map[string][]string
	}
}

func editorsPolicy(t *testing.T) (text string, document editorsDocument) {
	t.Helper()
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := NewEditors(ctx, "tag-editors", &EditorsArgs{Place: recorder.Place()})
		return err
	}})
	require.NoError(t, err)
	in := r.Inputs(t, "aws:iam/policy:Policy", "tag-editors")
	require.Equal(t, "assetguard-test-tag-editors-ap-northeast-2", in["name"])
	text = in["policy"].(string)
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	return text, document
}

func TestEditorsRemoveNoRequiredKey(t *testing.T) {
	_, document := editorsPolicy(t)
	allowed, denied := map[string]bool{}, map[string]bool{}
	for _, s := range document.Statement {
		for _, action := range s.Action {
			require.NotContains(t, action, "*")
			if s.Effect == "Allow" {
				allowed[action] = true
			}
			if s.Sid == "KeepRequiredTags" {
				require.Equal(t, "Deny", s.Effect)
				require.Equal(t, contract.ClassificationTags(), s.Condition["ForAnyValue:StringEquals"]["aws:TagKeys"])
				denied[action] = true
			}
		}
	}
	for action := range allowed {
		_, name, _ := strings.Cut(action, ":")
		if strings.HasPrefix(name, "Untag") || strings.HasPrefix(name, "Remove") || strings.HasPrefix(name, "Delete") {
			require.True(t, denied[action], "%s is allowed for every key", action)
		}
	}
	for _, action := range []string{"ec2:DeleteTags", "tag:UntagResources", "s3:UntagResource", "kinesis:RemoveTagsFromStream", "kinesis:UntagResource"} {
		require.True(t, denied[action], action)
	}
	require.True(t, allowed["s3:TagResource"] && allowed["kinesis:TagResource"] && allowed["s3:PutBucketTagging"])
}

func TestEditorsFitAManagedPolicyWithRoom(t *testing.T) {
	text, _ := editorsPolicy(t)
	require.Less(t, len(text), managedPolicyLimit-300)
	_, err := fitting(strings.Repeat("x ", managedPolicyLimit+1))
	require.ErrorContains(t, err, "6145 characters, IAM takes 6144")
}

// notEditable are services whose tags people set elsewhere, or by other statements of the policy.
var notEditable = map[string]string{
	"codebuild":  "tags are part of UpdateProject",
	"route53":    "one action sets and removes",
	"apigateway": "statement SetTagsOfAPIs",
	"iam":        "statement ClassifyPrincipals",
}

func TestEditorsKnowEveryServiceThatIsTagged(t *testing.T) {
	known := []string{}
	for _, e := range editable {
		known = append(known, e.service)
	}
	require.True(t, slices.IsSorted(known))
	for _, e := range createevent.All() {
		service := strings.TrimSuffix(e.EventSource, ".amazonaws.com")
		if service == "monitoring" {
			service = "cloudwatch"
		}
		_, other := notEditable[service]
		require.True(t, other != slices.Contains(known, service), "%s: add it to editable, or to notEditable with the reason", service)
	}
}

func TestEditorsNeedAPlace(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := NewEditors(ctx, "tag-editors", &EditorsArgs{Place: place.Place{}})
		return err
	}})
	require.ErrorContains(t, err, "editors tag-editors: place: partition is missing")
	require.Empty(t, r.Keys())
}
