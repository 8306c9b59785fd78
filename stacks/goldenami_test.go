package stacks

import (
	"encoding/json"
	"testing"

	"assetguard/internal/recorder"
	"assetguard/stacks/config"

	"github.com/stretchr/testify/require"
)

// runImage runs the example of prod with its golden image changed.
func runImage(t *testing.T, image map[string]any) (*recorder.Recorder, error) {
	t.Helper()
	clearAWS(t)
	var settings map[string]any
	require.NoError(t, json.Unmarshal([]byte(settingsOf(t, "config/testdata/example.prod.yaml")[config.Key]), &settings))
	settings["goldenImage"] = image
	changed, err := json.Marshal(settings)
	require.NoError(t, err)
	return recorder.Run(recorder.Program{
		Stack: "prod", Root: rootWithFunctions(t), Config: map[string]string{config.Key: string(changed)}, Run: Run,
	})
}

func TestNoImageUnlessItIsEnabled(t *testing.T) {
	r, err := runImage(t, nil)
	require.NoError(t, err)
	require.Empty(t, with(r, "imagebuilder"))
	require.Empty(t, with(r, "goldenami"))
}

func TestImageOfProd(t *testing.T) {
	r, err := runImage(t, map[string]any{"enabled": true, "hardening": map[string]any{"off": map[string]any{"aide": "another tool watches the files"}}})
	require.NoError(t, err)
	infrastructure := r.Inputs(t, "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration", "golden-ami")
	settings, err := config.LoadFile("config/testdata/example.prod.yaml")
	require.NoError(t, err)
	require.Equal(t, settings.Network.PrivateSubnetIDs[0], infrastructure["subnetId"], "builds run in a private subnet")
	require.Equal(t, []any{"t4g.medium", "m7g.medium"}, infrastructure["instanceTypes"])
	recipe := r.Inputs(t, "aws:imagebuilder/imageRecipe:ImageRecipe", "golden-ami")
	require.Equal(t, "arn:aws:imagebuilder:ap-northeast-2:aws:image/amazon-linux-2023-arm64/x.x.x", recipe["parentImage"])
	require.True(t, r.Options(t, "aws:imagebuilder/imageRecipe:ImageRecipe", "golden-ami").RetainOnDelete)
	require.True(t, r.Options(t, "assetguard:bucket:Bucket", "image-builder-logs").Protect, "the reports are the auditor's")
	logging, ok := r.Inputs(t, "aws:imagebuilder/component:Component", "golden-ami-hardening-logging")["data"].(string)
	require.True(t, ok)
	plain, err := runImage(t, map[string]any{"enabled": true})
	require.NoError(t, err)
	require.NotEqual(t, plain.Inputs(t, "aws:imagebuilder/component:Component", "golden-ami-hardening-logging")["data"], logging, "a rule that is off changes the document")
	require.Contains(t, recipe["components"], map[string]any{"componentArn": "arn:aws:imagebuilder:ap-northeast-2:aws:component/reboot-test-linux/x.x.x"})
}

// TestSharedImageHasAKeyOfItsOwn: nobody else reads what the stack's own key encrypts.
func TestSharedImageHasAKeyOfItsOwn(t *testing.T) {
	organization := "arn:aws:organizations::111122223333:organization/o-abcdefghij"
	r, err := runImage(t, map[string]any{
		"enabled": true, "regions": []any{"us-east-1"},
		"share": map[string]any{"accounts": []any{"444455556666"}, "organizationArn": organization},
	})
	require.NoError(t, err)
	golden(t, "golden-ami-key-policy.json", r.Document(t, "aws:kms/key:Key", "golden-ami", "policy"))
	require.NotContains(t, r.Document(t, "aws:kms/key:Key", "main", "policy"), "444455556666")
	require.Contains(t, r.Document(t, "aws:kms/key:Key", "golden-ami-us-east-1", "policy"), "444455556666")

	own := "arn:aws:kms:ap-northeast-2:111122223333:key/1a2b3c4d"
	r, err = runImage(t, map[string]any{"enabled": true, "keyArns": map[string]any{"ap-northeast-2": own}})
	require.NoError(t, err)
	volume := r.Inputs(t, "aws:imagebuilder/imageRecipe:ImageRecipe", "golden-ami")["blockDeviceMappings"].([]any)[0].(map[string]any)["ebs"].(map[string]any)
	require.Equal(t, own, volume["kmsKeyId"])
	require.Empty(t, with(r, "aws:kms/key:Key golden-ami"))
}

func TestTheCompanysOwnComponent(t *testing.T) {
	_, err := runImage(t, map[string]any{"enabled": true, "components": []any{map[string]any{"document": "images/agent.yaml"}}})
	require.ErrorContains(t, err, "images/agent.yaml", "a document that is not there")
	r, err := runImage(t, map[string]any{"enabled": true, "components": []any{map[string]any{"arn": "arn:aws:imagebuilder:ap-northeast-2:111122223333:component/agent/x.x.x"}}})
	require.NoError(t, err)
	require.Contains(t, r.Inputs(t, "aws:imagebuilder/imageRecipe:ImageRecipe", "golden-ami")["components"],
		map[string]any{"componentArn": "arn:aws:imagebuilder:ap-northeast-2:111122223333:component/agent/x.x.x"})
}
