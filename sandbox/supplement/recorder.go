package supplement

import (
	"context"
	"time"

	"assetguard/sandbox/api"
)

// configRecorder lets a configuration recorder be put again with its recording group's empty parts, which clients send
// and moto refuses, keeps how often it records, which moto drops, and gives recorded resources their times as numbers,
// where moto has texts that no client reads.
func configRecorder() api.Supplement {
	modes := newMemory[any]() // by region; there is one recorder in each
	recorder := func(in map[string]any) map[string]any {
		wanted, _ := in["ConfigurationRecorder"].(map[string]any)
		return wanted
	}
	return api.Supplement{
		Service: "config",
		Before: map[string]api.Before{"PutConfigurationRecorder": beforeJSON(func(in map[string]any) {
			group, _ := recorder(in)["recordingGroup"].(map[string]any)
			if strategy, _ := group["recordingStrategy"].(map[string]any); strategy["useOnly"] == "" || strategy["useOnly"] == nil {
				delete(group, "recordingStrategy")
			}
			excluded, _ := group["exclusionByResourceTypes"].(map[string]any)
			if types, _ := excluded["resourceTypes"].([]any); len(types) == 0 {
				delete(group, "exclusionByResourceTypes")
			}
		})},
		Mend: map[string]api.Mend{
			"DescribeConfigurationRecorders": mendJSON(func(c *api.Call, out map[string]any) {
				for _, shown := range anyList(out["ConfigurationRecorders"]) {
					shown["recordingMode"] = map[string]any{"recordingFrequency": "CONTINUOUS"}
					if mode, kept := modes.get(c.Region); kept {
						shown["recordingMode"] = mode
					}
				}
			}),
			"BatchGetResourceConfig": mendJSON(func(_ *api.Call, out map[string]any) {
				for _, item := range anyList(out["baseConfigurationItems"]) {
					numberTimes(item, "configurationItemCaptureTime", "resourceCreationTime")
				}
			}),
		},
		Observe: map[string]api.Observe{
			"PutConfigurationRecorder": func(_ context.Context, c *api.Call, a *api.Answer) {
				if mode, given := recorder(c.Input)["recordingMode"]; given && a.OK() {
					modes.put(c.Region, mode)
				}
			},
			"DeleteConfigurationRecorder": func(_ context.Context, c *api.Call, a *api.Answer) {
				if a.OK() {
					modes.drop(c.Region)
				}
			},
		},
	}
}

// numberTimes turns times as Python prints them into seconds since 1970; one that cannot be read is left out.
func numberTimes(item map[string]any, names ...string) {
	for _, name := range names {
		text, isText := item[name].(string)
		if !isText {
			continue
		}
		delete(item, name)
		for _, layout := range []string{"2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05"} {
			if at, err := time.Parse(layout, text); err == nil {
				item[name] = float64(at.UnixMilli()) / 1000
			}
		}
	}
}
