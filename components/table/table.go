package table

import (
	"errors"
	"fmt"

	"assetguard/components/alarm"
	"assetguard/internal/argument"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a Table.
type Args struct {
	Place    place.Place        // where the table stands
	KeyArn   pulumi.StringInput // the key that encrypts the items; who reads or writes them must be let use it
	TopicArn pulumi.StringInput // told by the alarms
	Key      string             // attribute of the partition key, a text
	// Expires is the attribute with the second since 1970 after which DynamoDB removes an item, within some days of it
	// and free of charge. Optional: none, items stay.
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
	Expires string
	// DeletionProtection refuses the removal of the table until it is switched off. Optional: false.
	DeletionProtection bool
}

// Table is the table <project>-<stack>-<name> with its alarms.
type Table struct {
	pulumi.ResourceState

	Arn  pulumi.StringOutput `pulumi:"arn"`  // as policies take it
	Name pulumi.StringOutput `pulumi:"name"` // as clients take it
}

func (a *Args) validate(name string) error {
	var key error
	if a.Key == "" {
		key = errors.New("key is required: name the attribute that tells items apart")
	}
	return argument.Check("table "+name, a.Place.Validate(), argument.Required("KeyArn", a.KeyArn),
		argument.Required("TopicArn", a.TopicArn), key)
}

// New declares the table.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Table, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	t := &Table{}
	if err := ctx.RegisterComponentResource("assetguard:table:Table", name, t, opts...); err != nil {
		return nil, err
	}
	physical := naming.Of(ctx, naming.Table, name)
	made, err := dynamodb.NewTable(ctx, name, &dynamodb.TableArgs{
		Name:                      pulumi.String(physical),
		BillingMode:               pulumi.String("PAY_PER_REQUEST"),
		HashKey:                   pulumi.String(args.Key),
		Attributes:                dynamodb.TableAttributeArray{dynamodb.TableAttributeArgs{Name: pulumi.String(args.Key), Type: pulumi.String("S")}},
		Ttl:                       args.ttl(),
		DeletionProtectionEnabled: pulumi.Bool(args.DeletionProtection),
		PointInTimeRecovery:       &dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)},
		ServerSideEncryption: &dynamodb.TableServerSideEncryptionArgs{
			Enabled: pulumi.Bool(true), KmsKeyArn: args.KeyArn.ToStringOutput(),
		},
	}, pulumi.Parent(t))
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	if err := t.watch(ctx, name, physical, args); err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	t.Arn, t.Name = made.Arn, made.Name
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{"arn": t.Arn, "name": t.Name})
}

func (a *Args) ttl() dynamodb.TableTtlPtrInput {
	if a.Expires == "" {
		return nil
	}
	return &dynamodb.TableTtlArgs{AttributeName: pulumi.String(a.Expires), Enabled: pulumi.Bool(true)}
}

// watch declares the alarms on refused requests: a table billed by request throttles one key that is used too often, or
// a load that doubles within half an hour.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
func (t *Table) watch(ctx *pulumi.Context, name, physical string, args *Args) error {
	for _, a := range []struct{ suffix, metric, what string }{
		{"reads-throttled", "ReadThrottleEvents", "Reads of"},
		{"writes-throttled", "WriteThrottleEvents", "Writes to"},
	} {
		if _, err := alarm.New(ctx, name+"-"+a.suffix, &alarm.Args{
			Description: a.what + " the table " + physical + " were throttled. Callers try again, and their work waits; look for a " +
				"key that is used much more often than others if it lasts.",
			Namespace: "AWS/DynamoDB", Metric: a.metric, Dimensions: pulumi.StringMap{"TableName": pulumi.String(physical)},
			Statistic: "Sum", Period: 300, Threshold: 0, TopicArn: args.TopicArn,
		}, pulumi.Parent(t)); err != nil {
			return fmt.Errorf("alarm %s: %w", a.suffix, err)
		}
	}
	return nil
}
