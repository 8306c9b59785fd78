package sweep

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// IAM is what is asked of IAM beside the tags.
type IAM interface {
	ListUsers(context.Context, *iam.ListUsersInput, ...func(*iam.Options)) (*iam.ListUsersOutput, error)
	ListRoles(context.Context, *iam.ListRolesInput, ...func(*iam.Options)) (*iam.ListRolesOutput, error)
	ListPolicies(context.Context, *iam.ListPoliciesInput, ...func(*iam.Options)) (*iam.ListPoliciesOutput, error)
	ListInstanceProfiles(context.Context, *iam.ListInstanceProfilesInput, ...func(*iam.Options)) (*iam.ListInstanceProfilesOutput, error)
}

// awsPaths begin the paths of roles that AWS makes and nobody else may tag: service-linked ones and those of
// permission sets.
var awsPaths = []string{"/aws-service-role/", "/aws-reserved/"}

func listUsers(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.IAM.ListUsers(ctx, &iam.ListUsersInput{Marker: first(token)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.Users {
		assets = append(assets, r.identity(out.Users[i].Arn, out.Users[i].CreateDate)...)
	}
	return assets, aws.ToString(out.Marker), r.readIdentities(ctx, assets)
}

func listRoles(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.IAM.ListRoles(ctx, &iam.ListRolesInput{Marker: first(token)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.Roles {
		role := &out.Roles[i]
		if !slices.ContainsFunc(awsPaths, func(path string) bool { return strings.HasPrefix(aws.ToString(role.Path), path) }) {
			assets = append(assets, r.identity(role.Arn, role.CreateDate)...)
		}
	}
	return assets, aws.ToString(out.Marker), r.readIdentities(ctx, assets)
}

func listPolicies(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.IAM.ListPolicies(ctx, &iam.ListPoliciesInput{Marker: first(token), Scope: iamtypes.PolicyScopeTypeLocal})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.Policies {
		assets = append(assets, r.identity(out.Policies[i].Arn, out.Policies[i].CreateDate)...)
	}
	return assets, aws.ToString(out.Marker), r.readIdentities(ctx, assets)
}

func listInstanceProfiles(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.IAM.ListInstanceProfiles(ctx, &iam.ListInstanceProfilesInput{Marker: first(token)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.InstanceProfiles {
		assets = append(assets, r.identity(out.InstanceProfiles[i].Arn, out.InstanceProfiles[i].CreateDate)...)
	}
	return assets, aws.ToString(out.Marker), r.readIdentities(ctx, assets)
}

// identity makes an asset of IAM, whatever the region.
func (r *region) identity(arn *string, created *time.Time) []asset {
	a, ok := r.asset(aws.ToString(arn))
	if !ok {
		return nil
	}
	a.CreatedAt = aws.ToTime(created)
	return []asset{a}
}

func (r *region) readIdentities(ctx context.Context, assets []asset) error {
	return readTags(assets, func(a *asset) (map[string]string, error) { return r.Own.Read(ctx, a.Type, a.ARN) })
}
