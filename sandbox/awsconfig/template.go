package awsconfig

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"gopkg.in/yaml.v3"
)

// Bounds of a pack's template in bytes: given inline, and in S3.
// https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html
const (
	inlineBound = 51_200
	objectBound = 300 << 10
)

func readTemplate(from io.Reader) (string, error) {
	body, err := io.ReadAll(io.LimitReader(from, objectBound+1))
	if err != nil {
		return "", fmt.Errorf("template in S3: %w", err)
	}
	if len(body) > objectBound {
		return "", templateFault("the template has more than %d bytes", objectBound)
	}
	return string(body), nil
}

func templateFault(format string, args ...any) error {
	return fault("ConformancePackTemplateValidationException", "%s", "The template is invalid: "+fmt.Sprintf(format, args...))
}

// template is the part of a CloudFormation template that packs use.
type template struct {
	Parameters map[string]struct {
		Default yaml.Node `yaml:"Default"`
	} `yaml:"Parameters"`
	Resources map[string]struct {
		Type       string    `yaml:"Type"`
		Properties yaml.Node `yaml:"Properties"`
	} `yaml:"Resources"`
}

// rulesOf reads the rules of a pack's template, in the order of their logical names. Of CloudFormation's functions it
// knows Ref to a parameter; another one is refused.
func rulesOf(body string, given map[string]string) ([]map[string]any, error) {
	var read template
	if err := yaml.Unmarshal([]byte(body), &read); err != nil {
		return nil, templateFault("%v", err)
	}
	parameters := map[string]string{}
	for name, parameter := range read.Parameters {
		if value, ok := given[name]; ok {
			parameters[name] = value
		} else if parameter.Default.Kind == yaml.ScalarNode {
			parameters[name] = parameter.Default.Value
		} else {
			return nil, templateFault("the parameter %s has neither a value nor a default", name)
		}
	}
	for name := range given {
		if _, known := read.Parameters[name]; !known {
			return nil, templateFault("the template has no parameter %s", name)
		}
	}
	names := make([]string, 0, len(read.Resources))
	for name := range read.Resources {
		names = append(names, name)
	}
	slices.Sort(names)
	var rules []map[string]any
	for _, name := range names {
		resource := read.Resources[name]
		switch resource.Type {
		case "AWS::Config::RemediationConfiguration":
			continue
		case "AWS::Config::ConfigRule":
		default:
			return nil, templateFault("the resource %s has the type %s, which packs do not take", name, resource.Type)
		}
		value, err := resolve(&resource.Properties, parameters)
		if err != nil {
			return nil, templateFault("resource %s: %v", name, err)
		}
		rule, err := ruleOf(value)
		if err != nil {
			return nil, templateFault("resource %s: %v", name, err)
		}
		rules = append(rules, rule)
	}
	if len(rules) == 0 {
		return nil, templateFault("there is no rule in it")
	}
	return rules, nil
}

// ruleOf is a rule's properties as the API has a rule: its input parameters as JSON of texts.
func ruleOf(value any) (map[string]any, error) {
	rule, ok := value.(map[string]any)
	if !ok || field(rule, "ConfigRuleName") == "" {
		return nil, fmt.Errorf("it has no ConfigRuleName")
	}
	if source, _ := rule["Source"].(map[string]any); field(source, "Owner") == "" {
		return nil, fmt.Errorf("it has no Source.Owner")
	}
	if parameters, given := rule["InputParameters"].(map[string]any); given {
		text, err := json.Marshal(parameters)
		if err != nil {
			return nil, err
		}
		rule["InputParameters"] = string(text)
	}
	return rule, nil
}

// resolve is a node's value with every scalar as text, as CloudFormation reads them, and parameters in their places.
func resolve(node *yaml.Node, parameters map[string]string) (any, error) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Tag == "!Ref" {
		return parameterOf(node.Value, parameters)
	}
	if len(node.Tag) > 1 && node.Tag[0] == '!' && node.Tag[1] != '!' {
		return nil, fmt.Errorf("line %d: the function %s is not known here", node.Line, node.Tag)
	}
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			value, err := resolve(item, parameters)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.MappingNode:
		return resolveObject(node, parameters)
	default:
		return nil, fmt.Errorf("line %d holds nothing", node.Line)
	}
}

// resolveObject is an object, or the parameter that it refers to.
func resolveObject(node *yaml.Node, parameters map[string]string) (any, error) {
	object := map[string]any{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i].Value
		if key == "Ref" && len(node.Content) == 2 {
			return parameterOf(node.Content[i+1].Value, parameters)
		}
		value, err := resolve(node.Content[i+1], parameters)
		if err != nil {
			return nil, err
		}
		object[key] = value
	}
	return object, nil
}

func parameterOf(name string, parameters map[string]string) (any, error) {
	value, known := parameters[name]
	if !known {
		return nil, fmt.Errorf("there is no parameter %s", name)
	}
	return value, nil
}
