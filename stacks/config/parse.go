package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"assetguard/internal/strict"
)

// Parse reads the settings object of a stack, as the JSON that Pulumi hands to the program, fills in the
// defaults and checks the whole. The error is an [*Error] with every fault; an empty settings is the fault
// that all required values are missing.
func Parse(stack string, settings []byte) (*Settings, error) {
	tree, faults, err := readTree(settings)
	if err != nil {
		return nil, newError(stack, nil, []Fault{{
			Problem: err.Error(),
			Mend:    "write an object as docs/configuration.md shows it",
		}})
	}
	acceptNumericID(tree)
	s := Defaults()
	unfit, _ := strict.Decode(tree, s, strict.NullIsAbsent)
	missing, wrong := s.validate(stack, append(faults, unfit...))
	if len(missing)+len(wrong) > 0 {
		return nil, newError(stack, missing, wrong)
	}
	return s, nil
}

// LoadFile reads the settings of a stack from its Pulumi.<stack>.yaml; the stack's name is the middle of the
// file's name. Errors are those of [Parse], of reading the file, and of its YAML.
func LoadFile(path string) (*Settings, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration of the stack: %w", err)
	}
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, key := range strict.Keys(file.Config) {
		if strings.HasPrefix(key, namespace) && key != Key {
			return nil, fmt.Errorf("%s: config has the unknown key %s: the settings are in %s", path, key, Key)
		}
	}
	settings, err := json.Marshal(file.Config[Key])
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", path, Key, err)
	}
	return Parse(stackOf(path), settings)
}

// namespace begins every key of this project.
const namespace = "assetguard:"

// stackOf is dev for Pulumi.dev.yaml.
func stackOf(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if _, after, found := strings.Cut(name, "."); found {
		return after
	}
	return name
}

// readTree reads the settings. None at all, or null, are an empty object.
func readTree(settings []byte) (tree any, repeated []Fault, err error) {
	if len(bytes.TrimSpace(settings)) > 0 {
		tree, repeated, err = strict.Read(settings)
	}
	if tree == nil {
		tree = map[string]any{}
	}
	return tree, repeated, err
}

// acceptNumericID turns a numeric account id into text: `pulumi config set --path` stores digits as a
// number.
func acceptNumericID(tree any) {
	settings, _ := tree.(map[string]any)
	account, _ := settings["account"].(map[string]any)
	if id, ok := account["id"].(json.Number); ok {
		account["id"] = id.String()
	}
}
