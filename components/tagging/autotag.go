package tagging

import (
	"fmt"
	"strconv"

	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the hop from the rules to the function. A message is tried for about half an hour (five times
// six minutes), longer than the slowest asset takes to become taggable, then waits in the dead letters.
const (
	timeoutSeconds    = 60
	visibilitySeconds = 6 * timeoutSeconds
	maxReceives       = 5
	// One TagResources call takes 20 assets, and the last call of a batch is half empty on average: a batch of 100
	// assets of a region makes 1.1 calls for each 20. An asset that comes alone waits for the window only; under load
	// the bound on invocations lets batches grow, and keeps the calls below the tagging APIs' throttles.
	batchSize      = 500
	windowSeconds  = 3
	maxConcurrency = 2 // the least that Lambda takes
	memoryMB       = 256
	// A message that is still tried, until a database takes tags, is not late: the function's own alarms tell of errors.
	lateSeconds = maxReceives * visibilitySeconds
)

// AutotagArgs of an Autotag.
type AutotagArgs struct {
	Place         place.Place        // the home region
	KeyArn        pulumi.StringInput // encrypts queue, log and dead letters; its policy must let EventBridge use it
	TopicArn      pulumi.StringInput // told by the alarms
	Zip           string             // the built function, relative to the project's root
	Architecture  string             // arm64 or x86_64
	LogDays       int                // retention of the function's log, in days
	PolicyName    pulumi.StringInput // the parameter of the policy, which a Policy made
	OverridesName pulumi.StringInput // the parameter of its overrides, which a Policy made
	// RemovedKeys says what is done about removed required keys: contract.RemovedKeysRestore or RemovedKeysReport.
	RemovedKeys string
}

// Autotag tags new assets within seconds of the call that creates them, and sees to required keys that are removed.
type Autotag struct {
	pulumi.ResourceState

	FunctionName  pulumi.StringOutput `pulumi:"functionName"`  // the auto-tag function's
	QueueURL      pulumi.StringOutput `pulumi:"queueUrl"`      // where the events wait
	DeadLetterArn pulumi.StringOutput `pulumi:"deadLetterArn"` // where those wait that the function gave up
}

func (a *AutotagArgs) validate(name string) error {
	return argument.Check("autotag "+name, a.Place.Validate(), argument.Required("KeyArn", a.KeyArn),
		argument.Required("TopicArn", a.TopicArn), argument.Required("PolicyName", a.PolicyName),
		argument.Required("OverridesName", a.OverridesName), removedKeysFault(a.RemovedKeys))
}

// removedKeysFault says what is wrong with a setting of RemovedKeys, or nil.
func removedKeysFault(value string) error {
	if value == contract.RemovedKeysRestore || value == contract.RemovedKeysReport {
		return nil
	}
	return fmt.Errorf("RemovedKeys is %q: give %s or %s", value, contract.RemovedKeysRestore, contract.RemovedKeysReport)
}

// NewAutotag declares the rules, the queue and the function.
func NewAutotag(ctx *pulumi.Context, name string, args *AutotagArgs, opts ...pulumi.ResourceOption) (*Autotag, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	a := &Autotag{}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Autotag", name, a, opts...); err != nil {
		return nil, err
	}
	patterns := eventPatterns()
	source, err := queue.New(ctx, name, &queue.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Senders: senders(ctx, name, args.Place, len(patterns)),
		VisibilitySeconds: visibilitySeconds, MaxReceives: maxReceives, MaxAgeSeconds: lateSeconds,
	}, pulumi.Parent(a))
	if err != nil {
		return nil, fmt.Errorf("autotag %s: %w", name, err)
	}
	fn, err := a.newFunction(ctx, name, args, source)
	if err != nil {
		return nil, fmt.Errorf("autotag %s: %w", name, err)
	}
	rules := &rules{
		place: args.Place, keyArn: args.KeyArn, topicArn: args.TopicArn, patterns: patterns,
		description: "Calls that create assets, databases that are ready and changes that remove required tags, for the auto-tag function",
		targetID:    "queue", targetArn: source.Arn,
		lost: "Look at the policies of both queues and of their key; " + untagged,
	}
	if _, err := rules.declare(ctx, name, a); err != nil {
		return nil, fmt.Errorf("autotag %s: %w", name, err)
	}
	if err := a.watch(ctx, name, args.TopicArn); err != nil {
		return nil, fmt.Errorf("autotag %s: %w", name, err)
	}
	a.FunctionName, a.QueueURL, a.DeadLetterArn = fn.Name, source.URL, source.DeadLetterArn
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{
		"functionName": a.FunctionName, "queueUrl": a.QueueURL, "deadLetterArn": a.DeadLetterArn,
	})
}

func (a *Autotag) newFunction(ctx *pulumi.Context, name string, args *AutotagArgs, source *queue.Queue) (*function.Function, error) {
	return function.New(ctx, name, &function.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description:  "Gives assets the tags that the tag policy decides",
		Zip:          args.Zip,
		Architecture: args.Architecture,
		MemoryMB:     memoryMB, TimeoutSeconds: timeoutSeconds, LogDays: args.LogDays,
		Environment: pulumi.StringMap{
			contract.EnvPolicyParameter:    args.PolicyName.ToStringOutput(),
			contract.EnvOverridesParameter: args.OverridesName.ToStringOutput(),
			contract.EnvRemovedKeys:        pulumi.String(args.RemovedKeys),
			contract.EnvMaxReceives:        pulumi.String(strconv.Itoa(maxReceives)),
		},
		Statements: permissions(args.Place),
		Managed:    tagPermissions(args.Place),
		Queue: &function.FromQueue{
			Source: source, BatchSize: batchSize, WindowSeconds: windowSeconds, MaximumConcurrency: maxConcurrency,
		},
	}, pulumi.Parent(a))
}
