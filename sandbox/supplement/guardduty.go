package supplement

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"assetguard/sandbox/api"
)

// guardDuty keeps the tags of detectors, which moto takes at their creation and then neither shows nor changes.
func guardDuty() api.Supplement {
	tags := newMemory[map[string]string]() // by region and detector
	key := func(c *api.Call) string {
		if id := text(c, "DetectorId"); id != "" {
			return c.Region + "/" + id
		}
		return c.Region + "/" + lastPart(text(c, "ResourceArn"))
	}
	// Each changes a copy: what is kept may be read at the same time.
	change := func(do func(c *api.Call, tags map[string]string)) api.Handler {
		return func(_ context.Context, c *api.Call) (*api.Answer, error) {
			old, known := tags.get(key(c))
			if !known {
				return nil, &api.Error{Code: "BadRequestException", Status: http.StatusBadRequest, Message: "The request is rejected because the resource " + text(c, "ResourceArn") + " does not exist."}
			}
			fresh := maps.Clone(old)
			do(c, fresh)
			tags.put(key(c), fresh)
			if c.Operation == "ListTagsForResource" {
				return api.JSON(http.StatusOK, map[string]any{"tags": fresh}), nil
			}
			return api.JSON(http.StatusOK, map[string]any{}), nil
		}
	}
	return api.Supplement{
		Service: "guardduty",
		Handle: map[string]api.Handler{
			"TagResource": change(func(c *api.Call, tags map[string]string) { maps.Copy(tags, textMap(c.Input["Tags"])) }),
			"UntagResource": change(func(c *api.Call, tags map[string]string) {
				keys, _ := c.Input["TagKeys"].([]any)
				for _, name := range keys {
					name, _ := name.(string)
					delete(tags, name)
				}
			}),
			"ListTagsForResource": change(func(*api.Call, map[string]string) {}),
		},
		Mend: map[string]api.Mend{"GetDetector": mendJSON(func(c *api.Call, out map[string]any) {
			if kept, ok := tags.get(key(c)); ok {
				out["tags"] = kept
			}
		})},
		Observe: map[string]api.Observe{
			"CreateDetector": func(_ context.Context, c *api.Call, a *api.Answer) {
				var made struct{ DetectorID string }
				if a.OK() && json.Unmarshal(a.Body, &made) == nil {
					tags.put(c.Region+"/"+made.DetectorID, textMap(c.Input["Tags"]))
				}
			},
			"DeleteDetector": func(_ context.Context, c *api.Call, a *api.Answer) {
				if a.OK() {
					tags.drop(key(c))
				}
			},
		},
	}
}

// textMap is a map of texts; empty for anything else.
func textMap(v any) map[string]string {
	out := map[string]string{}
	given, _ := v.(map[string]any)
	for key, value := range given {
		out[key], _ = value.(string)
	}
	return out
}
