package events

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// text is what the target receives: its constant input, a part of the event, a
// filled template, or the whole event.
func (d delivery) text(now time.Time) (string, error) {
	switch {
	case d.target.input != nil:
		return *d.target.input, nil
	case d.target.inputPath != nil:
		value, found, err := at(d.event, *d.target.inputPath)
		if err != nil || !found {
			return "null", err
		}
		return string(mustJSON(value)), nil
	case d.target.transformer != nil:
		values := map[string]any{
			"aws.events.rule-arn": d.source, "aws.events.rule-name": d.rule,
			"aws.events.event.ingestion-time": now.UTC().Format("2006-01-02T15:04:05.000Z"),
			"aws.events.event":                d.event, "aws.events.event.json": d.event,
		}
		for name, path := range d.target.transformer.InputPathsMap {
			value, found, err := at(d.event, path)
			if err != nil {
				return "", fmt.Errorf("input path %s: %w", name, err)
			}
			if found {
				values[name] = value
			}
		}
		return fill(aws.ToString(d.target.transformer.InputTemplate), values), nil
	}
	return string(mustJSON(d.event)), nil
}

// fill replaces <name> in a template. Outside of quotes a value is put as JSON;
// inside of quotes, as the text in them. A name without a value is an empty
// text; what is no name stays.
func fill(template string, values map[string]any) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(template); i++ {
		switch c := template[i]; {
		case c == '\\' && i+1 < len(template):
			out.WriteString(template[i : i+2])
			i++
		case c == '"':
			quoted = !quoted
			out.WriteByte(c)
		case c == '<' && placeholder(template[i:]) != "":
			name := placeholder(template[i:])
			value, found := values[name]
			out.WriteString(filled(value, found, quoted))
			i += len(name) + 1
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// placeholder is the name in "<name>..." or "".
func placeholder(text string) string {
	end := strings.IndexByte(text, '>')
	if end < 2 {
		return ""
	}
	name := text[1:end]
	for _, c := range name {
		if !strings.ContainsRune("-_.", c) && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return ""
		}
	}
	return name
}

func filled(value any, found, quoted bool) string {
	switch {
	case !found && quoted:
		return ""
	case !found:
		return `""`
	case !quoted:
		return string(mustJSON(value))
	}
	text, isText := value.(string)
	if !isText {
		text = string(mustJSON(value))
	}
	body := mustJSON(text)
	return string(body[1 : len(body)-1])
}

// at reads a JSON path of EventBridge: $, .name, ['name'], [3] and [*].
func at(value any, path string) (any, bool, error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, false, err
	}
	result, found := follow(value, steps)
	return result, found, nil
}

func parsePath(path string) ([]string, error) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, fmt.Errorf("the JSON path %q does not start with $", path)
	}
	var steps []string
	for rest != "" {
		switch rest[0] {
		case '.':
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			steps, rest = append(steps, rest[1:end]), rest[end:]
		case '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, fmt.Errorf("the JSON path %q lacks a ]", path)
			}
			step := rest[1:end]
			if unquoted := strings.Trim(step, `'"`); unquoted == step {
				step = "[" + step // an index, not a name
			} else {
				step = unquoted
			}
			steps, rest = append(steps, step), rest[end+1:]
		default:
			return nil, fmt.Errorf("the JSON path %q is not understood at %q", path, rest)
		}
	}
	return steps, nil
}

func follow(value any, steps []string) (any, bool) {
	if len(steps) == 0 {
		return value, true
	}
	index, isIndex := strings.CutPrefix(steps[0], "[")
	if !isIndex {
		object, _ := value.(map[string]any)
		next, found := object[steps[0]]
		if !found {
			return nil, false
		}
		return follow(next, steps[1:])
	}
	list, isList := value.([]any)
	if index == "*" {
		all := []any{}
		for _, item := range list {
			if found, ok := follow(item, steps[1:]); ok {
				all = append(all, found)
			}
		}
		return all, isList
	}
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(list) {
		return nil, false
	}
	return follow(list[i], steps[1:])
}

// jsonOrText is the value that a JSON text stands for, or the text.
func jsonOrText(body []byte) any {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return string(body)
	}
	return value
}
