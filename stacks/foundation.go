package stacks

import (
	"assetguard/components/key"
	"assetguard/components/topic"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// keyDeletionDays is how long a deleted key can be brought back: the most that KMS offers.
const keyDeletionDays = 30

// foundation is what everything else in the stack stands on.
type foundation struct {
	key *key.Key
	// operations is told what goes wrong with the platform itself. In the home region it is the topic of the DevOps audience.
	operations *topic.Topic
}

func newFoundation(ctx *pulumi.Context, home site, settings *config.Settings, t traits) (*foundation, error) {
	uses := []key.Use{key.ForLogs(home.Place), key.ForAlarms(home.Place), key.ForNotices(home.Place)}
	publishers := []topic.Publisher{topic.Alarms(home.Place)}
	var opts []pulumi.ResourceOption
	if settings.Account.Role == config.RoleOwner {
		uses = append(uses, key.ForTrail(home.Place), key.ForConfig(home.Place), key.ForEvents(),
			key.ForBudgets(home.Place), key.ForPrometheus(home.Place))
		publishers = append(publishers, topic.Budgets(home.Place), topic.Prometheus(home.Place))
		// The key encrypts what is kept when the stack goes, and the topic is what its alarms tell: both must
		// stay as long.
		opts = t.singleton()
	} else if t.production {
		opts = []pulumi.ResourceOption{pulumi.Protect(true)} // without the key, what it encrypted cannot be read
	}
	k, err := key.New(ctx, "main", &key.Args{
		Place: home.Place, Uses: uses, DeletionWindowDays: keyDeletionDays,
	}, home.with(opts...)...)
	if err != nil {
		return nil, err
	}
	if settings.GoldenImage.Enabled {
		publishers = append(publishers, topic.Rules(home.Place)) // of builds of the image
	}
	operations, err := topic.New(ctx, "operations", &topic.Args{
		Place: home.Place, KeyArn: k.Arn,
		Publishers: publishers,
		Emails:     settings.People.DevOps,
	}, home.with(opts...)...)
	if err != nil {
		return nil, err
	}
	ctx.Export("keyArn", k.Arn)
	ctx.Export("operationsTopicArn", operations.Arn)
	return &foundation{key: k, operations: operations}, nil
}
