package imagebuilder

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// action is what AWSTOE's documentation says of an action module for Linux.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
type action struct {
	list     bool     // the inputs are a list of entries, not one
	required []string // inputs
	optional []string
}

var actions = map[string]action{
	"AppendFile":           {true, []string{"path"}, []string{"content", "encoding", "owner", "group", "permissions"}},
	"Assert":               {false, []string{"input"}, nil},
	"CopyFile":             {true, []string{"source", "destination"}, []string{"overwrite"}},
	"CopyFolder":           {true, []string{"source", "destination"}, []string{"overwrite"}},
	"CreateFile":           {true, []string{"path"}, []string{"content", "encoding", "owner", "group", "permissions", "overwrite"}},
	"CreateFolder":         {true, []string{"path"}, []string{"owner", "group", "permissions", "overwrite"}},
	"CreateSymlink":        {true, []string{"path", "target"}, []string{"force"}},
	"DeleteFile":           {true, []string{"path"}, nil},
	"DeleteFolder":         {true, []string{"path"}, []string{"force"}},
	"ExecuteBash":          {false, []string{"commands"}, nil},
	"ExecuteBinary":        {false, []string{"path"}, []string{"arguments"}},
	"ExecuteDocument":      {true, []string{"document"}, []string{"document-s3-bucket-owner", "phases", "parameters"}},
	"ListFiles":            {true, []string{"path"}, []string{"fileExtension", "includeHidden", "recursive"}},
	"MoveFile":             {true, []string{"source", "destination"}, []string{"overwrite"}},
	"MoveFolder":           {true, []string{"source", "destination"}, []string{"overwrite"}},
	"ReadFile":             {true, []string{"path"}, []string{"encoding"}},
	"Reboot":               {false, nil, []string{"delaySeconds"}},
	"S3Download":           {true, []string{"source", "destination"}, []string{"expectedBucketOwner", "overwrite"}},
	"S3Upload":             {true, []string{"source", "destination"}, []string{"recurse", "expectedBucketOwner"}},
	"SetFileEncoding":      {true, []string{"path", "encoding"}, nil},
	"SetFileOwner":         {true, []string{"path", "owner"}, []string{"group"}},
	"SetFilePermissions":   {true, []string{"path", "permissions"}, nil},
	"SetFolderOwner":       {true, []string{"path", "owner"}, []string{"group", "recursive"}},
	"SetFolderPermissions": {true, []string{"path", "permissions"}, []string{"recursive"}},
	"UpdateOS":             {false, nil, []string{"include", "exclude"}},
	"WebDownload":          {true, []string{"source", "destination"}, []string{"overwrite", "checksum", "algorithm", "ignoreCertificateErrors"}},
}

var (
	documentPhases   = []string{"build", "validate", "test", "container-host-test"}
	documentFailures = []string{"", "Abort", "Continue", "Ignore"}
	namePattern      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)
	reference        = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
)

// maxDescription is the most that CreateComponent takes.
const maxDescription = 1024

// readDocument has what the validation looks at.
type readDocument struct {
	Name          string                         `yaml:"name"`
	Description   string                         `yaml:"description"`
	SchemaVersion string                         `yaml:"schemaVersion"`
	Parameters    []map[string]readParameter     `yaml:"parameters"`
	Constants     []map[string]map[string]string `yaml:"constants"`
	Phases        []readPhase                    `yaml:"phases"`
}

type readParameter struct {
	Type          string   `yaml:"type"`
	Default       *string  `yaml:"default"`
	Description   string   `yaml:"description"`
	AllowedValues []string `yaml:"allowedValues"`
}

type readPhase struct {
	Name  string     `yaml:"name"`
	Steps []readStep `yaml:"steps"`
}

type readStep struct {
	Name           string    `yaml:"name"`
	Action         string    `yaml:"action"`
	OnFailure      string    `yaml:"onFailure"`
	TimeoutSeconds *int      `yaml:"timeoutSeconds"`
	MaxAttempts    *int      `yaml:"maxAttempts"`
	Inputs         yaml.Node `yaml:"inputs"`
	Loop           yaml.Node `yaml:"loop"`
	If             yaml.Node `yaml:"if"`
}

// ValidateDocument checks a component document, YAML, against the schema of AWSTOE and Image Builder's limits: keys,
// phases, steps, actions with their inputs, what happens on failure, timeouts, and that what a step refers to stands
// before it. The error joins everything that is wrong.
func ValidateDocument(text string) error {
	if len(text) > MaxDocumentBytes {
		return fmt.Errorf("the document has %d bytes, allowed are %d", len(text), MaxDocumentBytes)
	}
	var d readDocument
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil {
		return err
	}
	v := &documentValidation{known: map[string]bool{}}
	v.document(&d)
	return errors.Join(v.faults...)
}

type documentValidation struct {
	faults []error
	known  map[string]bool // what may be referred to
	at     string
}

func (v *documentValidation) fault(format string, args ...any) {
	v.faults = append(v.faults, errors.New(v.at+fmt.Sprintf(format, args...)))
}

func (v *documentValidation) document(d *readDocument) {
	if d.SchemaVersion != "1.0" {
		v.fault("schemaVersion is %q: write 1.0", d.SchemaVersion)
	}
	if len(d.Description) > maxDescription {
		v.fault("description has %d characters, allowed are %d", len(d.Description), maxDescription)
	}
	for _, parameters := range d.Parameters {
		for name, p := range parameters {
			v.known[name] = true
			if !namePattern.MatchString(name) || p.Type != "string" {
				v.fault("parameter %q of type %q: the name has letters, digits, - and _, the only type is string", name, p.Type)
			}
		}
	}
	for _, constants := range d.Constants {
		for name := range constants {
			v.known[name] = true
		}
	}
	v.phases(d.Phases)
}

func (v *documentValidation) phases(phases []readPhase) {
	seen := map[string]bool{}
	for _, p := range phases {
		v.at = fmt.Sprintf("phase %s: ", p.Name)
		if !slices.Contains(documentPhases, p.Name) {
			v.fault("Image Builder runs no such phase: use %s", strings.Join(documentPhases, ", "))
		}
		if seen[p.Name] {
			v.fault("it stands there twice")
		}
		if len(p.Steps) == 0 {
			v.fault("it has no steps")
		}
		seen[p.Name] = true
		v.steps(p)
	}
	v.at = ""
	if !seen["build"] && !seen["validate"] && !seen["test"] {
		v.fault("there is none of the phases build, validate and test")
	}
}

func (v *documentValidation) steps(p readPhase) {
	seen := map[string]bool{}
	for _, s := range p.Steps {
		v.at = fmt.Sprintf("phase %s, step %s: ", p.Name, s.Name)
		if !namePattern.MatchString(s.Name) {
			v.fault("the name has other characters than letters, digits, - and _, or more than 128")
		}
		if seen[s.Name] {
			v.fault("it stands there twice")
		}
		if !slices.Contains(documentFailures, s.OnFailure) {
			v.fault("onFailure is %q: write Abort, Continue or Ignore", s.OnFailure)
		}
		if s.TimeoutSeconds != nil && *s.TimeoutSeconds < 1 && *s.TimeoutSeconds != -1 {
			v.fault("timeoutSeconds is %d: write 1 or more, or -1 for none", *s.TimeoutSeconds)
		}
		if s.MaxAttempts != nil && *s.MaxAttempts < 1 {
			v.fault("maxAttempts is %d: write 1 or more", *s.MaxAttempts)
		}
		seen[s.Name] = true
		v.inputs(s)
		v.references(s.Inputs)
		v.known[p.Name+"."+s.Name+".outputs.stdout"] = true
	}
}

func (v *documentValidation) inputs(s readStep) {
	a, known := actions[s.Action]
	if !known {
		v.fault("there is no action %q for Linux", s.Action)
		return
	}
	entries := []*yaml.Node{&s.Inputs}
	switch {
	case s.Inputs.Kind == 0 && len(a.required) == 0:
		return
	case a.list && s.Inputs.Kind != yaml.SequenceNode:
		v.fault("the inputs of %s are a list", s.Action)
		return
	case a.list:
		entries = s.Inputs.Content
	case s.Inputs.Kind != yaml.MappingNode:
		v.fault("the inputs of %s are keys and values", s.Action)
		return
	}
	for _, entry := range entries {
		v.entry(s.Action, a, entry)
	}
}

func (v *documentValidation) entry(name string, a action, entry *yaml.Node) {
	var values map[string]yaml.Node
	if err := entry.Decode(&values); err != nil {
		v.fault("the inputs of %s are keys and values", name)
		return
	}
	for _, key := range a.required {
		if _, there := values[key]; !there {
			v.fault("%s needs the input %s", name, key)
		}
	}
	for key := range values {
		if !slices.Contains(a.required, key) && !slices.Contains(a.optional, key) {
			v.fault("%s has no input %s", name, key)
		}
	}
	if commands, there := values["commands"]; there {
		var list []string
		if err := commands.Decode(&list); err != nil || len(list) == 0 || slices.Contains(list, "") {
			v.fault("commands are a list of texts that are not empty")
		}
	}
}

// references checks that {{ what }} is a parameter, a constant or the output of an earlier step.
func (v *documentValidation) references(node yaml.Node) {
	for _, child := range node.Content {
		v.references(*child)
	}
	if node.Kind != yaml.ScalarNode {
		return
	}
	for _, match := range reference.FindAllStringSubmatch(node.Value, -1) {
		if !v.known[match[1]] {
			v.fault("{{ %s }} is no parameter, no constant and no output of an earlier step", match[1])
		}
	}
	if rest := reference.ReplaceAllString(node.Value, ""); strings.Contains(rest, "{{") {
		v.fault("{{ stands there without its }}")
	}
}
