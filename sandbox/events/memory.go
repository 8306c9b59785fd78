package events

import (
	"context"
	"sync"

	"assetguard/sandbox/api"
)

// memory keeps what was read from the emulator until a call that may change it has passed the gateway: an event
// would otherwise cost five reads for each delivery. The gateway tells of a call before its client sees the answer,
// so nobody who has changed something meets what was before.
type memory struct {
	mu         sync.Mutex
	generation int
	kept       map[string]any
}

func newMemory() *memory { return &memory{kept: map[string]any{}} }

// forget forgets everything, also what is being read just now.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation++
	clear(m.kept)
}

// recall returns what read returned for this key since the last change. An error is not kept.
func recall[T any](m *memory, key string, read func() (T, error)) (T, error) {
	m.mu.Lock()
	have, ok := m.kept[key].(T)
	generation := m.generation
	m.mu.Unlock()
	if ok {
		return have, nil
	}
	have, err := read()
	if err != nil {
		return have, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if generation == m.generation {
		m.kept[key] = have
	}
	return have, nil
}

// changes are the operations after which nothing is kept, by service: those that change rules, targets, functions,
// queues, topics, subscriptions, keys, log groups or their policies.
var changes = map[string][]string{
	"events": {
		"PutRule", "DeleteRule", "EnableRule", "DisableRule", "PutTargets", "RemoveTargets", "CreateEventBus", "DeleteEventBus",
	},
	"lambda": {
		"CreateFunction", "DeleteFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "PutFunctionConcurrency",
		"DeleteFunctionConcurrency", "AddPermission", "RemovePermission",
	},
	"sqs": {"CreateQueue", "DeleteQueue", "SetQueueAttributes", "AddPermission", "RemovePermission"},
	"sns": {
		"CreateTopic", "DeleteTopic", "SetTopicAttributes", "AddPermission", "RemovePermission",
		"Subscribe", "Unsubscribe", "ConfirmSubscription", "SetSubscriptionAttributes",
	},
	"kms":  {"PutKeyPolicy", "CreateAlias", "UpdateAlias", "DeleteAlias", "ScheduleKeyDeletion", "CancelKeyDeletion"},
	"logs": {"PutResourcePolicy", "DeleteResourcePolicy", "CreateLogGroup", "DeleteLogGroup"},
	// A stack makes and removes all of these.
	"cloudformation": {"CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet"},
}

// observed are the supplements that watch for changes.
func (p *Plane) observed() []api.Supplement {
	var all []api.Supplement
	for service, operations := range changes {
		watch := map[string]api.Observe{}
		for _, operation := range operations {
			watch[operation] = func(context.Context, *api.Call, *api.Answer) { p.known.forget() }
		}
		all = append(all, api.Supplement{Service: service, Observe: watch})
	}
	return all
}
