package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const root = "../../.."

func TestCommittedDocumentsAreCurrent(t *testing.T) {
	documents, err := render(root)
	require.NoError(t, err)
	require.Len(t, documents, 2)
	for path, content := range documents {
		committed, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		assert.Equal(t, string(content), string(committed), "%s: run go generate ./stacks/config", path)
	}
}

func TestCompleteFilesFitTheSchema(t *testing.T) {
	schema := committedSchema(t)
	for _, path := range []string{
		"Pulumi.local.yaml",
		"stacks/config/testdata/example.dev.yaml",
		"stacks/config/testdata/example.prod.yaml",
	} {
		t.Run(path, func(t *testing.T) {
			assert.NoError(t, schema.Validate(readYAML(t, filepath.Join(root, path))))
		})
	}
}

// The files of real stacks leave out what only the company knows, and are otherwise as the schema wants.
func TestCommittedFilesOnlyLackRequiredValues(t *testing.T) {
	schema := committedSchema(t)
	cases := map[string][]string{
		"Pulumi.dev.yaml":  {"id", "people", "repository"},
		"Pulumi.prod.yaml": {"id", "people", "privateSubnetIds", "publicSubnetIds", "repository", "vpcId"},
	}
	for path, lacks := range cases {
		t.Run(path, func(t *testing.T) {
			var invalid *jsonschema.ValidationError
			require.ErrorAs(t, schema.Validate(readYAML(t, filepath.Join(root, path))), &invalid)
			var missing []string
			for _, leaf := range leaves(invalid) {
				required, ok := leaf.ErrorKind.(*kind.Required)
				require.True(t, ok, "%v", leaf)
				missing = append(missing, required.Missing...)
			}
			assert.ElementsMatch(t, lacks, missing)
		})
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := committedSchema(t)
	cases := map[string][2]string{
		"unknown key":              {"language: ko", "langage: ko"},
		"unknown key of project":   {"assetguard:settings:", "assetguard:setting:"},
		"account of eleven digits": {`"111122223333"`, `"11112222333"`},
		"subnet where VPC stands":  {"vpc-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60718"},
		"retention between steps":  {"logDays: 365", "logDays: 364"},
		"unknown role":             {"role: owner", "role: lodger"},
		"address without domain":   {"ciso@example.com", "ciso"},
	}
	example, err := os.ReadFile(filepath.Join(root, "stacks/config/testdata/example.prod.yaml"))
	require.NoError(t, err)
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			changed := bytes.Replace(example, []byte(change[0]), []byte(change[1]), 1)
			require.NotEqual(t, string(example), string(changed))
			assert.Error(t, schema.Validate(decodeYAML(t, changed)))
		})
	}
}

// A number is what `pulumi config set --path` makes of an account id.
func TestSchemaTakesNumericAccount(t *testing.T) {
	example, err := os.ReadFile(filepath.Join(root, "stacks/config/testdata/example.prod.yaml"))
	require.NoError(t, err)
	changed := bytes.Replace(example, []byte(`"111122223333"`), []byte(`111122223333`), 1)
	assert.NoError(t, committedSchema(t).Validate(decodeYAML(t, changed)))
}

func committedSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(root, "docs/configuration.schema.json"))
	require.NoError(t, err)
	return schema
}

func readYAML(t *testing.T, path string) any {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return decodeYAML(t, text)
}

// decodeYAML returns the document as JSON values, which is what the validator reads.
func decodeYAML(t *testing.T, text []byte) any {
	t.Helper()
	var document any
	require.NoError(t, yaml.Unmarshal(text, &document))
	asJSON, err := json.Marshal(document)
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	require.NoError(t, err)
	return value
}

func leaves(err *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(err.Causes) == 0 {
		return []*jsonschema.ValidationError{err}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range err.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}
