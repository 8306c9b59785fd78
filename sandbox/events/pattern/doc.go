// Package pattern is the event pattern language of EventBridge: it parses a
// pattern, refusing what EventBridge refuses, and decides whether an event
// matches it.
//
// Sources: the EventBridge user guide ("Comparison operators for use in event
// patterns") and the documentation of the rule engine that AWS publishes
// (aws/event-ruler). Where the two differ the engine is followed: a number in a
// pattern matches every spelling of that number (300, 300.0, 3e2).
//
// An array in an event matches when one of its elements does. Fields below an
// array of objects must be met by one and the same element.
package pattern
