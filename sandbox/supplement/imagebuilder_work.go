package supplement

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// workshop does the steps of one build that have an effect in the account, and writes its log.
type workshop struct {
	*imageBuilder
	build *build
	arn   string
	ami   string   // once the image is made
	lines []string // of the log so far
}

func (w *workshop) at(region string) aws.Config { return w.Gateway.Emulator(region) }

// buckets is a client that names buckets in the path, as loopback needs.
func (w *workshop) buckets(region string) *s3.Client { return pathClient(w.at(region)) }

func pathClient(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// do does what a step does.
func (w *workshop) do(ctx context.Context, s *step) error {
	var err error
	switch s.action {
	case "ExecuteComponents":
		for _, arn := range w.components() {
			w.log(ctx, s, "Component "+arn+": not executed, the sandbox starts no instance")
		}
	case "ExecuteTestComponents":
		w.log(ctx, s, "nothing is tested, the sandbox starts no instance: there is no compliance report")
	case "CreateImage":
		err = w.makeImage(ctx)
	case "CollectImageScanFindings":
		w.log(ctx, s, "nothing is scanned, the sandbox starts no instance")
		w.mark(func() {
			w.build.image["scanState"] = map[string]any{"status": "ABANDONED", "reason": "the sandbox starts no instance"}
		})
	case "DistributeImage":
		err = w.distribute(ctx)
	}
	if err != nil {
		w.log(ctx, s, "failed: "+err.Error())
		return fmt.Errorf("step %s failed: %w", s.name, err)
	}
	w.log(ctx, s, "succeeded")
	return nil
}

func (w *workshop) recipe() map[string]any {
	recipe, _ := w.build.image["imageRecipe"].(map[string]any)
	return recipe
}

func (w *workshop) components() []string {
	var arns []string
	for _, component := range anyList(w.recipe()["components"]) {
		arn, _ := component["componentArn"].(string)
		arns = append(arns, arn)
	}
	return arns
}

// log adds a line to the build's log, where Image Builder keeps it: the log group of the recipe with a stream for the
// build, and console.log in the bucket. What cannot be written is told on the server's log: a build does not fail by it.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/monitor-cwlogs.html
func (w *workshop) log(ctx context.Context, s *step, text string) {
	w.lines = append(w.lines, time.Now().UTC().Format(time.RFC3339)+" "+s.name+" "+text)
	client := cloudwatchlogs.NewFromConfig(w.at(w.build.region))
	group := aws.String("/aws/imagebuilder/" + fmt.Sprint(w.recipe()["name"]))
	stream := aws.String(fmt.Sprint(w.build.image["version"]))
	if len(w.lines) == 1 {
		_, err := client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group})
		if exists := new(logtypes.ResourceAlreadyExistsException); err != nil && !errors.As(err, &exists) {
			w.Log.Warn("image build without a log group", "image", w.arn, "err", err)
		}
		if _, err := client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}); err != nil {
			w.Log.Warn("image build without a log stream", "image", w.arn, "err", err)
		}
	}
	if _, err := client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: []logtypes.InputLogEvent{
		{Timestamp: aws.Int64(time.Now().UnixMilli()), Message: aws.String(s.name + " " + text)},
	}}); err != nil {
		w.Log.Warn("image build without a log", "image", w.arn, "err", err)
	}
	if w.build.bucket == "" {
		return
	}
	_, path, _ := strings.Cut(w.arn, ":image/")
	key := strings.TrimPrefix(w.build.prefix+"/"+path+"/console.log", "/")
	if err := w.put(ctx, w.build.bucket, key, []byte(strings.Join(w.lines, "\n")+"\n")); err != nil {
		w.Log.Warn("image build without a log in its bucket", "image", w.arn, "err", err)
	}
}

func (w *workshop) put(ctx context.Context, bucket, key string, body []byte) error {
	_, err := w.buckets(w.build.region).PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)})
	return err
}

// fetch reads a document by its s3:// address.
func (b *imageBuilder) fetch(region, uri string) (string, error) {
	bucket, key, found := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if !found || !strings.HasPrefix(uri, "s3://") {
		return "", fmt.Errorf("%s is no s3://BUCKET/KEY", uri)
	}
	out, err := pathClient(b.Gateway.Emulator(region)).GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	return string(body), err
}

// makeImage makes the machine image in the build's region.
func (w *workshop) makeImage(ctx context.Context) error {
	ami, err := w.register(ctx, w.build.region, w.named(w.home()))
	if err != nil {
		return err
	}
	w.ami = ami
	return nil
}

// register makes a machine image in a region. It has the tag that Image Builder gives to what it makes.
func (w *workshop) register(ctx context.Context, region, name string) (string, error) {
	client := ec2.NewFromConfig(w.at(region))
	architecture := ec2types.ArchitectureValuesArm64
	if strings.Contains(fmt.Sprint(w.recipe()["parentImage"]), "-x86") {
		architecture = ec2types.ArchitectureValuesX8664
	}
	out, err := client.RegisterImage(ctx, &ec2.RegisterImageInput{
		Name: aws.String(name), RootDeviceName: aws.String("/dev/xvda"), VirtualizationType: aws.String("hvm"), Architecture: architecture,
	})
	if err != nil {
		return "", err
	}
	ami := aws.ToString(out.ImageId)
	_, err = client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{ami}, Tags: []ec2types.Tag{{Key: aws.String("CreatedBy"), Value: aws.String("EC2 Image Builder")}}})
	return ami, err
}

// distributions are where the image goes; the build's own region alone when nothing says.
func (w *workshop) distributions() []map[string]any {
	configuration, _ := w.build.image["distributionConfiguration"].(map[string]any)
	if all := anyList(configuration["distributions"]); len(all) > 0 {
		return all
	}
	return []map[string]any{{"region": w.build.region}}
}

// home is the distribution of the build's own region.
func (w *workshop) home() map[string]any {
	for _, d := range w.distributions() {
		if d["region"] == w.build.region {
			return d
		}
	}
	return nil
}

// filled fills in the build date as Image Builder does.
func (w *workshop) filled(text string) string {
	date := w.build.began.UTC().Format("2006-01-02T15-04-05.000Z")
	return strings.NewReplacer("{{imagebuilder:buildDate}}", date, "{{ imagebuilder:buildDate }}", date).Replace(text)
}

func (w *workshop) named(distribution map[string]any) string {
	ami, _ := distribution["amiDistributionConfiguration"].(map[string]any)
	if name, _ := ami["name"].(string); name != "" {
		return w.filled(name)
	}
	return w.filled(fmt.Sprint(w.recipe()["name"]) + " {{imagebuilder:buildDate}}")
}

// distribute tags the image, copies it, shares it, and tells parameters and launch templates its id.
func (w *workshop) distribute(ctx context.Context) error {
	var amis []any
	for _, d := range w.distributions() {
		region, _ := d["region"].(string)
		ami, name := w.ami, w.named(d)
		if region != w.build.region {
			copied, err := w.register(ctx, region, name)
			if err != nil {
				return fmt.Errorf("%s: %w", region, err)
			}
			ami = copied
		}
		if err := w.hand(ctx, region, ami, d); err != nil {
			return fmt.Errorf("%s: %w", region, err)
		}
		amis = append(amis, map[string]any{
			"region": region, "image": ami, "name": name, "accountId": w.AccountID, "state": map[string]any{"status": "AVAILABLE"},
		})
	}
	w.mark(func() { w.build.image["outputResources"] = map[string]any{"amis": amis} })
	return nil
}

func (w *workshop) hand(ctx context.Context, region, ami string, distribution map[string]any) error {
	client := ec2.NewFromConfig(w.at(region))
	configuration, _ := distribution["amiDistributionConfiguration"].(map[string]any)
	if tags := textMap(configuration["amiTags"]); len(tags) > 0 {
		in := &ec2.CreateTagsInput{Resources: []string{ami}}
		for key, value := range tags {
			in.Tags = append(in.Tags, ec2types.Tag{Key: aws.String(key), Value: aws.String(w.filled(value))})
		}
		if _, err := client.CreateTags(ctx, in); err != nil {
			return err
		}
	}
	permission, _ := configuration["launchPermission"].(map[string]any)
	users, _ := permission["userIds"].([]any)
	for _, user := range users {
		if _, err := client.ModifyImageAttribute(ctx, &ec2.ModifyImageAttributeInput{ImageId: &ami, LaunchPermission: &ec2types.LaunchPermissionModifications{
			Add: []ec2types.LaunchPermission{{UserId: aws.String(fmt.Sprint(user))}},
		}}); err != nil {
			return err
		}
	}
	for _, parameter := range anyList(distribution["ssmParameterConfigurations"]) {
		name, _ := parameter["parameterName"].(string)
		if _, err := ssm.NewFromConfig(w.at(region)).PutParameter(ctx, &ssm.PutParameterInput{
			Name: &name, Value: &ami, Type: ssmtypes.ParameterTypeString, DataType: aws.String("aws:ec2:image"), Overwrite: aws.Bool(true),
		}); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	for _, template := range anyList(distribution["launchTemplateConfigurations"]) {
		if err := newDefault(ctx, client, fmt.Sprint(template["launchTemplateId"]), ami); err != nil {
			return err
		}
	}
	return nil
}

// newDefault gives a launch template a new default version with the image.
func newDefault(ctx context.Context, client *ec2.Client, id, ami string) error {
	out, err := client.CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: &id, SourceVersion: aws.String("$Latest"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: &ami},
	})
	if err != nil {
		return fmt.Errorf("launch template %s: %w", id, err)
	}
	version := fmt.Sprint(aws.ToInt64(out.LaunchTemplateVersion.VersionNumber))
	_, err = client.ModifyLaunchTemplate(ctx, &ec2.ModifyLaunchTemplateInput{LaunchTemplateId: &id, DefaultVersion: &version})
	return err
}

// notify publishes the image to the topic of the infrastructure configuration, which is told of ends only.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-sns.html
func (w *workshop) notify(ctx context.Context) {
	infrastructure, _ := w.build.image["infrastructureConfiguration"].(map[string]any)
	topic, _ := infrastructure["snsTopicArn"].(string)
	if topic == "" {
		return
	}
	w.mu.Lock()
	text, err := json.Marshal(w.build.image)
	w.mu.Unlock()
	if err == nil {
		_, err = sns.NewFromConfig(w.at(w.build.region)).Publish(ctx, &sns.PublishInput{TopicArn: &topic, Message: aws.String(string(text))})
	}
	if err != nil {
		w.Log.Warn("image build that nobody was told of", "image", w.arn, "err", err)
	}
}
