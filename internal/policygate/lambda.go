package policygate

import (
	"fmt"
	"slices"
	"strings"
)

// lambdaRules keep functions patched, observable and from losing events.
var lambdaRules = []Rule{
	{
		ID: "function-runtime", Group: groupLambda, Kinds: []string{"lambda.Function"}, Source: "Lambda.2; ISMS-P 2.10.8",
		Title: "A function runs on a supported runtime of Amazon Linux 2023.",
		Check: func(r *Resource) []string {
			runtime, known := r.at("runtime").(string)
			return when(known && !slices.Contains(runtimes, runtime), fmt.Sprintf("runtime is %s", runtime))
		},
		Mend: "use one of " + strings.Join(runtimes, ", "),
	},
	{
		ID: "function-dead-letters", Group: groupLambda, Kinds: []string{"lambda.Function"}, Source: "ISMS-P 2.9.2",
		Title:  "An event that a function cannot handle is kept.",
		Across: deadLetters,
		Mend: "set deadLetterConfig, make a lambda.FunctionEventInvokeConfig with a destination on failure, or let the function read " +
			"from a queue with dead letters; components/function does",
	},
	{
		ID: "function-tracing", Group: groupLambda, Kinds: []string{"lambda.Function"}, Source: "Lambda.7; ISMS-P 2.9.2",
		Title: "A function is traced.",
		Check: func(r *Resource) []string {
			return when(!mayBe(r.at("tracingConfig", "mode"), "Active"), "tracingConfig.mode is not Active")
		},
		Mend: "set tracingConfig.mode to Active",
	},
}

// runtimes are those that AWS supports and that stand on Amazon Linux 2023; Amazon Linux 2 ended in June 2026.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
var runtimes = []string{
	"provided.al2023", "nodejs22.x", "nodejs24.x", "python3.12", "python3.13", "python3.14", "java21", "java25", "dotnet10", "ruby3.4",
}

// deadLetters finds where the failed events of a function go.
func deadLetters(r *Resource, p *Program) []string {
	if isSet(r.at("deadLetterConfig", "targetArn")) || len(p.companions(r, "lambda.EventSourceMapping", "functionName", r.at("name"))) > 0 {
		return nil
	}
	for _, config := range p.companions(r, "lambda.FunctionEventInvokeConfig", "functionName", r.at("name")) {
		if isSet(config.at("destinationConfig", "onFailure", "destination")) {
			return nil
		}
	}
	return []string{"it has no deadLetterConfig, no destination on failure and reads from no queue"}
}
