package supplement

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"assetguard/sandbox/api"
)

// BuilderOptions say what the image builder works with. All but Stage and Refuse are required.
type BuilderOptions struct {
	AccountID string
	// Gateway makes the sandbox's own endpoint known: what a build does is called there, so that it makes events.
	Gateway Options
	Bus     api.Bus
	Log     *slog.Logger
	// Stage is how long a step of a build takes; 0 means a second.
	Stage time.Duration
	// Refuse says with what code a step fails, if a fault was set for its action. nil: none fails.
	Refuse func(c *api.Call) (code string, refused bool)
}

// imageBuilder is EC2 Image Builder, which moto does not know: its resources, and builds that walk through the states
// of a real one. No instance runs: no document is executed, nothing is tested or scanned, and so no build leaves a report.
type imageBuilder struct {
	BuilderOptions
	mu     sync.Mutex // guards all below
	kept   map[string]map[string]any
	builds map[string]*build
}

// ImageBuilder returns the supplement of Image Builder.
func ImageBuilder(o BuilderOptions) api.Supplement {
	o.Stage = cmp.Or(o.Stage, time.Second)
	b := &imageBuilder{BuilderOptions: o, kept: map[string]map[string]any{}, builds: map[string]*build{}}
	handle := map[string]api.Handler{
		"TagResource": b.locked(b.tag), "UntagResource": b.locked(b.untag), "ListTagsForResource": b.locked(b.listTags),
		"ListComponentBuildVersions": b.locked(b.listComponentBuilds),
	}
	for _, k := range builderKinds {
		handle["Create"+k.operation] = b.locked(func(c *api.Call) (any, error) { return b.create(k, c) })
		handle["Get"+k.operation] = b.locked(func(c *api.Call) (any, error) { return b.get(k, c) })
		handle["List"+k.list] = b.locked(func(c *api.Call) (any, error) { return b.list(k, c) })
		handle["Delete"+k.operation] = b.locked(func(c *api.Call) (any, error) { return b.remove(k, c) })
		if k.version == "" {
			handle["Update"+k.operation] = b.locked(func(c *api.Call) (any, error) { return b.update(k, c) })
		}
	}
	maps.Copy(handle, b.buildHandlers())
	return api.Supplement{Service: "imagebuilder", Handle: handle}
}

// builderKind is a kind of resource, in the words of the API.
type builderKind struct {
	operation string // as in CreateImageRecipe
	list      string // as in ListImageRecipes
	member    string // of the answer to Get
	key       string // the parameter with its ARN
	summaries string // of the answer to List
	resource  string // begins the resource part of its ARN
	version   string // parameter with the version; kinds with one cannot be changed
	build     string // what follows the version in its ARN
	epoch     bool   // times are numbers and not texts
}

var builderKinds = []builderKind{
	{operation: "Component", list: "Components", member: "component", key: "componentBuildVersionArn", summaries: "componentVersionList", resource: "component", version: "semanticVersion", build: "/1"},
	{operation: "ImageRecipe", list: "ImageRecipes", member: "imageRecipe", key: "imageRecipeArn", summaries: "imageRecipeSummaryList", resource: "image-recipe", version: "semanticVersion"},
	{operation: "InfrastructureConfiguration", list: "InfrastructureConfigurations", member: "infrastructureConfiguration", key: "infrastructureConfigurationArn", summaries: "infrastructureConfigurationSummaryList", resource: "infrastructure-configuration"},
	{operation: "DistributionConfiguration", list: "DistributionConfigurations", member: "distributionConfiguration", key: "distributionConfigurationArn", summaries: "distributionConfigurationSummaryList", resource: "distribution-configuration"},
	{operation: "ImagePipeline", list: "ImagePipelines", member: "imagePipeline", key: "imagePipelineArn", summaries: "imagePipelineList", resource: "image-pipeline"},
	{operation: "LifecyclePolicy", list: "LifecyclePolicies", member: "lifecyclePolicy", key: "lifecyclePolicyArn", summaries: "lifecyclePolicySummaryList", resource: "lifecycle-policy", epoch: true},
}

func (b *imageBuilder) locked(do func(c *api.Call) (any, error)) api.Handler {
	return func(_ context.Context, c *api.Call) (*api.Answer, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		out, err := do(c)
		if err != nil {
			return nil, err
		}
		return api.JSON(http.StatusOK, out), nil
	}
}

func (b *imageBuilder) arn(region, resource string) string {
	return "arn:aws:imagebuilder:" + region + ":" + b.AccountID + ":" + resource
}

// now is the time as the kind has it.
func (k builderKind) now() any {
	if k.epoch {
		return time.Now().Unix()
	}
	return now()
}

func (b *imageBuilder) create(k builderKind, c *api.Call) (any, error) {
	kept := maps.Clone(c.Input)
	delete(kept, "clientToken")
	name := text(c, "name")
	resource := k.resource + "/" + strings.ToLower(strings.ReplaceAll(name, " ", "-"))
	if k.version != "" {
		kept["version"] = text(c, k.version)
		delete(kept, k.version)
		resource += "/" + text(c, k.version) + k.build
	}
	arn := b.arn(c.Region, resource)
	if name == "" {
		return nil, refused("InvalidParameterException", http.StatusBadRequest, "name is missing")
	}
	if b.kept[arn] != nil {
		return nil, refused("ResourceAlreadyExistsException", http.StatusBadRequest, fmt.Sprintf("The following resource '%s' already exists: '%s'.", k.operation, arn))
	}
	for _, needed := range references(kept) {
		if b.kept[needed] == nil && strings.HasPrefix(needed, b.arn(c.Region, "")) {
			return nil, refused("InvalidParameterException", http.StatusBadRequest, "The value supplied for a parameter is not valid. There is no "+needed)
		}
	}
	maps.Copy(kept, map[string]any{"arn": arn, "owner": b.AccountID, "dateCreated": k.now()})
	if kept["tags"] == nil {
		kept["tags"] = map[string]any{}
	}
	if err := b.complete(k, c, kept); err != nil {
		return nil, err
	}
	b.kept[arn] = kept
	return map[string]any{"requestId": "r", "clientToken": text(c, "clientToken"), k.key: arn}, nil
}

// complete adds what the service itself finds out.
func (b *imageBuilder) complete(k builderKind, c *api.Call, kept map[string]any) error {
	switch k.resource {
	case "component":
		body, _ := kept["data"].(string)
		if uri, _ := kept["uri"].(string); uri != "" {
			var err error
			if body, err = b.fetch(c.Region, uri); err != nil {
				return refused("InvalidParameterException", http.StatusBadRequest, "The value supplied for parameter 'uri' is not valid: "+err.Error())
			}
			kept["data"] = body
		}
		if body == "" {
			return refused("InvalidParameterCombinationException", http.StatusBadRequest, "You must specify either data or uri")
		}
		kept["type"], kept["encrypted"] = "BUILD", kept["kmsKeyId"] != nil
		if !strings.Contains(body, "name: build") && strings.Contains(body, "name: test") {
			kept["type"] = "TEST"
		}
	case "image-recipe":
		kept["type"], kept["platform"] = "AMI", "Linux"
	case "image-pipeline":
		kept["platform"] = "Linux"
		kept["status"] = cmp.Or(text(c, "status"), "ENABLED")
		kept["dateUpdated"] = k.now()
	default:
		kept["dateUpdated"] = k.now()
	}
	return nil
}

// references are the ARNs of other resources that one names.
func references(kept map[string]any) []string {
	var arns []string
	for _, key := range []string{"imageRecipeArn", "infrastructureConfigurationArn", "distributionConfigurationArn"} {
		if arn, _ := kept[key].(string); arn != "" {
			arns = append(arns, arn)
		}
	}
	for _, component := range anyList(kept["components"]) {
		if arn, _ := component["componentArn"].(string); arn != "" {
			arns = append(arns, arn)
		}
	}
	return arns
}

// find finds what the parameter of a kind names.
func (b *imageBuilder) find(k builderKind, c *api.Call) (map[string]any, error) {
	arn := text(c, k.key)
	if found := b.kept[arn]; found != nil && strings.Contains(arn, ":"+k.resource+"/") {
		return found, nil
	}
	return nil, refused("ResourceNotFoundException", http.StatusNotFound, fmt.Sprintf("The resource %s '%s' cannot be found.", k.operation, arn))
}

func (b *imageBuilder) get(k builderKind, c *api.Call) (any, error) {
	found, err := b.find(k, c)
	return map[string]any{"requestId": "r", k.member: found}, err
}

func (b *imageBuilder) list(k builderKind, c *api.Call) (any, error) {
	all := []map[string]any{}
	for _, arn := range slices.Sorted(maps.Keys(b.kept)) {
		if !strings.HasPrefix(arn, b.arn(c.Region, k.resource+"/")) || text(c, "owner") == "Amazon" {
			continue
		}
		summary := maps.Clone(b.kept[arn])
		summary["arn"] = strings.TrimSuffix(arn, k.build)
		delete(summary, "data")
		all = append(all, summary)
	}
	return map[string]any{"requestId": "r", k.summaries: all}, nil
}

// listComponentBuilds lists the builds of a version: there is one.
func (b *imageBuilder) listComponentBuilds(c *api.Call) (any, error) {
	all := []map[string]any{}
	if found := b.kept[text(c, "componentVersionArn")+"/1"]; found != nil {
		all = append(all, found)
	}
	return map[string]any{"requestId": "r", "componentSummaryList": all}, nil
}

// update replaces all that may change.
func (b *imageBuilder) update(k builderKind, c *api.Call) (any, error) {
	found, err := b.find(k, c)
	if err != nil {
		return nil, err
	}
	kept := maps.Clone(c.Input)
	delete(kept, "clientToken")
	delete(kept, k.key)
	for _, key := range []string{"arn", "name", "owner", "dateCreated", "tags", "platform", "dateLastRun"} {
		if found[key] != nil {
			kept[key] = found[key]
		}
	}
	kept["dateUpdated"] = k.now()
	if kept["status"] == nil && found["status"] != nil {
		kept["status"] = found["status"]
	}
	b.kept[text(c, k.key)] = kept
	return map[string]any{"requestId": "r", "clientToken": text(c, "clientToken"), k.key: kept["arn"]}, nil
}

// remove refuses what something else still names.
func (b *imageBuilder) remove(k builderKind, c *api.Call) (any, error) {
	found, err := b.find(k, c)
	if err != nil {
		return nil, err
	}
	arn, _ := found["arn"].(string)
	for other, kept := range b.kept {
		if slices.Contains(references(kept), arn) {
			return nil, refused("ResourceDependencyException", http.StatusBadRequest, fmt.Sprintf("Resource dependency error: The resource ARN '%s' has other resources depended on it: ['%s']", arn, other))
		}
	}
	delete(b.kept, arn)
	return map[string]any{"requestId": "r", k.key: arn}, nil
}

// Tags.

func (b *imageBuilder) tagged(c *api.Call) (map[string]any, error) {
	found := b.kept[text(c, "resourceArn")]
	if made := b.builds[text(c, "resourceArn")]; made != nil {
		found = made.image
	}
	if found == nil {
		return nil, refused("ResourceNotFoundException", http.StatusNotFound, "The resource '"+text(c, "resourceArn")+"' cannot be found.")
	}
	tags, _ := found["tags"].(map[string]any)
	if tags == nil {
		tags = map[string]any{}
		found["tags"] = tags
	}
	return tags, nil
}

func (b *imageBuilder) tag(c *api.Call) (any, error) {
	tags, err := b.tagged(c)
	if err != nil {
		return nil, err
	}
	added, _ := c.Input["tags"].(map[string]any)
	maps.Copy(tags, added)
	return map[string]any{}, nil
}

func (b *imageBuilder) untag(c *api.Call) (any, error) {
	tags, err := b.tagged(c)
	if err != nil {
		return nil, err
	}
	keys, _ := c.Input["tagKeys"].([]any)
	for _, key := range keys {
		name, _ := key.(string)
		delete(tags, name)
	}
	return map[string]any{}, nil
}

func (b *imageBuilder) listTags(c *api.Call) (any, error) {
	tags, err := b.tagged(c)
	return map[string]any{"tags": tags}, err
}
