package createevent

import "slices"

// ReadySource is the EventBridge source of the events that RDS sends itself.
const ReadySource = "aws.rds"

// Ready is a kind of event by which RDS says that an asset is made and takes tags: a create event can be hours older,
// when a large database is restored.
type Ready struct {
	DetailType string
	EventIDs   []string
}

// Automated snapshots are left out: no call makes them.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-rds.html
var ready = []Ready{
	{"RDS DB Instance Event", []string{"RDS-EVENT-0005", "RDS-EVENT-0019", "RDS-EVENT-0043"}}, // created, restored to a time, from a snapshot
	{"RDS DB Cluster Event", []string{"RDS-EVENT-0170"}},
	{"RDS DB Snapshot Event", []string{"RDS-EVENT-0042", "RDS-EVENT-0060", "RDS-EVENT-0197"}}, // made by hand, copied from a region, within it
	{"RDS DB Cluster Snapshot Event", []string{"RDS-EVENT-0075"}},
}

// AllReady returns every kind once, with its ids. The slices are not the caller's to change.
func AllReady() []Ready { return slices.Clone(ready) }

// IsReady reports whether an event of ReadySource says that an asset takes tags.
func IsReady(detailType, eventID string) bool {
	return slices.ContainsFunc(ready, func(r Ready) bool {
		return r.DetailType == detailType && slices.Contains(r.EventIDs, eventID)
	})
}
