package imagebuilder

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const soundDocument = `name: sound
schemaVersion: 1.0
parameters:
  - Bucket: {type: string, default: some}
phases:
  - name: build
    steps:
      - {name: Update, action: UpdateOS}
      - {name: Say, action: ExecuteBash, onFailure: Continue, timeoutSeconds: -1, maxAttempts: 2, inputs: {commands: [echo hello]}}
      - {name: Upload, action: S3Upload, inputs: [{source: /tmp/x, destination: "s3://{{ Bucket }}/{{ build.Say.outputs.stdout }}"}]}
      - {name: Again, action: Reboot, inputs: {delaySeconds: 10}}
`

func TestValidateDocument(t *testing.T) {
	require.NoError(t, ValidateDocument(soundDocument))
	for name, c := range map[string]struct{ old, new, fault string }{
		"no YAML":                {"name: sound", "name: [", "yaml"},
		"an unknown key":         {"name: sound", "names: sound", "field names not found"},
		"another schema":         {"schemaVersion: 1.0", "schemaVersion: 2.0", `schemaVersion is "2.0": write 1.0`},
		"no schema":              {"schemaVersion: 1.0\n", "", "schemaVersion is"},
		"an unknown phase":       {"- name: build", "- name: compile", "phase compile: Image Builder runs no such phase"},
		"no known phase":         {"- name: build", "- name: compile", "there is none of the phases build, validate and test"},
		"a number for a name":    {"type: string", "type: number", `parameter "Bucket" of type "number"`},
		"a step twice":           {"name: Say,", "name: Update,", "phase build, step Update: it stands there twice"},
		"a bad name":             {"name: Say,", "name: Say it,", "other characters than letters"},
		"an unknown action":      {"ExecuteBash", "ExecutePerl", `there is no action "ExecutePerl" for Linux`},
		"an action of Windows":   {"ExecuteBash", "ExecutePowerShell", `there is no action "ExecutePowerShell" for Linux`},
		"an unknown failure":     {"onFailure: Continue", "onFailure: Retry", `onFailure is "Retry"`},
		"no time":                {"timeoutSeconds: -1", "timeoutSeconds: 0", "timeoutSeconds is 0"},
		"no attempt":             {"maxAttempts: 2", "maxAttempts: 0", "maxAttempts is 0"},
		"inputs not a list":      {"inputs: [{source: /tmp/x, destination: \"s3://{{ Bucket }}/{{ build.Say.outputs.stdout }}\"}]", "inputs: {source: /tmp/x}", "the inputs of S3Upload are a list"},
		"inputs a list":          {"inputs: {commands: [echo hello]}", "inputs: [echo]", "the inputs of ExecuteBash are keys and values"},
		"an entry not a map":     {"[{source: /tmp/x, destination: \"s3://{{ Bucket }}/{{ build.Say.outputs.stdout }}\"}]", "[text]", "the inputs of S3Upload are keys and values"},
		"an input missing":       {"source: /tmp/x, ", "", "S3Upload needs the input source"},
		"an unknown input":       {"source: /tmp/x, ", "source: /tmp/x, bucket: b, ", "S3Upload has no input bucket"},
		"no inputs":              {", inputs: {commands: [echo hello]}", "", "the inputs of ExecuteBash are keys and values"},
		"no commands":            {"commands: [echo hello]", "commands: []", "commands are a list"},
		"an empty command":       {"commands: [echo hello]", `commands: [""]`, "commands are a list"},
		"an unknown reference":   {"{{ Bucket }}", "{{ Buckets }}", "{{ Buckets }} is no parameter"},
		"a later step":           {"echo hello", `"{{ build.Upload.outputs.stdout }}"`, "is no parameter, no constant and no output of an earlier step"},
		"an open reference":      {"echo hello", `"{{ Bucket"`, "{{ stands there without its }}"},
		"a long description":     {"name: sound", "name: sound\ndescription: " + strings.Repeat("x", 1025), "description has 1025 characters"},
		"too large for anything": {"echo hello", strings.Repeat("x", MaxDocumentBytes), "allowed are 64000"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, soundDocument, c.old)
			assert.ErrorContains(t, ValidateDocument(strings.Replace(soundDocument, c.old, c.new, 1)), c.fault)
		})
	}
	assert.ErrorContains(t, ValidateDocument("schemaVersion: 1.0\nphases:\n  - {name: build, steps: []}\n  - {name: build, steps: []}\n"),
		"phase build: it has no steps\nphase build: it stands there twice")
}
