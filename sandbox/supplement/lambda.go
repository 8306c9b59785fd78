package supplement

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// functionFields are members of a function's configuration that moto takes and
// does not give back.
var functionFields = []string{"DeadLetterConfig", "KMSKeyArn", "LoggingConfig", "SnapStart", "FileSystemConfigs"}

// lambdaTable gives back the parts of a function's configuration that moto drops,
// and lets the asynchronous-invoke configuration be updated: moto keeps the first
// one for ever. (Replacing it is the event plane's part.)
func lambdaTable(o Options) api.Supplement {
	dropped := newMemory[map[string]any]() // by region and function
	keep := func(_ context.Context, c *api.Call, a *api.Answer) {
		if !a.OK() {
			return
		}
		kept, _ := dropped.get(functionKey(c))
		kept = maps.Clone(kept)
		if kept == nil || c.Operation == "CreateFunction" {
			kept = map[string]any{}
		}
		for _, field := range functionFields {
			if v, ok := c.Input[field]; ok {
				kept[field] = v
			}
		}
		dropped.put(functionKey(c), kept)
	}
	// mended runs after keep has seen earlier calls; the call's own parameters go
	// first, as they are not kept before the call has succeeded.
	mended := mendJSON(func(c *api.Call, out map[string]any) {
		kept, _ := dropped.get(functionKey(c))
		complete(out, c.Input, kept)
		if configuration, ok := out["Configuration"].(map[string]any); ok {
			complete(configuration, nil, kept)
		}
		for _, v := range anyList(out["Versions"]) {
			complete(v, nil, kept)
		}
		for _, f := range anyList(out["Functions"]) {
			name, _ := f["FunctionName"].(string)
			kept, _ := dropped.get(c.Region + "/" + name)
			complete(f, nil, kept)
		}
	})
	s := api.Supplement{
		Service: "lambda",
		Mend:    map[string]api.Mend{},
		Before:  map[string]api.Before{"UpdateFunctionEventInvokeConfig": replaceInvokeConfig(o)},
		Observe: map[string]api.Observe{
			"CreateFunction": keep, "UpdateFunctionConfiguration": keep,
			"DeleteFunction": func(_ context.Context, c *api.Call, a *api.Answer) {
				if a.OK() && text(c, "Qualifier") == "" {
					dropped.drop(functionKey(c))
				}
			},
		},
	}
	for _, op := range []string{"CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode", "PublishVersion", "GetFunction", "GetFunctionConfiguration", "ListVersionsByFunction", "ListFunctions"} {
		s.Mend[op] = mended
	}
	s.Mend["UpdateFunctionEventInvokeConfig"] = mendJSON(numericModified)
	return s
}

// complete adds the fields that a function's configuration lacks. A function that
// never had a logging configuration writes text to its own log group.
func complete(configuration, input, kept map[string]any) {
	name, ok := configuration["FunctionName"].(string)
	if !ok {
		return
	}
	for _, field := range functionFields {
		v, given := input[field]
		if !given {
			v, given = kept[field]
		}
		if given {
			configuration[field] = v
		}
	}
	logging := map[string]any{"LogFormat": "Text", "LogGroup": "/aws/lambda/" + name}
	given, _ := configuration["LoggingConfig"].(map[string]any)
	maps.Copy(logging, given)
	configuration["LoggingConfig"] = logging
	snap := map[string]any{"ApplyOn": "None", "OptimizationStatus": "Off"}
	given, _ = configuration["SnapStart"].(map[string]any)
	maps.Copy(snap, given)
	configuration["SnapStart"] = snap
	if dead, ok := configuration["DeadLetterConfig"].(map[string]any); ok && (dead["TargetArn"] == nil || dead["TargetArn"] == "") {
		delete(configuration, "DeadLetterConfig")
	}
}

// numericModified writes LastModified as seconds, as the API does; moto writes text.
func numericModified(_ *api.Call, out map[string]any) {
	if text, ok := out["LastModified"].(string); ok {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			out["LastModified"] = float64(t.UnixMilli()) / 1000
		}
	}
}

func anyList(v any) []map[string]any {
	list, _ := v.([]any)
	var out []map[string]any
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// functionKey names a call's function, which may be given by name, ARN, or either
// with a qualifier.
func functionKey(c *api.Call) string {
	return c.Region + "/" + functionName(text(c, "FunctionName"))
}

func functionName(given string) string {
	if _, rest, ok := strings.Cut(given, ":function:"); ok {
		given = rest
	}
	name, _, _ := strings.Cut(given, ":")
	return name
}

// replaceInvokeConfig takes the earlier configuration out of moto, which would
// otherwise answer with it for ever, and completes an update from it.
func replaceInvokeConfig(o Options) api.Before {
	return func(ctx context.Context, c *api.Call) error {
		client := lambda.NewFromConfig(o.Emulator(c.Region))
		name := functionName(text(c, "FunctionName"))
		before, err := client.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: &name})
		var missing *types.ResourceNotFoundException
		if errors.As(err, &missing) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("event invoke configuration of %s: %w", name, err)
		}
		if err := completeInvokeConfig(c, before); err != nil {
			return err
		}
		_, err = client.DeleteFunctionEventInvokeConfig(ctx, &lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: &name})
		return err
	}
}

// completeInvokeConfig adds to an update what it leaves as it is.
func completeInvokeConfig(c *api.Call, before *lambda.GetFunctionEventInvokeConfigOutput) error {
	body := map[string]any{}
	if err := json.Unmarshal(c.Body, &body); err != nil {
		return &api.Error{Code: "InvalidRequestContentException", Message: err.Error()}
	}
	if body["MaximumRetryAttempts"] == nil && before.MaximumRetryAttempts != nil {
		body["MaximumRetryAttempts"] = *before.MaximumRetryAttempts
	}
	if body["MaximumEventAgeInSeconds"] == nil && before.MaximumEventAgeInSeconds != nil {
		body["MaximumEventAgeInSeconds"] = *before.MaximumEventAgeInSeconds
	}
	if body["DestinationConfig"] == nil && before.DestinationConfig != nil {
		body["DestinationConfig"] = before.DestinationConfig
	}
	var err error
	c.Body, err = json.Marshal(body)
	return err
}
