package sweep

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"assetguard/internal/contract"
)

// IAM is what is asked of IAM, whose users and roles the tagging API does not tag.
type IAM interface {
	ListUsers(context.Context, *iam.ListUsersInput, ...func(*iam.Options)) (*iam.ListUsersOutput, error)
	ListRoles(context.Context, *iam.ListRolesInput, ...func(*iam.Options)) (*iam.ListRolesOutput, error)
	ListPolicies(context.Context, *iam.ListPoliciesInput, ...func(*iam.Options)) (*iam.ListPoliciesOutput, error)
	ListInstanceProfiles(context.Context, *iam.ListInstanceProfilesInput, ...func(*iam.Options)) (*iam.ListInstanceProfilesOutput, error)
	ListUserTags(context.Context, *iam.ListUserTagsInput, ...func(*iam.Options)) (*iam.ListUserTagsOutput, error)
	ListRoleTags(context.Context, *iam.ListRoleTagsInput, ...func(*iam.Options)) (*iam.ListRoleTagsOutput, error)
	ListPolicyTags(context.Context, *iam.ListPolicyTagsInput, ...func(*iam.Options)) (*iam.ListPolicyTagsOutput, error)
	ListInstanceProfileTags(context.Context, *iam.ListInstanceProfileTagsInput, ...func(*iam.Options)) (*iam.ListInstanceProfileTagsOutput, error)
	TagUser(context.Context, *iam.TagUserInput, ...func(*iam.Options)) (*iam.TagUserOutput, error)
	TagRole(context.Context, *iam.TagRoleInput, ...func(*iam.Options)) (*iam.TagRoleOutput, error)
	TagPolicy(context.Context, *iam.TagPolicyInput, ...func(*iam.Options)) (*iam.TagPolicyOutput, error)
	TagInstanceProfile(context.Context, *iam.TagInstanceProfileInput, ...func(*iam.Options)) (*iam.TagInstanceProfileOutput, error)
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
	return readTags(assets, func(a *asset) (map[string]string, error) { return identityTags(ctx, r.IAM, a) })
}

// identityTags reads the tags of a user, role, policy or instance profile: at most 50, which one page holds.
func identityTags(ctx context.Context, client IAM, a *asset) (map[string]string, error) {
	var list []iamtypes.Tag
	name := &a.Names[0]
	switch a.Type {
	case "iam:user":
		out, err := client.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: name})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	case "iam:role":
		out, err := client.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: name})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	case "iam:policy":
		out, err := client.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: &a.ARN})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	default:
		out, err := client.ListInstanceProfileTags(ctx, &iam.ListInstanceProfileTagsInput{InstanceProfileName: name})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	}
	tags := map[string]string{}
	for _, tag := range list {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

// identityTypes are the types that IAM's own calls tag. Others of IAM are left to the tagging API.
var identityTypes = []string{"iam:user", "iam:role", "iam:policy", "iam:instance-profile"}

func (i *item) identity() bool { return slices.Contains(identityTypes, i.Type) }

// lookAtIdentity is lookAt of an asset of IAM.
func (h *Handler) lookAtIdentity(ctx context.Context, i *item) {
	tags, err := identityTags(ctx, h.regions(h.tagRegion(globalRegion)).IAM, &i.asset)
	switch {
	case err == nil:
		i.Tags = tags
	case codeOf(err) == "NoSuchEntity":
		i.outcome, i.reason = contract.OutcomeNotTaggable, reasonGone
	default: // what it carries is not known, so nothing is written
		i.outcome, i.reason = contract.OutcomeFailed, reasonOf(codeOf(err), statusOf(err))
		h.log.Warn("tags cannot be read", "arn", i.ARN, "error", err.Error())
	}
}

// tagIdentity gives an asset of IAM the tags that it lacks.
func (h *Handler) tagIdentity(ctx context.Context, p *pass, i *item) {
	client, name := h.regions(h.tagRegion(globalRegion)).IAM, &i.Names[0]
	var tags []iamtypes.Tag
	for key, value := range i.missing {
		tags = append(tags, iamtypes.Tag{Key: &key, Value: &value})
	}
	var err error
	switch i.Type {
	case "iam:user":
		_, err = client.TagUser(ctx, &iam.TagUserInput{UserName: name, Tags: tags})
	case "iam:role":
		_, err = client.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: tags})
	case "iam:policy":
		_, err = client.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: &i.ARN, Tags: tags})
	default:
		_, err = client.TagInstanceProfile(ctx, &iam.TagInstanceProfileInput{InstanceProfileName: name, Tags: tags})
	}
	if err != nil {
		h.fail(p, i, reasonOf(codeOf(err), statusOf(err)), err.Error())
		return
	}
	i.outcome, i.reason = contract.OutcomeTagged, ""
}
