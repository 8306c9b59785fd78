package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/invopop/jsonschema"

	"assetguard/stacks/config"
)

//go:embed configuration.md.tmpl
var templates embed.FS

// block is one object of the settings, as one table.
type block struct {
	Path        string
	Description string
	Rows        []row
}

// row is one key of a block.
type row struct {
	Key, Type, Required, Default, Meaning string
}

// newReference returns docs/configuration.md: the blocks of the schema as tables, and the example company.
func newReference(root string, schema *jsonschema.Schema) ([]byte, error) {
	page := struct {
		Key       string
		Blocks    []block
		Dev, Prod string
	}{Key: config.Key, Blocks: blocks(schema, config.Key)}
	page.Blocks[0].Description = "The whole of a stack's settings."
	for _, b := range page.Blocks {
		for _, r := range b.Rows {
			if r.Meaning == "" {
				return nil, fmt.Errorf("%s.%s has no comment", b.Path, r.Key)
			}
		}
	}
	for stack, text := range map[string]*string{"dev": &page.Dev, "prod": &page.Prod} {
		example, err := os.ReadFile(filepath.Join(root, "stacks/config/testdata/example."+stack+".yaml"))
		if err != nil {
			return nil, err
		}
		_, body, _ := strings.Cut(string(example), "\n") // without the editor's schema line
		*text = strings.TrimSpace(body)
	}
	parsed, err := template.ParseFS(templates, "*.tmpl")
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, page); err != nil {
		return nil, fmt.Errorf("render the reference: %w", err)
	}
	return text.Bytes(), nil
}

// blocks returns the object at path and, depth first, the objects in it, the values of maps among them.
func blocks(object *jsonschema.Schema, path string) []block {
	own := block{Path: path, Description: object.Description}
	var inner []block
	for pair := object.Properties.Oldest(); pair != nil; pair = pair.Next() {
		key, part := pair.Key, pair.Value
		own.Rows = append(own.Rows, newRow(object, key, part))
		below := key
		if path != config.Key {
			below = path + "." + key
		}
		switch {
		case part.Properties != nil:
			inner = append(inner, blocks(part, below)...)
		case isObject(part.AdditionalProperties):
			inner = append(inner, blocks(part.AdditionalProperties, below+"."+anyKey)...)
		case part.Items != nil && part.Items.Properties != nil:
			inner = append(inner, blocks(part.Items, below+"[]")...)
		}
	}
	return append([]block{own}, inner...)
}

// isObject tells whether the values of a map are objects.
func isObject(values *jsonschema.Schema) bool { return values != nil && values.Properties != nil }

func newRow(object *jsonschema.Schema, key string, part *jsonschema.Schema) row {
	r := row{Key: key, Type: typeOf(part), Required: "no", Default: "–", Meaning: inCell(part.Description)}
	if slices.Contains(object.Required, key) {
		r.Required = "yes"
	}
	for _, conditional := range object.AllOf {
		if slices.Contains(conditional.Then.Required, key) {
			mode, _ := conditional.If.Properties.Get("mode")
			r.Required = fmt.Sprintf("mode %s", mode.Const)
		}
	}
	if part.Default != nil {
		text, err := json.Marshal(part.Default)
		if err != nil {
			panic(err) // a default is a text, a number or a bool
		}
		r.Default = "`" + string(text) + "`"
	}
	return r
}

func typeOf(part *jsonschema.Schema) string {
	switch {
	case len(part.Enum) > 0 && len(part.Enum) <= 4:
		values := make([]string, len(part.Enum))
		for i, value := range part.Enum {
			values[i] = fmt.Sprintf("`%v`", value)
		}
		return strings.Join(values, ", ")
	case part.AnyOf != nil:
		return "text"
	case part.Type == "array":
		return "list of " + plural(typeOf(part.Items))
	case isObject(part.AdditionalProperties):
		return "object of objects"
	case part.Type == "object" && part.Properties == nil:
		return "object of texts"
	default:
		return map[string]string{
			"string": "text", "integer": "whole number", "boolean": "true or false", "object": "object",
		}[part.Type]
	}
}

// plural is of a type's name; values that are listed stay as they are.
func plural(name string) string {
	if strings.HasPrefix(name, "`") {
		return name
	}
	return name + "s"
}

func inCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
