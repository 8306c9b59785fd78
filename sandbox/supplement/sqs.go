package supplement

import (
	"bytes"
	"encoding/json"

	"assetguard/sandbox/api"
)

// policyAttributes are queue attributes that hold JSON.
var policyAttributes = []string{"RedrivePolicy", "RedriveAllowPolicy"}

// sqsTable gives policies back without spaces: moto writes them anew with spaces,
// and the provider's waiter, which compares text, would wait in vain.
func sqsTable() api.Supplement {
	return api.Supplement{Service: "sqs", Mend: map[string]api.Mend{"GetQueueAttributes": mendJSON(func(_ *api.Call, out map[string]any) {
		attributes, _ := out["Attributes"].(map[string]any)
		for _, name := range policyAttributes {
			text, ok := attributes[name].(string)
			var compact bytes.Buffer
			if ok && json.Compact(&compact, []byte(text)) == nil {
				attributes[name] = compact.String()
			}
		}
	})}}
}
