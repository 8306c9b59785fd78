package events

import "assetguard/sandbox/api"

// Supplements are the calls that the plane answers or watches.
func (p *Plane) Supplements() []api.Supplement {
	return []api.Supplement{
		{
			Service: "events",
			Handle: map[string]api.Handler{
				"PutEvents": p.putEvents, "TestEventPattern": p.testPattern, "PutRule": p.checkPattern,
			},
			Mend: map[string]api.Mend{
				"PutRule": p.rulesChanged, "DeleteRule": p.rulesChanged, "EnableRule": p.rulesChanged, "DisableRule": p.rulesChanged,
				"PutTargets": p.rulesChanged, "RemoveTargets": p.rulesChanged,
				"CreateEventBus": p.rulesChanged, "DeleteEventBus": p.rulesChanged,
			},
		},
		{
			Service: "lambda",
			Handle: map[string]api.Handler{
				"Invoke":                   p.invoke,
				"CreateEventSourceMapping": p.createMapping, "GetEventSourceMapping": p.getMapping,
				"ListEventSourceMappings": p.listMappings, "UpdateEventSourceMapping": p.updateMapping,
				"DeleteEventSourceMapping": p.deleteMapping,
				"TagResource":              p.tagged, "UntagResource": p.tagged, "ListTags": p.tagged,
			},
			Mend: map[string]api.Mend{
				"CreateFunction": p.deployed, "UpdateFunctionCode": p.deployed, "UpdateFunctionConfiguration": p.deployed,
				"DeleteFunction": p.deleted,
			},
		},
		{
			Service: "sns",
			Handle:  map[string]api.Handler{"Publish": p.publishCall, "PublishBatch": p.publishBatch},
		},
	}
}
