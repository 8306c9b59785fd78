package cloudtrail

import (
	"slices"
	"strings"
	"sync"
)

// trails knows which trails of the account log.
type trails struct {
	account string
	mu      sync.Mutex
	byARN   map[string]*trail
}

type trail struct {
	name, home string
	// everywhere is a multi-region trail, global one that takes the events of
	// services without a region, writes one that takes management events that
	// change something.
	everywhere, global, writes, logging bool
}

// covers says whether some trail logs the changes of a region.
func (t *trails) covers(region string, global bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.byARN {
		if x.logging && x.writes && (x.everywhere || x.home == region) && (x.global || !global) {
			return true
		}
	}
	return false
}

// observe follows a successful call to CloudTrail itself.
func (t *trails) observe(region, operation string, in, out map[string]any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name, _ := in["Name"].(string)
	if name == "" {
		name, _ = in["TrailName"].(string)
	}
	arn := t.arn(region, name)
	if operation == "CreateTrail" {
		if given, ok := out["TrailARN"].(string); ok {
			arn = given
		}
		t.byARN[arn] = &trail{name: name, home: part(arn, 3), global: true, writes: true}
	}
	x := t.byARN[arn]
	if x == nil {
		return
	}
	switch operation {
	case "CreateTrail", "UpdateTrail":
		set(&x.everywhere, in["IsMultiRegionTrail"])
		set(&x.global, in["IncludeGlobalServiceEvents"])
	case "StartLogging":
		x.logging = true
	case "StopLogging":
		x.logging = false
	case "DeleteTrail":
		delete(t.byARN, arn)
	case "PutEventSelectors":
		x.writes = takesWrites(in)
	}
}

// arn finds a trail by ARN, or by the name that it has in a region: a multi-region
// trail answers to its name in its home region only.
func (t *trails) arn(region, nameOrARN string) string {
	if strings.HasPrefix(nameOrARN, "arn:") {
		return nameOrARN
	}
	for arn, x := range t.byARN {
		if x.name == nameOrARN && x.home == region {
			return arn
		}
	}
	return "arn:aws:cloudtrail:" + region + ":" + t.account + ":trail/" + nameOrARN
}

func set(field *bool, given any) {
	if b, ok := given.(bool); ok {
		*field = b
	}
}

// takesWrites reads event selectors: whether they take management events that
// change something.
func takesWrites(in map[string]any) bool {
	basic, _ := in["EventSelectors"].([]any)
	for _, selector := range objects(basic) {
		kind, _ := selector["ReadWriteType"].(string)
		if selector["IncludeManagementEvents"] != false && kind != "ReadOnly" {
			return true
		}
	}
	advanced, _ := in["AdvancedEventSelectors"].([]any)
	for _, selector := range objects(advanced) {
		if takesManagementWrites(selector) {
			return true
		}
	}
	return false
}

func takesManagementWrites(selector map[string]any) bool {
	fields, _ := selector["FieldSelectors"].([]any)
	management, writes := false, true
	for _, field := range objects(fields) {
		equals, _ := field["Equals"].([]any)
		switch field["Field"] {
		case "eventCategory":
			management = slices.Contains(equals, any("Management"))
		case "readOnly":
			writes = slices.Contains(equals, any("false"))
		}
	}
	return management && writes
}

// objects keeps the objects of a list.
func objects(list []any) []map[string]any {
	var out []map[string]any
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
