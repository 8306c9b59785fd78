package key_test

import (
	"encoding/json"
	"testing"

	"assetguard/components/key"
	"assetguard/internal/place"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newKey(args *key.Args) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := key.New(ctx, "main", args)
		return err
	}})
}

func TestKeyRotatesAndHasAnAlias(t *testing.T) {
	r, err := newKey(&key.Args{Place: recorder.Place(), DeletionWindowDays: 30})
	require.NoError(t, err)
	in := r.Inputs(t, "aws:kms/key:Key", "main")
	require.Equal(t, true, in["enableKeyRotation"])
	require.InDelta(t, 30, in["deletionWindowInDays"], 0)
	require.Equal(t, "alias/assetguard-test-main", r.Inputs(t, "aws:kms/alias:Alias", "main")["name"])
}

func TestLogsPrincipalFollowsThePartition(t *testing.T) {
	china := place.Place{Partition: "aws-cn", Region: "cn-north-1", AccountID: "123456789012", DNSSuffix: "amazonaws.com.cn"}
	r, err := newKey(&key.Args{Place: china, Uses: []key.Use{key.ForLogs(china)}, DeletionWindowDays: 7})
	require.NoError(t, err)
	policy := r.Document(t, "aws:kms/key:Key", "main", "policy")
	require.Contains(t, policy, "logs.cn-north-1.amazonaws.com.cn")
	require.Contains(t, policy, "arn:aws-cn:logs:cn-north-1:123456789012:log-group:*")
}

func TestKeyRefusesBadArguments(t *testing.T) {
	r, err := newKey(&key.Args{Place: recorder.Place(), DeletionWindowDays: 3})
	require.ErrorContains(t, err, "key main: DeletionWindowDays is 3; give 7 to 30")
	require.Empty(t, r.Keys())
	_, err = newKey(&key.Args{DeletionWindowDays: 30})
	require.ErrorContains(t, err, "region is missing")
}

func TestServicesUseTheKeyAsTheyCan(t *testing.T) {
	p := recorder.Place()
	r, err := newKey(&key.Args{Place: p, DeletionWindowDays: 30, Uses: []key.Use{
		key.ForTrail(p), key.ForEvents(), key.ForAlarms(p), key.ForNotices(p),
	}})
	require.NoError(t, err)
	var policy struct {
		Statement []struct {
			Sid       string
			Action    []string
			Condition map[string]map[string][]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.Document(t, "aws:kms/key:Key", "main", "policy")), &policy))
	source := map[string]map[string][]string{"StringEquals": {"aws:SourceAccount": {p.AccountID}}}
	conditions := map[string]map[string]map[string][]string{
		"LetIAMPoliciesGrantUse": nil,
		"EncryptTrail":           {"ArnLike": {"aws:SourceArn": {"arn:aws:cloudtrail:ap-northeast-2:123456789012:trail/*"}}},
		"SendEvents":             nil, // EventBridge names no source to KMS
		"SendAlarms":             source,
		"SendNotices":            source,
	}
	require.Len(t, policy.Statement, len(conditions))
	for _, s := range policy.Statement {
		require.Equal(t, conditions[s.Sid], s.Condition, s.Sid)
		if s.Sid != "LetIAMPoliciesGrantUse" {
			require.Contains(t, s.Action, "kms:GenerateDataKey", s.Sid)
			require.Contains(t, s.Action, "kms:Decrypt", s.Sid)
		}
	}
}
