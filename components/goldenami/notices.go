package goldenami

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assetguard/components/queue"
	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// notice is a kind of event that people are told of.
type notice struct {
	suffix, detailType string
	detail             map[string]any // a pattern; nil takes all
	resources          []any
	word               string            // of contract, such as ImageBuilt
	paths              map[string]string // what the lines of the letter say, by their names
	advice             string            // the last line, for people
}

// notices of the builds of a stack's pipeline.
// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-imagebuilder.html
func notices(p place.Place, stack, recipe, pipeline string) []notice {
	images := []any{map[string]string{"wildcard": p.ARN("imagebuilder", "image/"+recipe+"/*")}}
	// How Image Builder names a pipeline's ARN: in lower case, as our names are.
	pipelines := []any{p.ARN("imagebuilder", "image-pipeline/"+pipeline)}
	const counts = "$.detail.finding-severity-counts."
	return []notice{
		{
			suffix: "finished", detailType: "EC2 Image Builder Image State Change", resources: images, word: contract.ImageBuilt,
			detail: map[string]any{"state": map[string]any{"status": []string{"AVAILABLE"}}},
			paths:  map[string]string{contract.ImageLetterImage: "$.resources[0]"},
			advice: "make image-list STACK=" + stack + " shows it with its compliance and its vulnerabilities.",
		},
		{
			suffix: "failed", detailType: "EC2 Image Builder Image State Change", resources: images, word: contract.ImageFailed,
			detail: map[string]any{"state": map[string]any{"status": []string{"FAILED", "CANCELLED"}}},
			paths: map[string]string{
				contract.ImageLetterImage: "$.resources[0]", contract.ImageLetterState: "$.detail.state.status", contract.ImageLetterReason: "$.detail.state.reason",
			},
			advice: "make image-status STACK=" + stack + " shows the step that failed and its log. Instances go on to be born from the image before.",
		},
		{
			suffix: "vulnerable", detailType: "EC2 Image Builder CVE Detected", resources: images, word: contract.ImageVulnerable,
			paths: map[string]string{
				contract.ImageLetterImage: "$.resources[0]", contract.ImageLetterCritical: counts + "critical",
				contract.ImageLetterHigh: counts + "high", contract.ImageLetterMedium: counts + "medium",
			},
			advice: "make image-promote STACK=" + stack + " refuses an image above goldenImage.scan.",
		},
		{
			suffix: "disabled", detailType: "EC2 Image Builder Image Pipeline Automatically Disabled", resources: pipelines, word: contract.ImageStopped,
			paths:  map[string]string{contract.ImageLetterPipeline: "$.resources[0]"},
			advice: "Builds failed too often, and no golden image is built any more. Mend the cause; make refresh STACK=" + stack + " and a deployment enable the pipeline again.",
		},
	}
}

// letter is the template of what people read. EventBridge wants each line in quotes.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func (n notice) letter(stack string) string {
	lines := []string{contract.ImageLetterHead + stack + ": " + n.word}
	for _, name := range slices.Sorted(maps.Keys(n.paths)) {
		lines = append(lines, name+": <"+name+">")
	}
	return `"` + strings.Join(append(lines, n.advice), "\"\n\"") + `"`
}

// newNotices declares the rules that tell people of builds, and where events go that they cannot deliver.
func (p *Pipeline) newNotices(ctx *pulumi.Context, name string, args *PipelineArgs) error {
	ruleName := func(suffix string) string { return naming.Of(ctx, naming.Rule, name, suffix) }
	all := notices(args.Place, ctx.Stack(), naming.Of(ctx, naming.ImageBuilder, name), naming.Of(ctx, naming.ImageBuilder, name))
	var rules []string
	for _, n := range all {
		rules = append(rules, args.Place.ARN("events", "rule/"+ruleName(n.suffix)))
	}
	undelivered, err := queue.NewDeadLetter(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Senders: []queue.Sender{{Service: "events.amazonaws.com", SourceArns: rules}},
	}, pulumi.Parent(p))
	if err != nil {
		return err
	}
	for _, n := range all {
		if err := p.newNotice(ctx, name, ruleName(n.suffix), n, args, undelivered); err != nil {
			return fmt.Errorf("%s: %w", n.suffix, err)
		}
	}
	return nil
}

func (p *Pipeline) newNotice(ctx *pulumi.Context, name, ruleName string, n notice, args *PipelineArgs, undelivered *queue.DeadLetter) error {
	pattern := map[string]any{"source": []string{"aws.imagebuilder"}, "detail-type": []string{n.detailType}, "resources": n.resources}
	if n.detail != nil {
		pattern["detail"] = n.detail
	}
	text, err := json.Marshal(pattern)
	if err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(ctx, name+"-"+n.suffix, &cloudwatch.EventRuleArgs{
		Name: pulumi.String(ruleName), EventPattern: pulumi.String(text), Description: pulumi.String("Golden image " + n.suffix + ", for people"),
	}, pulumi.Parent(p))
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(ctx, name+"-"+n.suffix, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String("topic"), Arn: args.TopicArn.ToStringOutput(),
		InputTransformer: &cloudwatch.EventTargetInputTransformerArgs{InputPaths: pulumi.ToStringMap(n.paths), InputTemplate: pulumi.String(n.letter(ctx.Stack()))},
		DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
	}, pulumi.Parent(p))
	return err
}
