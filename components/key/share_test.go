package key_test

import (
	"testing"

	"assetguard/components/key"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func shared(with key.Share) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := key.New(ctx, "image", &key.Args{Place: recorder.Place(), DeletionWindowDays: 30, SharedWith: with})
		return err
	}})
}

func TestKeySharedForLaunches(t *testing.T) {
	r, err := shared(key.Share{Accounts: []string{"444455556666"}, OrganizationID: "o-abcdefghij"})
	require.NoError(t, err)
	policy := r.Document(t, "aws:kms/key:Key", "image", "policy")
	for _, part := range []string{"LaunchAccounts", "GrantAccounts", "arn:aws:iam::444455556666:root", "LaunchOrganization", "GrantOrganization",
		`"aws:PrincipalOrgID": [`, "o-abcdefghij", `"kms:GrantIsForAWSResource": [`} {
		require.Contains(t, policy, part)
	}
	r, err = shared(key.Share{})
	require.NoError(t, err)
	require.NotContains(t, r.Document(t, "aws:kms/key:Key", "image", "policy"), "Launch")
	_, err = shared(key.Share{Accounts: []string{"4444"}})
	require.ErrorContains(t, err, `SharedWith.Accounts: "4444" is no account number`)
	_, err = shared(key.Share{OrganizationID: "abc"})
	require.ErrorContains(t, err, `SharedWith.OrganizationID: "abc" is no id`)
}
