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
			Handle: map[string]api.Handler{
				"Publish": p.publishCall, "PublishBatch": p.publishBatch,
				"ConfirmSubscription": p.confirmCall, "Unsubscribe": p.refuseUnsubscribe,
			},
			Mend: map[string]api.Mend{
				"Subscribe": p.subscribed, "ListSubscriptions": p.showPending, "ListSubscriptionsByTopic": p.showPending,
				"GetSubscriptionAttributes": p.showAttributes, "GetTopicAttributes": p.showCounts,
			},
			Observe: map[string]api.Observe{"Unsubscribe": p.unsubscribed, "DeleteTopic": p.topicDeleted},
		},
	}...)
}
