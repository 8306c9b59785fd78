package supplement

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"assetguard/sandbox/api"
)

// sqsTable gives policies back without spaces (moto writes them anew with spaces,
// and the provider's waiter, which compares text, would wait in vain), keeps
// RedriveAllowPolicy, which moto drops when it is set and refuses when asked for,
// and keeps Policy, which moto forgets when another attribute is set.
func sqsTable() api.Supplement {
	allow, policy := newMemory[string](), newMemory[string]() // by the queue's name and region
	observeAttributes := func(ctx context.Context, c *api.Call, a *api.Answer) {
		keepAttribute(allow, "RedriveAllowPolicy")(ctx, c, a)
		keepAttribute(policy, "Policy")(ctx, c, a)
	}
	return api.Supplement{
		Service: "sqs",
		Before: map[string]api.Before{
			"GetQueueAttributes": beforeJSON(func(in map[string]any) {
				names, _ := in["AttributeNames"].([]any)
				in["AttributeNames"] = slices.DeleteFunc(names, func(name any) bool { return name == "RedriveAllowPolicy" })
			}),
			"SetQueueAttributes": setPolicyAgain(policy),
		},
		Mend: map[string]api.Mend{"GetQueueAttributes": mendJSON(func(c *api.Call, out map[string]any) {
			attributes, ok := out["Attributes"].(map[string]any)
			if !ok {
				attributes = map[string]any{}
			}
			if text, kept := allow.get(queueKey(c)); kept && asksFor(c, "RedriveAllowPolicy") {
				attributes["RedriveAllowPolicy"] = text
				out["Attributes"] = attributes
			}
			compactJSON(attributes, "RedrivePolicy", "RedriveAllowPolicy")
		})},
		Observe: map[string]api.Observe{
			"CreateQueue":        observeAttributes,
			"SetQueueAttributes": observeAttributes,
			"DeleteQueue": func(_ context.Context, c *api.Call, a *api.Answer) {
				if a.OK() {
					allow.drop(queueKey(c))
					policy.drop(queueKey(c))
				}
			},
		},
	}
}

// compactJSON takes the spaces out of attributes that hold JSON.
func compactJSON(attributes map[string]any, names ...string) {
	for _, name := range names {
		text, ok := attributes[name].(string)
		var compact bytes.Buffer
		if ok && json.Compact(&compact, []byte(text)) == nil {
			attributes[name] = compact.String()
		}
	}
}

// asksFor says whether GetQueueAttributes wants an attribute.
func asksFor(c *api.Call, name string) bool {
	names, _ := c.Input["AttributeNames"].([]any)
	return slices.Contains(names, any("All")) || slices.Contains(names, any(name))
}

// setPolicyAgain adds the queue's policy to a change that leaves it alone.
func setPolicyAgain(policy *memory[string]) api.Before {
	return func(ctx context.Context, c *api.Call) error {
		kept, has := policy.get(queueKey(c))
		return beforeJSON(func(in map[string]any) {
			attributes, _ := in["Attributes"].(map[string]any)
			if _, given := attributes["Policy"]; has && !given && attributes != nil {
				attributes["Policy"] = kept
			}
		})(ctx, c)
	}
}

// keepAttribute follows an attribute through create and change; an empty value
// takes it away.
func keepAttribute(kept *memory[string], name string) api.Observe {
	return func(_ context.Context, c *api.Call, a *api.Answer) {
		attributes, _ := c.Input["Attributes"].(map[string]any)
		text, given := attributes[name].(string)
		switch {
		case !a.OK() || !given:
		case text == "":
			kept.drop(queueKey(c))
		default:
			kept.put(queueKey(c), text)
		}
	}
}

// queueKey names a call's queue, which most calls give by URL.
func queueKey(c *api.Call) string {
	name, _ := c.Input["QueueName"].(string)
	if url, ok := c.Input["QueueUrl"].(string); ok {
		name = lastPart(url)
	}
	return c.Region + "/" + name
}
