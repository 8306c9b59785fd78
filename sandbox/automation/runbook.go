package automation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
)

// The actions of steps.
const (
	callsAPI   = "aws:executeAwsApi"
	runsScript = "aws:executeScript"
)

// runbooks are AWS's runbooks that are known, by name. What they take, call and check follows the runbook reference.
// https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/automation-runbook-reference.html
var runbooks = merged(storageRunbooks, networkRunbooks, databaseRunbooks, accountRunbooks)

func merged(some ...map[string]document) map[string]document {
	all := map[string]document{}
	for _, one := range some {
		maps.Copy(all, one)
	}
	return all
}

// taking declares parameters: a name alone is required, a pair of name and default is not. The role is required by the
// AWSConfigRemediation runbooks only.
func taking(needsRole bool, required []string, defaults map[string]string) map[string]parameter {
	all := map[string]parameter{roleParameter: {Optional: !needsRole}}
	for _, name := range required {
		all[name] = parameter{}
	}
	for name, value := range defaults {
		all[name] = parameter{Default: value}
	}
	return all
}

// configured is a runbook of the family AWSConfigRemediation, which needs a role.
func configured(required []string, defaults map[string]string, steps ...step) document {
	return document{parameters: taking(true, required, defaults), steps: steps}
}

// plain is a runbook that runs without a role too.
func plain(required []string, defaults map[string]string, steps ...step) document {
	return document{parameters: taking(false, required, defaults), steps: steps}
}

// call is a step that changes something.
func call(name string, do func(ctx context.Context, w *work) error) step {
	return step{name: name, action: callsAPI, do: func(ctx context.Context, w *work) (map[string][]string, error) { return nil, do(ctx, w) }}
}

// check is a step that reads back what was changed, shows it as its output, and fails when it does not hold.
func check(name string, read func(ctx context.Context, w *work) (found any, holds bool, err error)) step {
	return step{name: name, action: runsScript, do: func(ctx context.Context, w *work) (map[string][]string, error) {
		found, holds, err := read(ctx, w)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(found)
		if err != nil {
			return nil, err
		}
		if !holds {
			return nil, fmt.Errorf("the change cannot be verified: %s", text)
		}
		return map[string][]string{"Output": {string(text)}}, nil
	}}
}
