package goldenami

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	hardening "assetguard/imagebuilder"
	"assetguard/internal/argument"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/imagebuilder"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// rootDevice is the name of the root volume in the images of Amazon Linux.
const rootDevice = "/dev/xvda"

// platform of all that is made here.
const platform = "Linux"

// Document is what a component does, in the language of Image Builder's documents.
type Document struct {
	Name        string // once in a recipe, such as hardening-access
	Description string // for people, in the console
	Body        string // YAML
	// Parameters are values for the document's parameters. Optional: it has none.
	Parameters map[string]pulumi.StringInput
}

// RecipeArgs of a Recipe.
type RecipeArgs struct {
	Place  place.Place        // where the components stand
	KeyArn pulumi.StringInput // encrypts the components and the root volume
	// KeyName names that key in the versions: a component or recipe with another key is another one, and the ARN of a key
	// that the stack makes is not known before.
	KeyName     string
	ParentImage string // ARN of the base image; x.x.x takes the newest
	VolumeGB    int    // size of the root volume in GiB
	// Bucket holds documents of more than 16,000 characters.
	Bucket    pulumi.StringInput
	Documents []Document // what is made into components, in this order
	// Components are ARNs of components that exist, which run after the documents. Optional: none.
	Components []string
	// Keep leaves replaced components and recipes in AWS, as images and other stacks may refer to them. Optional: false,
	// they are deleted.
	Keep bool
	// Existing are ARNs of components and recipes that the account has, without build versions, the newest recipes first.
	// What is among them is imported: it was replaced once, and stayed. Optional: none.
	Existing []string
}

// Recipe is the recipe <project>-<stack>-<name> with the components of its documents.
type Recipe struct {
	pulumi.ResourceState

	Arn     pulumi.StringOutput `pulumi:"arn"`     // of the recipe, with its version
	Name    pulumi.StringOutput `pulumi:"name"`    // without the version
	Version pulumi.StringOutput `pulumi:"version"` // derives from the content

	versions []string // this one, and those of before that stayed
}

func (a *RecipeArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("Bucket", a.Bucket),
		argument.Within("VolumeGB", a.VolumeGB, 8, 1024)}
	if a.ParentImage == "" || a.KeyName == "" {
		errs = append(errs, errors.New("ParentImage and KeyName are required"))
	}
	if n := len(a.Documents) + len(a.Components); n == 0 || n > hardening.MaxComponents {
		errs = append(errs, fmt.Errorf("%d documents and components: a recipe takes 1 to %d", n, hardening.MaxComponents))
	}
	seen := map[string]bool{}
	for _, d := range a.Documents {
		switch {
		case d.Name == "" || seen[d.Name]:
			errs = append(errs, fmt.Errorf("document %q: give each a name of its own", d.Name))
		case d.Body == "" || len(d.Body) > hardening.MaxDocumentBytes:
			errs = append(errs, fmt.Errorf("document %s has %d bytes: Image Builder takes 1 to %d", d.Name, len(d.Body), hardening.MaxDocumentBytes))
		}
		seen[d.Name] = true
	}
	return argument.Check("recipe "+name, errs...)
}

// NewRecipe declares the components, and the recipe that runs them.
func NewRecipe(ctx *pulumi.Context, name string, args *RecipeArgs, opts ...pulumi.ResourceOption) (*Recipe, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	r := &Recipe{}
	if err := ctx.RegisterComponentResource("assetguard:goldenami:Recipe", name, r, opts...); err != nil {
		return nil, err
	}
	var components imagebuilder.ImageRecipeComponentArray
	for _, d := range args.Documents {
		component, err := r.newComponent(ctx, name, d, args)
		if err != nil {
			return nil, fmt.Errorf("recipe %s: component %s: %w", name, d.Name, err)
		}
		components = append(components, &imagebuilder.ImageRecipeComponentArgs{ComponentArn: component.Arn, Parameters: d.parameters()})
	}
	for _, arn := range args.Components {
		components = append(components, &imagebuilder.ImageRecipeComponentArgs{ComponentArn: pulumi.String(arn)})
	}
	physical, version := naming.Of(ctx, naming.ImageBuilder, name), args.version(ctx, name)
	recipe, err := imagebuilder.NewImageRecipe(ctx, name, &imagebuilder.ImageRecipeArgs{
		Name: pulumi.String(physical), Version: pulumi.String(version),
		Description: pulumi.String("Hardened image of " + ctx.Project() + ", stack " + ctx.Stack()),
		ParentImage: pulumi.String(args.ParentImage),
		BlockDeviceMappings: imagebuilder.ImageRecipeBlockDeviceMappingArray{&imagebuilder.ImageRecipeBlockDeviceMappingArgs{
			DeviceName: pulumi.String(rootDevice),
			Ebs: &imagebuilder.ImageRecipeBlockDeviceMappingEbsArgs{
				Encrypted: pulumi.String("true"), KmsKeyId: args.KeyArn.ToStringOutput(),
				VolumeSize: pulumi.Int(args.VolumeGB), VolumeType: pulumi.String("gp3"), DeleteOnTermination: pulumi.String("true"),
			},
		}},
		Components: components,
	}, r.kept(args, "image-recipe/"+physical+"/"+version, "", "blockDeviceMappings")...)
	if err != nil {
		return nil, fmt.Errorf("recipe %s: %w", name, err)
	}
	r.versions = args.versions(physical, version)
	r.Arn, r.Name, r.Version = recipe.Arn, recipe.Name, recipe.Version
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"arn": r.Arn, "name": r.Name, "version": r.Version})
}

// newComponent declares the component of a document.
func (r *Recipe) newComponent(ctx *pulumi.Context, name string, d Document, args *RecipeArgs) (*imagebuilder.Component, error) {
	child, physical, version := name+"-"+d.Name, naming.Of(ctx, naming.ImageBuilder, d.Name), d.version(args.KeyName)
	component := &imagebuilder.ComponentArgs{
		Name: pulumi.String(physical), Version: pulumi.String(version), Platform: pulumi.String(platform),
		Description: pulumi.String(d.Description), KmsKeyId: args.KeyArn.ToStringOutput(),
	}
	if len([]rune(d.Body)) <= hardening.MaxInlineCharacters {
		component.Data = pulumi.String(d.Body)
	} else {
		// The object stays like the component that is made of it: its version is in its name.
		object, err := s3.NewBucketObjectv2(ctx, child, &s3.BucketObjectv2Args{
			Bucket: args.Bucket, Key: pulumi.String("documents/" + d.Name + "/" + version + ".yaml"),
			Content: pulumi.String(d.Body), ContentType: pulumi.String("application/yaml"),
		}, pulumi.Parent(r))
		if err != nil {
			return nil, err
		}
		component.Uri = pulumi.Sprintf("s3://%s/%s", object.Bucket, object.Key)
	}
	return imagebuilder.NewComponent(ctx, child, component, r.kept(args, "component/"+physical+"/"+version, "/1", "kmsKeyId")...)
}

// kept are the options of what cannot be changed and stays when it is replaced. What AWS has of it, from an earlier time
// with the same content, is imported; its tags are those of that time, and so is its key, named by the input keyed: a stack
// that was destroyed and made again has another key of the same name.
func (r *Recipe) kept(args *RecipeArgs, resource, build, keyed string) []pulumi.ResourceOption {
	// A fixed name makes the provider delete first what is replaced, but this one has a version beside its name, and is in
	// use until the pipeline has the new recipe: https://github.com/pulumi/pulumi-aws/issues/1473
	opts := []pulumi.ResourceOption{pulumi.Parent(r), pulumi.DeleteBeforeReplace(false)}
	if !args.Keep {
		return opts
	}
	opts = append(opts, pulumi.RetainOnDelete(true))
	if arn := args.Place.ARN("imagebuilder", resource); slices.Contains(args.Existing, arn) {
		opts = append(opts, pulumi.Import(pulumi.ID(arn+build)), pulumi.IgnoreChanges([]string{"tags", "tagsAll", keyed}))
	}
	return opts
}

// MaxLifecycleRecipes is the most recipes that a lifecycle policy takes.
// https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyResourceSelection.html
const MaxLifecycleRecipes = 50

// versions are this version of the recipe, and the newest of those that were replaced and stayed, whose images are still
// there.
func (a *RecipeArgs) versions(physical, version string) []string {
	all := []string{version}
	for _, arn := range a.Existing {
		if len(all) == MaxLifecycleRecipes {
			break
		}
		if before, found := strings.CutPrefix(arn, a.Place.ARN("imagebuilder", "image-recipe/"+physical+"/")); found && a.Keep && before != version {
			all = append(all, before)
		}
	}
	slices.Sort(all)
	return all
}

func (d Document) parameters() imagebuilder.ImageRecipeComponentParameterArray {
	var out imagebuilder.ImageRecipeComponentParameterArray
	for _, name := range sorted(d.Parameters) {
		out = append(out, &imagebuilder.ImageRecipeComponentParameterArgs{Name: pulumi.String(name), Value: d.Parameters[name]})
	}
	return out
}

// version derives from all that makes a component another one: Image Builder changes none of it, and refuses to make the
// same version again.
func (d Document) version(keyName string) string {
	text, _ := json.Marshal([]any{d.Description, d.Body, keyName}) // a list of texts always has a JSON form
	return hardening.Version(string(text))
}

// version derives from all that makes a recipe another one.
func (a *RecipeArgs) version(ctx *pulumi.Context, name string) string {
	content := []any{ctx.Project(), ctx.Stack(), name, a.ParentImage, a.VolumeGB, a.KeyName, a.Components}
	for _, d := range a.Documents {
		content = append(content, []any{d.Name, d.version(a.KeyName), sorted(d.Parameters)})
	}
	text, _ := json.Marshal(content) // texts, numbers and lists of them always have a JSON form
	return hardening.Version(string(text))
}

func sorted(values map[string]pulumi.StringInput) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
