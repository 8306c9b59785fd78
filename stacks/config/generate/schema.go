package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"assetguard/imagebuilder"
	"assetguard/internal/compliance"
	"assetguard/internal/policygate"
	"assetguard/stacks/config"
)

// descriptions describe the parts of the settings whose types belong to other packages (the tag policy, the
// checks, the policy gate), for the people who write the configuration.
var descriptions = map[string]string{
	"classification.assetTypes[]":                "One asset type.",
	"classification.assetTypes[].id":             "Stable name of a-z, 0-9 and -, which rules, IAM conditions and metrics use.",
	"classification.assetTypes[].value":          "What the tag AssetType shows, at most 256 characters; it may be Korean.",
	"classification.rules[]":                     "One rule.",
	"classification.rules[].name":                "Name of the rule, which the auto-tag function logs as the origin of a tag.",
	"classification.rules[].match":               "Which assets the rule is about. Patterns take * (any text) and ? (one character) and mind case; a list matches when one of its patterns does, the keys are all to match, an absent key matches everything.",
	"classification.rules[].tags":                "Tags to give, key to value. The value of AssetType is the id of an asset type.",
	"classification.rules[].overwrite":           "Whether the rule replaces a value that an asset carries already.",
	"classification.rules[].exclude":             "Whether matching assets get no tag at all, whatever other rules say. Such a rule gives no tags of its own.",
	"classification.rules[].match.services":      "Services as ARNs name them: ec2, s3, rds, lambda.",
	"classification.rules[].match.resourceTypes": "Types as service:type: ec2:instance, ec2:volume, rds:db, s3:bucket.",
	"classification.rules[].match.creators":      "Principal or role session name that made the asset.",
	"classification.rules[].match.regions":       "Regions.",
	"classification.rules[].match.names":         "The tag Name, or the resource's own name or id.",
	"classification.rules[].match.tags":          "Tags that the asset has already: key to pattern of the value.",
	"inspection.checks.standards":                "Standards of Security Hub that are enabled: fsbp (AWS Foundational Security Best Practices), cis-3.0.0, nist-800-53-r5, resource-tagging. Each check of a control is billed; what they evaluate the conformance pack leaves out. Absent: fsbp and cis-3.0.0. An empty list: none.",
	"inspection.checks.rules":                    "Changes to single checks, by identifier (IAM_PASSWORD_POLICY). docs/compliance.md lists them.",
	"inspection.checks.rules.*":                  "Changes to one check.",
	"inspection.checks.rules.*.off":              "Why the check is not evaluated by the conformance pack at all. Absent: it is.",
	"inspection.checks.rules.*.by":               "Who evaluates: pack or securityhub. Absent: the platform chooses.",
	"inspection.checks.rules.*.force":            "Evaluate also in a region that is said to lack the rule.",
	"inspection.checks.rules.*.parameters":       "Values of the rule's parameters, as texts. The check is then evaluated by the conformance pack.",
	"inspection.accepted[]":                      "One risk. Exactly one of controls, checks and titles says which findings are meant; resources, tags and accounts narrow them.",
	"inspection.existing.*":                      "What a region has already. import: it is there and becomes this stack's; the preview fails and names each property that differs. leave: it is there and somebody else's; it is left alone, and what builds on it is made all the same.",
	"goldenImage.components[]":                   "One component.",
	"goldenImage.keyArns.*":                      "ARN of the key of the region.",
	"goldenImage.hardening.off.*":                "Why the rule is off.",
	"policyGate.exceptions[]":                    "One exception. One whose last day has passed excuses nothing: the preview fails and says so.",
	"policyGate.exceptions[].rule":               "Id of the rule that the resource may break, from docs/policy-gate.md.",
	"policyGate.exceptions[].resource":           "Name of the resource in the program, or, where several have the name, type::name as the error shows them (aws:s3/bucketV2:BucketV2::uploads).",
	"policyGate.exceptions[].reason":             "For the auditor: what makes up for the rule, and who agreed.",
	"policyGate.exceptions[].expires":            "Last day on which the exception holds, by UTC, in quotes. The preview warns in the 30 days before.",
}

// newSchema returns the schema of the settings object as one tree: the types and their comments below root,
// the patterns and defaults of package config, and what network modes require.
func newSchema(root string) (*jsonschema.Schema, error) {
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true}
	if err := addComments(&reflector, root); err != nil {
		return nil, err
	}
	schema := reflector.Reflect(config.Settings{})
	schema.Version = ""
	for path, description := range descriptions {
		part := at(schema, path)
		if part == nil {
			return nil, fmt.Errorf("description for %s, which the settings do not have", path)
		}
		part.Description = description
	}
	for path, pattern := range config.Patterns() {
		part := at(schema, path)
		if part == nil {
			return nil, fmt.Errorf("pattern for %s, which the settings do not have", path)
		}
		part.Pattern = pattern
	}
	addDefaults(schema, reflect.ValueOf(*config.Defaults()))
	for _, days := range config.LogRetentionDays {
		part := at(schema, "retention.logDays")
		part.Enum = append(part.Enum, days)
	}
	for _, standard := range compliance.Standards() {
		part := at(schema, "inspection.checks.standards[]")
		part.Enum = append(part.Enum, standard)
	}
	for _, rule := range policygate.Rules() {
		part := at(schema, "policyGate.exceptions[].rule")
		part.Enum = append(part.Enum, rule.ID)
	}
	acceptNumber(at(schema, "account.id"))
	requireByMode(at(schema, "network"))
	return schema, nil
}

// addComments reads the comments of package config, whose directory the reflector joins to the name of the
// module.
func addComments(reflector *jsonschema.Reflector, root string) error {
	reflector.CommentMap = map[string]string{}
	for _, settings := range []reflect.Type{reflect.TypeFor[config.Settings](), reflect.TypeFor[imagebuilder.Settings]()} {
		module, directory, _ := strings.Cut(settings.PkgPath(), "/")
		read := jsonschema.Reflector{}
		if err := read.AddGoComments("", filepath.Join(root, directory), jsonschema.WithFullComment()); err != nil {
			return fmt.Errorf("comments of %s: %w", directory, err)
		}
		for key, comment := range read.CommentMap {
			path := filepath.ToSlash(key)
			if i := strings.Index(path, directory+"."); i >= 0 {
				reflector.CommentMap[renamed(module+"/"+path[i:])] = oneParagraph(comment)
			}
		}
	}
	return nil
}

// renamed is the key of a comment under the name that package config gives to the type.
func renamed(key string) string {
	theirs, ours := reflect.TypeFor[imagebuilder.Settings](), reflect.TypeFor[config.Hardening]()
	rest, found := strings.CutPrefix(key, theirs.PkgPath()+"."+theirs.Name()+".")
	if !found {
		return key
	}
	return ours.PkgPath() + "." + ours.Name() + "." + rest
}

func oneParagraph(comment string) string { return strings.Join(strings.Fields(comment), " ") }

// anyKey stands in paths for every key of a map.
const anyKey = "*"

// at returns the part of schema that a path names, [] being the elements of a list and * the values of a map; nil when
// there is none.
func at(schema *jsonschema.Schema, path string) *jsonschema.Schema {
	for key := range strings.SplitSeq(path, ".") {
		name, isList := strings.CutSuffix(key, "[]")
		if schema == nil {
			return nil
		}
		if key == anyKey {
			schema = schema.AdditionalProperties
			continue
		}
		if schema.Properties == nil {
			return nil
		}
		schema, _ = schema.Properties.Get(name)
		if isList && schema != nil {
			schema = schema.Items
		}
	}
	return schema
}

// addDefaults writes the values of defaults that are not empty.
func addDefaults(schema *jsonschema.Schema, defaults reflect.Value) {
	for _, field := range reflect.VisibleFields(defaults.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		part, ok := schema.Properties.Get(name)
		value := defaults.FieldByIndex(field.Index)
		switch {
		case !ok || value.IsZero():
		case value.Kind() == reflect.Struct:
			addDefaults(part, value)
		default:
			part.Default = value.Interface()
		}
	}
}

// acceptNumber lets a text be a number too: `pulumi config set --path` stores digits so.
func acceptNumber(part *jsonschema.Schema) {
	part.AnyOf = []*jsonschema.Schema{{Type: "string", Pattern: part.Pattern}, {Type: "integer"}}
	part.Type, part.Pattern = "", ""
}

// requireByMode says which keys of the network belong to which mode.
func requireByMode(network *jsonschema.Schema) {
	for mode, keys := range map[string][]string{
		config.NetworkExisting: {"vpcId", "publicSubnetIds", "privateSubnetIds"},
		config.NetworkNew:      {"cidr"},
	} {
		is := jsonschema.NewProperties()
		is.Set("mode", &jsonschema.Schema{Const: mode})
		network.AllOf = append(network.AllOf, &jsonschema.Schema{
			If:   &jsonschema.Schema{Properties: is},
			Then: &jsonschema.Schema{Required: keys},
		})
	}
	slices.SortFunc(network.AllOf, func(a, b *jsonschema.Schema) int {
		return len(a.Then.Required) - len(b.Then.Required)
	})
}

// wholeFile returns the schema of a Pulumi.<stack>.yaml whose settings have the schema given. Pulumi's own
// keys are Pulumi's to check.
func wholeFile(settings *jsonschema.Schema) *jsonschema.Schema {
	providers := &jsonschema.Schema{
		Type:        "array",
		Items:       &jsonschema.Schema{Type: "string"},
		Contains:    &jsonschema.Schema{Const: "*"},
		Description: `["*"]: no resource may slip to a provider that the program did not choose.`,
	}
	keys := jsonschema.NewProperties()
	keys.Set(config.Key, settings)
	keys.Set("pulumi:disable-default-providers", providers)
	top := jsonschema.NewProperties()
	top.Set("config", &jsonschema.Schema{
		Type:       "object",
		Properties: keys,
		Required:   []string{config.Key, "pulumi:disable-default-providers"},
		// A misspelt key of this project is a fault, a key of Pulumi or of a provider is not.
		PropertyNames: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Const: config.Key},
			{Not: &jsonschema.Schema{Pattern: "^assetguard:"}},
		}},
	})
	return &jsonschema.Schema{
		Version:    jsonschema.Version,
		Title:      "Configuration of an assetguard stack (Pulumi.<stack>.yaml)",
		Type:       "object",
		Properties: top,
		Required:   []string{"config"},
	}
}

func encode(schema *jsonschema.Schema) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		return nil, fmt.Errorf("encode the schema: %w", err)
	}
	return text.Bytes(), nil
}
