package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Parse reads the settings object of a stack, as the JSON that Pulumi hands to the program, fills in the
// defaults and checks the whole. The error is an [*Error] with every fault; an empty settings is the fault
// that all required values are missing.
func Parse(stack string, settings []byte) (*Settings, error) {
	tree, err := readTree(settings)
	if err != nil {
		return nil, newError(stack, []Fault{{
			Problem: err.Error(),
			Mend:    "write an object as docs/configuration.md shows it",
		}})
	}
	acceptNumericID(tree)
	s := Defaults()
	faults, err := decode(tree, s)
	if err != nil {
		return nil, err
	}
	faults = append(faults, s.validate(stack, faults)...)
	if len(faults) > 0 {
		return nil, newError(stack, faults)
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
	for _, key := range slices.Sorted(maps.Keys(file.Config)) {
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

// readTree reads the object. No settings at all are an empty object.
func readTree(settings []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(settings)) == 0 {
		return map[string]any{}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(settings))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	switch value := value.(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return value, nil
	default:
		return nil, fmt.Errorf("want an object, got %s", kindOf(value))
	}
}

// acceptNumericID turns a numeric account id into text: `pulumi config set --path` stores digits as a
// number.
func acceptNumericID(tree map[string]any) {
	account, ok := tree["account"].(map[string]any)
	if !ok {
		return
	}
	if id, ok := account["id"].(json.Number); ok {
		account["id"] = id.String()
	}
}

// decode fills s from the parts of tree that fit, and returns the faults of the others.
func decode(tree map[string]any, s *Settings) ([]Fault, error) {
	fitting, faults := fit(reflect.TypeFor[Settings](), tree, "")
	settings, err := json.Marshal(fitting)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if err := json.Unmarshal(settings, s); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return faults, nil
}
