package supplement

import (
	"slices"

	"assetguard/sandbox/api"
)

// cloudTrail lets trails be named by ARN, as the API allows, where moto knows them
// by name only, and filters DescribeTrails, which moto does not.
func cloudTrail() api.Supplement {
	byName := beforeJSON(func(in map[string]any) {
		for _, key := range []string{"Name", "TrailName"} {
			if name, ok := in[key].(string); ok {
				in[key] = trailName(name)
			}
		}
	})
	s := api.Supplement{Service: "cloudtrail", Before: map[string]api.Before{}, Mend: map[string]api.Mend{"DescribeTrails": mendJSON(onlyNamedTrails)}}
	for _, op := range []string{"StartLogging", "StopLogging", "UpdateTrail", "DeleteTrail", "GetTrail", "GetTrailStatus", "PutEventSelectors", "GetEventSelectors", "PutInsightSelectors", "GetInsightSelectors"} {
		s.Before[op] = byName
	}
	return s
}

// trailName is the name at the end of a trail's ARN; a name is itself.
func trailName(nameOrARN string) string { return lastPart(nameOrARN) }

func onlyNamedTrails(c *api.Call, out map[string]any) {
	wanted, _ := c.Input["trailNameList"].([]any)
	trails, _ := out["trailList"].([]any)
	if len(wanted) == 0 {
		return
	}
	out["trailList"] = slices.DeleteFunc(trails, func(t any) bool {
		trail, _ := t.(map[string]any)
		return !slices.ContainsFunc(wanted, func(w any) bool {
			name, _ := w.(string)
			return name == trail["TrailARN"] || trailName(name) == trail["Name"]
		})
	})
}
