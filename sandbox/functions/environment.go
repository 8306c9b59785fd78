package functions

import (
	"fmt"
	"sort"
)

// environment is what Lambda gives a process: the function's own variables,
// and the reserved ones, which win.
func environment(fn Function, root, endpoint, runtimeAPI, stream string) []string {
	vars := map[string]string{
		"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"LANG": "en_US.UTF-8",
		"TZ":   ":UTC",
	}
	for name, value := range fn.Environment {
		vars[name] = value
	}
	for name, value := range map[string]string{
		"AWS_LAMBDA_FUNCTION_NAME":        fn.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     fn.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": fmt.Sprint(fn.MemoryMB),
		"AWS_LAMBDA_LOG_GROUP_NAME":       fn.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME":      stream,
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_EXECUTION_ENV":               "AWS_Lambda_provided.al2023",
		"AWS_REGION":                      fn.Region,
		"AWS_DEFAULT_REGION":              fn.Region,
		"AWS_ACCESS_KEY_ID":               fn.accessKey(),
		"AWS_SECRET_ACCESS_KEY":           "sandbox",
		"AWS_SESSION_TOKEN":               "sandbox-session-of-" + fn.Name,
		"AWS_ENDPOINT_URL":                endpoint,
		"LAMBDA_TASK_ROOT":                root,
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"_HANDLER":                        fn.Handler,
		"_X_AMZN_TRACE_ID":                "",
	} {
		vars[name] = value
	}
	list := make([]string, 0, len(vars))
	for name, value := range vars {
		list = append(list, name+"="+value)
	}
	sort.Strings(list)
	return list
}
