package inspection

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"assetguard/components/alarm"
	"assetguard/internal/argument"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cfg"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// How often a resource is recorded.
// https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingMode.html
const (
	RecordingContinuous = "CONTINUOUS" // each change
	RecordingDaily      = "DAILY"      // the last state of a day, if it differs
)

// DefaultName is the name of recorder and delivery channel that AWS Config's console gives. Neither can be renamed.
const DefaultName = "default"

// RecorderArgs of a Recorder.
type RecorderArgs struct {
	Place        place.Place        // the region whose resources are recorded
	RoleArn      pulumi.StringInput // of a History
	BucketName   pulumi.StringInput // of a History, in whatever region
	BucketKeyArn pulumi.StringInput // the key of that bucket, in the bucket's region
	TopicArn     pulumi.StringInput // of Place's region, told by the alarms
	// Global says that global resources (IAM users, roles, ...) are recorded here too: in the home region only, or each
	// is recorded and billed once per region. Optional: false.
	Global bool
	// Recording is RecordingContinuous or RecordingDaily. Daily records fewer, dearer items, and rules that a change
	// triggers look once a day.
	Recording string
	// Existing is what is done about the recorder, the delivery channel and the recorder's state: all three are made or
	// imported. To leave them alone, make no Recorder. Optional: Make.
	Existing Existing
	// RecorderName is the recorder's name. Optional: default.
	RecorderName string
	// ChannelName is the delivery channel's name. Optional: default.
	ChannelName string
}

// Recorder keeps record of the configuration of every supported resource in one region.
type Recorder struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"` // of the recorder, known once it records
	// Started is what rules wait for. A dependency on the component itself is on those of its parts that happen to be
	// registered by then.
	Started pulumi.Resource
}

func (a *RecorderArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("RoleArn", a.RoleArn), argument.Required("BucketName", a.BucketName),
		argument.Required("BucketKeyArn", a.BucketKeyArn), argument.Required("TopicArn", a.TopicArn), a.Existing.fault("Existing")}
	if !slices.Contains([]string{RecordingContinuous, RecordingDaily}, a.Recording) {
		errs = append(errs, fmt.Errorf("recording is %q; give %s or %s", a.Recording, RecordingContinuous, RecordingDaily))
	}
	if a.Existing == Leave {
		errs = append(errs, errors.New("to leave the recorder alone, make no Recorder"))
	}
	return argument.Check("recorder "+name, errs...)
}

// NewRecorder declares the recorder, its delivery channel, that it records, and the alarms.
func NewRecorder(ctx *pulumi.Context, name string, args *RecorderArgs, opts ...pulumi.ResourceOption) (*Recorder, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	r := &Recorder{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Recorder", name, r, opts...); err != nil {
		return nil, err
	}
	recorder, err := r.newRecorder(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("recorder %s: %w", name, err)
	}
	status, err := r.start(ctx, name, args, recorder)
	if err != nil {
		return nil, fmt.Errorf("recorder %s: %w", name, err)
	}
	if err := r.watch(ctx, name, args); err != nil {
		return nil, fmt.Errorf("recorder %s: alarms: %w", name, err)
	}
	r.Name, r.Started = status.Name, status
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"name": r.Name})
}

func (r *Recorder) newRecorder(ctx *pulumi.Context, name string, args *RecorderArgs) (*cfg.Recorder, error) {
	physical := cmp.Or(args.RecorderName, DefaultName)
	return cfg.NewRecorder(ctx, name, &cfg.RecorderArgs{
		Name:    pulumi.String(physical),
		RoleArn: args.RoleArn,
		RecordingGroup: &cfg.RecorderRecordingGroupArgs{
			AllSupported: pulumi.Bool(true), IncludeGlobalResourceTypes: pulumi.Bool(args.Global),
		},
		RecordingMode: &cfg.RecorderRecordingModeArgs{RecordingFrequency: pulumi.String(args.Recording)},
	}, args.Existing.options(r, physical)...)
}

// start declares the delivery channel, without which a recorder cannot start, and the start.
func (r *Recorder) start(ctx *pulumi.Context, name string, args *RecorderArgs, recorder *cfg.Recorder) (*cfg.RecorderStatus, error) {
	physical := cmp.Or(args.ChannelName, DefaultName)
	channel, err := cfg.NewDeliveryChannel(ctx, name, &cfg.DeliveryChannelArgs{
		Name:         pulumi.String(physical),
		S3BucketName: args.BucketName,
		S3KmsKeyArn:  args.BucketKeyArn.ToStringOutput(),
		SnapshotDeliveryProperties: &cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs{
			DeliveryFrequency: pulumi.String("TwentyFour_Hours"),
		},
	}, args.Existing.options(r, physical, pulumi.DependsOn([]pulumi.Resource{recorder}))...)
	if err != nil {
		return nil, fmt.Errorf("delivery channel: %w", err)
	}
	status, err := cfg.NewRecorderStatus(ctx, name, &cfg.RecorderStatusArgs{
		Name: recorder.Name, IsEnabled: pulumi.Bool(true),
	}, args.Existing.options(r, cmp.Or(args.RecorderName, DefaultName), pulumi.DependsOn([]pulumi.Resource{channel}))...)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return status, nil
}

// stops are the calls after which nothing is recorded or delivered any more.
var stops = []string{"StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"}

// watch declares the alarms: on calls that stop the recorder, counted by a rule that matches them, and on files that
// Config could not deliver. AWS Config has no metric of a recorder that stands still.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
// https://docs.aws.amazon.com/config/latest/developerguide/viewing-the-aws-config-dashboard.html
func (r *Recorder) watch(ctx *pulumi.Context, name string, args *RecorderArgs) error {
	rule := naming.Of(ctx, naming.Rule, name+"-stopped")
	if _, err := cloudwatch.NewEventRule(ctx, name+"-stopped", &cloudwatch.EventRuleArgs{
		Name:         pulumi.String(rule),
		Description:  pulumi.String("Calls that stop the recording of configuration; an alarm counts the matches, so the rule has no target"),
		EventPattern: pulumi.String(stopPattern()),
	}, pulumi.Parent(r)); err != nil {
		return err
	}
	if _, err := alarm.New(ctx, name+"-stopped", &alarm.Args{
		Description: "Somebody stopped AWS Config in " + args.Place.Region + ": configuration is not recorded, and most checks of Security Hub " +
			"and of the conformance pack see nothing new. CloudTrail names who called " + stops[0] + " or the like. `pulumi up` starts it again.",
		Namespace: "AWS/Events", Metric: "TriggeredRules",
		Dimensions: pulumi.StringMap{"RuleName": pulumi.String(rule)},
		Statistic:  "Sum", Period: 60, TopicArn: args.TopicArn,
	}, pulumi.Parent(r)); err != nil {
		return err
	}
	_, err := alarm.New(ctx, name+"-undelivered", &alarm.Args{
		Description: "AWS Config in " + args.Place.Region + " could not deliver its history to the bucket. Look at the bucket's policy and at that of its key.",
		Namespace:   "AWS/Config", Metric: "ConfigHistoryExportFailed",
		Statistic: "Sum", Period: 300, TopicArn: args.TopicArn,
	}, pulumi.Parent(r))
	return err
}

// stopPattern matches the CloudTrail events of stops that succeeded.
func stopPattern() string {
	pattern, err := json.Marshal(map[string]any{
		"source": []string{"aws.config"}, "detail-type": []string{"AWS API Call via CloudTrail"},
		"detail": map[string]any{
			"eventSource": []string{configService}, "eventName": stops,
			"errorCode": []map[string]bool{{"exists": false}},
		},
	})
	if err != nil {
		panic(err) // texts and bools always marshal
	}
	return string(pattern)
}
