package api

import "context"

// Bus takes events in EventBridge's envelope for the bus of a region. It does not wait until they are delivered.
type Bus interface {
	Put(ctx context.Context, region, bus string, envelope map[string]any)
}
