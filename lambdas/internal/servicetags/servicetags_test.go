package servicetags_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/lambdas/internal/servicetags"
)

// roles is an IAM with one role; calls for other kinds panic.
type roles struct {
	servicetags.IAM
	name   string
	tagged []types.Tag
}

func (r *roles) ListRoleTags(_ context.Context, in *iam.ListRoleTagsInput, _ ...func(*iam.Options)) (*iam.ListRoleTagsOutput, error) {
	if *in.RoleName != r.name {
		return nil, &smithy.GenericAPIError{Code: "NoSuchEntity"}
	}
	return &iam.ListRoleTagsOutput{Tags: []types.Tag{{Key: aws.String("Course"), Value: aws.String("Go")}}}, nil
}

func (r *roles) TagRole(_ context.Context, in *iam.TagRoleInput, _ ...func(*iam.Options)) (*iam.TagRoleOutput, error) {
	r.tagged = in.Tags
	return &iam.TagRoleOutput{}, nil
}

func TestRolesAreNamedWithoutTheirPath(t *testing.T) {
	client := &roles{name: "was"}
	own := servicetags.Clients{IAM: client}
	tags, err := own.Read(t.Context(), "iam:role", "arn:aws:iam::123456789012:role/team/was")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"Course": "Go"}, tags)
	_, err = own.Read(t.Context(), "iam:role", "arn:aws:iam::123456789012:role/other")
	require.ErrorContains(t, err, "NoSuchEntity")
	require.NoError(t, own.Write(t.Context(), "iam:role", "arn:aws:iam::123456789012:role/team/was", map[string]string{"Owner": "DevOps", "AssetType": "WAS"}))
	assert.Equal(t, []types.Tag{{Key: aws.String("AssetType"), Value: aws.String("WAS")}, {Key: aws.String("Owner"), Value: aws.String("DevOps")}}, client.tagged)
}

func TestKindsWithoutCalls(t *testing.T) {
	for kind, covered := range map[string]bool{"iam:user": true, "iam:instance-profile": true, "aps:workspace": true, "grafana:workspaces": true,
		"iam:oidc-provider": false, "ec2:instance": false} {
		assert.Equal(t, covered, servicetags.Covers(kind), kind)
	}
	_, err := servicetags.Clients{}.Read(t.Context(), "iam:oidc-provider", "arn:aws:iam::123456789012:oidc-provider/x")
	require.ErrorContains(t, err, "iam:oidc-provider")
	require.ErrorContains(t, servicetags.Clients{}.Write(t.Context(), "ec2:instance", "arn", nil), "ec2:instance")
}
