package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/go-viper/mapstructure/v2"
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
	settings, err := json.Marshal(file.Config[Key])
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", path, Key, err)
	}
	return Parse(stackOf(path), settings)
}

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

// decode fills s from tree and returns the faults of its keys and types.
func decode(tree map[string]any, s *Settings) ([]Fault, error) {
	var found mapstructure.Metadata
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:     s,
		TagName:    "json",
		Metadata:   &found,
		ZeroFields: true,
		DecodeHook: refuseNumberAsText,
		MatchName:  func(key, field string) bool { return key == field },
	})
	if err != nil {
		return nil, fmt.Errorf("decoder of the settings: %w", err)
	}
	faults := typeFaults(decoder.Decode(withoutNulls(tree)))
	for _, path := range found.Unused {
		faults = append(faults, unknownKey(path))
	}
	return faults, nil
}

// withoutNulls leaves out keys without a value, which count as absent: a YAML key with nothing behind it.
func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		kept := make(map[string]any, len(value))
		for key, child := range value {
			if child != nil {
				kept[key] = withoutNulls(child)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(value))
		for i, child := range value {
			kept[i] = withoutNulls(child)
		}
		return kept
	default:
		return value
	}
}

// refuseNumberAsText keeps mapstructure from reading a json.Number, whose kind is string, into a text.
func refuseNumberAsText(from, to reflect.Type, value any) (any, error) {
	if from == reflect.TypeFor[json.Number]() && to.Kind() == reflect.String {
		return nil, &wrongType{want: to, got: value}
	}
	return value, nil
}
