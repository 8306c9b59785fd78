package events

import "assetguard/sandbox/api"

// Supplements are the calls that the plane answers or watches.
func (p *Plane) Supplements() []api.Supplement {
	return append(p.observed(), []api.Supplement{
		{
			Service: "events",
			Handle: map[string]api.Handler{
				"PutEvents": p.putEvents, "TestEventPattern": p.testPattern, "PutRule": p.checkPattern,
			},
		},
		{
			Service: "lambda",
			Handle: map[string]api.Handler{
				"Invoke":                   p.invoke,
				"CreateEventSourceMapping": p.createMapping, "GetEventSourceMapping": p.withMapping(p.getMapping),
				"ListEventSourceMappings": p.listMappings, "UpdateEventSourceMapping": p.withMapping(p.updateMapping),
				"DeleteEventSourceMapping": p.withMapping(p.deleteMapping),
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
	}...)
}
