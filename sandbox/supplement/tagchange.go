package supplement

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/google/uuid"
)

// tagChanges makes "Tag Change on Resource" events of the calls that take tags away by their keys: EC2's DeleteTags
// and the tagging API's UntagResources. In AWS every change of tags makes one, whatever call it was; those that
// only add tags are left out here, since each would cost a read. The tags are those at the time of the event.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/tag-monitor.html
type tagChanges struct {
	tagging   *tagging
	accountID string
	bus       api.Bus
	log       *slog.Logger
}

// TagChanges returns the supplements that put tag changes on the bus.
func TagChanges(o Options, accountID string, bus api.Bus, log *slog.Logger) []api.Supplement {
	t := &tagChanges{tagging: &tagging{Options: o}, accountID: accountID, bus: bus, log: log}
	return []api.Supplement{
		{Service: "ec2", Observe: map[string]api.Observe{"DeleteTags": t.deleteTags}},
		{Service: "tagging", Observe: map[string]api.Observe{"UntagResources": t.untagResources}},
	}
}

// ec2Kinds are the kinds of EC2's resources by the prefix of their ids.
var ec2Kinds = map[string]string{
	"i": "instance", "vol": "volume", "eni": "network-interface", "sg": "security-group", "ami": "image", "snap": "snapshot",
	"vpc": "vpc", "subnet": "subnet", "rtb": "route-table", "igw": "internet-gateway", "nat": "natgateway", "lt": "launch-template",
}

func (t *tagChanges) deleteTags(ctx context.Context, c *api.Call, a *api.Answer) {
	if !a.OK() {
		return
	}
	var in struct {
		Resources []string
		Tags      []struct{ Key string }
	}
	if text, err := json.Marshal(c.Input); err != nil || json.Unmarshal(text, &in) != nil {
		t.log.Warn("tag change without an event", "operation", c.Operation)
		return
	}
	var keys []string
	for _, tag := range in.Tags {
		keys = append(keys, tag.Key)
	}
	for _, id := range in.Resources {
		prefix, _, _ := strings.Cut(id, "-")
		if kind := ec2Kinds[prefix]; kind != "" {
			t.put(ctx, c.Region, arn.ARN{Partition: "aws", Service: "ec2", Region: c.Region, AccountID: t.accountID, Resource: kind + "/" + id}, kind, keys)
		}
	}
}

func (t *tagChanges) untagResources(ctx context.Context, c *api.Call, a *api.Answer) {
	var in struct{ ResourceARNList, TagKeys []string }
	var out struct{ FailedResourcesMap map[string]any }
	if !a.OK() || json.Unmarshal(c.Body, &in) != nil || json.Unmarshal(a.Body, &out) != nil {
		return
	}
	for _, text := range in.ResourceARNList {
		named, err := arn.Parse(text)
		if _, failed := out.FailedResourcesMap[text]; failed || err != nil {
			continue
		}
		kind := ""
		if i := strings.IndexAny(named.Resource, "/:"); i >= 0 {
			kind = named.Resource[:i]
		}
		t.put(ctx, c.Region, named, kind, in.TagKeys)
	}
}

func (t *tagChanges) put(ctx context.Context, region string, a arn.ARN, kind string, keys []string) {
	g := t.tagging.tagger(region, a)
	if g == nil {
		return
	}
	tags, err := g.list(ctx, a)
	if err != nil {
		t.log.Warn("tag change without an event", "arn", a.String(), "err", err)
		return
	}
	t.bus.Put(ctx, region, "default", map[string]any{
		"version": "0", "id": uuid.NewString(), "source": "aws.tag", "detail-type": "Tag Change on Resource",
		"account": t.accountID, "time": time.Now().UTC().Format(time.RFC3339), "region": region, "resources": []any{a.String()},
		"detail": map[string]any{
			"changed-tag-keys": texts(keys), "service": a.Service, "resource-type": kind, "version": 1, "tags": anyTexts(tags),
		},
	})
}

// texts and anyTexts are lists and maps as decoded JSON has them, which is what patterns are held against.
func texts(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}

func anyTexts(tags map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range tags {
		out[key] = value
	}
	return out
}
