package goldenami

import (
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/imagebuilder"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Lifecycle is what becomes of old images.
type Lifecycle struct {
	DeprecateAfterDays int // 1 to 1000
	DeleteAfterDays    int // more than DeprecateAfterDays, at most 1000
	Keep               int // images that always stay, 1 to 10
}

// usedMonths is how long ago an instance must have been launched from an image that may be deleted.
const usedMonths = 1

func (l Lifecycle) fault() error {
	var order error
	if l.DeleteAfterDays <= l.DeprecateAfterDays {
		order = errors.New("DeleteAfterDays must be more than DeprecateAfterDays")
	}
	return errors.Join(argument.Within("DeprecateAfterDays", l.DeprecateAfterDays, 1, 1000),
		argument.Within("DeleteAfterDays", l.DeleteAfterDays, 1, 1000), argument.Within("Keep", l.Keep, 1, 10), order)
}

// newLifecycle declares the policy that deprecates images, and later deletes them with their snapshots, of all versions
// of the recipe. Who tags an image Keep=true keeps it, and so does who launched an instance from it lately or promoted it.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-rules.html
func (p *Pipeline) newLifecycle(ctx *pulumi.Context, name string, args *PipelineArgs) error {
	role, err := iam.NewRole(ctx, name+"-lifecycle", &iam.RoleArgs{
		Name:                pulumi.String(naming.Of(ctx, naming.Role, name, "lifecycle", args.Place.Region)),
		Description:         pulumi.String("Lets Image Builder deprecate and delete old images"),
		AssumeRolePolicy:    iampolicy.AssumedBy("imagebuilder.amazonaws.com", iampolicy.FromAccount(args.Place.AccountID)),
		PermissionsBoundary: boundary(args.Place),
	}, pulumi.Parent(p))
	if err != nil {
		return err
	}
	// The managed policy reaches what is tagged as made by Image Builder only, and follows what policies need.
	// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html
	attached, err := iam.NewRolePolicyAttachment(ctx, name+"-lifecycle", &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(fmt.Sprintf("arn:%s:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy", args.Place.Partition)),
	}, pulumi.Parent(p))
	if err != nil {
		return err
	}
	_, err = imagebuilder.NewLifecyclePolicy(ctx, name, &imagebuilder.LifecyclePolicyArgs{
		Name: pulumi.String(naming.Of(ctx, naming.ImageBuilder, name)), Description: pulumi.String("Old hardened images: deprecated, then deleted"),
		ExecutionRole: role.Arn, ResourceType: pulumi.String("AMI_IMAGE"), Status: pulumi.String("ENABLED"),
		PolicyDetails: args.Lifecycle.details(),
		ResourceSelection: &imagebuilder.LifecyclePolicyResourceSelectionArgs{
			Recipes: args.Recipe.selection(),
		},
	}, pulumi.Parent(p), pulumi.DependsOn([]pulumi.Resource{attached}))
	return err
}

// selection names every version: the provider takes no x.x.x.
func (r *Recipe) selection() imagebuilder.LifecyclePolicyResourceSelectionRecipeArray {
	var out imagebuilder.LifecyclePolicyResourceSelectionRecipeArray
	for _, version := range r.versions {
		out = append(out, &imagebuilder.LifecyclePolicyResourceSelectionRecipeArgs{Name: r.Name, SemanticVersion: pulumi.String(version)})
	}
	return out
}

func (l Lifecycle) details() imagebuilder.LifecyclePolicyPolicyDetailArray {
	// Every switch is given: what the provider fills in itself shows as a change in each preview.
	kept := &imagebuilder.LifecyclePolicyPolicyDetailExclusionRulesArgs{
		Amis: &imagebuilder.LifecyclePolicyPolicyDetailExclusionRulesAmisArgs{
			IsPublic: pulumi.Bool(false),
			TagMap:   pulumi.StringMap{contract.TagKeep: pulumi.String("true")},
			LastLaunched: &imagebuilder.LifecyclePolicyPolicyDetailExclusionRulesAmisLastLaunchedArgs{
				Unit: pulumi.String("MONTHS"), Value: pulumi.Int(usedMonths),
			},
		},
	}
	return imagebuilder.LifecyclePolicyPolicyDetailArray{
		&imagebuilder.LifecyclePolicyPolicyDetailArgs{
			Action: &imagebuilder.LifecyclePolicyPolicyDetailActionArgs{
				Type: pulumi.String("DEPRECATE"),
				IncludeResources: &imagebuilder.LifecyclePolicyPolicyDetailActionIncludeResourcesArgs{
					Amis: pulumi.Bool(true), Snapshots: pulumi.Bool(false), Containers: pulumi.Bool(false),
				},
			},
			Filter: &imagebuilder.LifecyclePolicyPolicyDetailFilterArgs{
				Type: pulumi.String("AGE"), Unit: pulumi.String("DAYS"), Value: pulumi.Int(l.DeprecateAfterDays),
			},
			ExclusionRules: kept,
		},
		&imagebuilder.LifecyclePolicyPolicyDetailArgs{
			Action: &imagebuilder.LifecyclePolicyPolicyDetailActionArgs{
				Type: pulumi.String("DELETE"),
				IncludeResources: &imagebuilder.LifecyclePolicyPolicyDetailActionIncludeResourcesArgs{
					Amis: pulumi.Bool(true), Snapshots: pulumi.Bool(true), Containers: pulumi.Bool(false),
				},
			},
			Filter: &imagebuilder.LifecyclePolicyPolicyDetailFilterArgs{
				Type: pulumi.String("AGE"), Unit: pulumi.String("DAYS"), Value: pulumi.Int(l.DeleteAfterDays), RetainAtLeast: pulumi.Int(l.Keep),
			},
			ExclusionRules: kept,
		},
	}
}
