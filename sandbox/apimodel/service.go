package apimodel

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Service is one AWS API.
type Service struct {
	Metadata
	// Name is botocore's name of the service.
	Name       string
	Operations map[string]*Operation
	shapes     map[string]*Shape
	routes     []route
	literals   map[string]bool
}

// Operation is one call of a Service.
type Operation struct {
	Name string `json:"name"`
	HTTP struct {
		Method     string `json:"method"`
		RequestURI string `json:"requestUri"`
	} `json:"http"`
	In         Ref  `json:"input"`
	Out        Ref  `json:"output"`
	Deprecated bool `json:"deprecated"`

	Service *Service `json:"-"`
}

// Ref is a use of a shape: by a member, a list, a map or an operation.
type Ref struct {
	ShapeName     string `json:"shape"`
	LocationName  string `json:"locationName"`
	Location      string `json:"location"` // "", uri, querystring, header, headers, statusCode
	QueryName     string `json:"queryName"`
	ResultWrapper string `json:"resultWrapper"`
	Flattened     bool   `json:"flattened"`
	Streaming     bool   `json:"streaming"`

	// Shape is nil for an operation without input or output.
	Shape *Shape `json:"-"`
}

// Shape is a type of a service model.
type Shape struct {
	Type            string          `json:"type"` // structure, list, map, string, timestamp, blob, boolean, integer, ...
	Members         map[string]*Ref `json:"members"`
	Required        []string        `json:"required"`
	Member          *Ref            `json:"member"`
	Key             *Ref            `json:"key"`
	Value           *Ref            `json:"value"`
	Payload         string          `json:"payload"`
	Flattened       bool            `json:"flattened"`
	Sensitive       bool            `json:"sensitive"`
	Streaming       bool            `json:"streaming"`
	TimestampFormat string          `json:"timestampFormat"`
}

// number says that values of the shape are numbers.
func (s *Shape) number() bool {
	return slices.Contains([]string{"integer", "long", "float", "double", "short", "byte"}, s.Type)
}

func readService(e *entry) (s *Service, err error) {
	r, err := openModel(e.file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var model struct {
		Operations map[string]*Operation `json:"operations"`
		Shapes     map[string]*Shape     `json:"shapes"`
	}
	if err := json.NewDecoder(r).Decode(&model); err != nil {
		return nil, fmt.Errorf("service model %s: %w", e.file, err)
	}
	s = &Service{Metadata: e.Metadata, Name: e.name, Operations: model.Operations, shapes: model.Shapes}
	if err := s.link(); err != nil {
		return nil, fmt.Errorf("service model %s: %w", e.file, err)
	}
	s.routes, s.literals = routesOf(s)
	return s, nil
}

// link resolves the names of shapes to shapes.
func (s *Service) link() error {
	var faults []error
	resolve := func(r *Ref) {
		if r == nil || r.ShapeName == "" {
			return
		}
		if r.Shape = s.shapes[r.ShapeName]; r.Shape == nil {
			faults = append(faults, fmt.Errorf("no shape %q", r.ShapeName))
		}
	}
	for name, op := range s.Operations {
		op.Name, op.Service = name, s
		resolve(&op.In)
		resolve(&op.Out)
	}
	for _, shape := range s.shapes {
		for m := range maps.Values(shape.Members) {
			resolve(m)
		}
		resolve(shape.Member)
		resolve(shape.Key)
		resolve(shape.Value)
	}
	return errors.Join(faults...)
}
