package derive

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Shape is the type of a property in the SDK.
type Shape struct {
	// Kind is string, int, float, bool, any, asset, archive, list, map or object. An enumeration is an object that
	// SDK.Objects does not know.
	Kind string
	// Element is what a list or map holds.
	Element *Shape
	// Object names the struct of an object, as "s3.BucketV2CorsRule".
	Object string
	// Required says that the property must be given.
	Required bool
}

// Properties are the properties of one object, by Pulumi name.
type Properties map[string]*Shape

// Item is one resource type or function of the SDK.
type Item struct {
	// Inputs are the arguments.
	Inputs Properties
	// Outputs are a resource's state or a function's result.
	Outputs Properties
}

// all are the outputs and those inputs that are not among them.
func (i *Item) all() Properties {
	all := Properties{}
	for name, s := range i.Inputs {
		all[name] = s
	}
	for name, s := range i.Outputs {
		all[name] = s
	}
	return all
}

// SDK is what the Go SDK of pulumi-aws tells about types.
type SDK struct {
	// Resources and Functions are by token.
	Resources, Functions map[string]*Item
	// Objects are the nested types, by package and name.
	Objects map[string]Properties
}

const sdkImport = "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"

// ReadSDK reads the SDK's source below root, the directory of package aws.
func ReadSDK(root string) (*SDK, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the pulumi-aws SDK: %w", err)
	}
	sdk := &SDK{Resources: map[string]*Item{}, Functions: map[string]*Item{}, Objects: map[string]Properties{}}
	var (
		guard   sync.Mutex
		workers errgroup.Group
	)
	workers.SetLimit(runtime.NumCPU())
	for _, dir := range dirs {
		workers.Go(func() error {
			p, err := readPackage(root, dir)
			if err != nil {
				return fmt.Errorf("read the pulumi-aws SDK: %w", err)
			}
			guard.Lock()
			defer guard.Unlock()
			return p.into(sdk)
		})
	}
	return sdk, workers.Wait()
}

// sdkPackage is one Go package of the SDK while it is read.
type sdkPackage struct {
	name      string
	structs   map[string]Properties
	resources []registration
	functions []invocation
}

// registration is a call of RegisterResource in the constructor of a Go type.
type registration struct{ token, goType string }

// invocation is a call of Invoke in a function with the named argument and result types.
type invocation struct{ token, args, result string }

func readPackage(root, dir string) (*sdkPackage, error) {
	name, err := filepath.Rel(root, dir)
	if err != nil {
		return nil, err
	}
	if name == "." {
		name = "index"
	}
	p := &sdkPackage{name: filepath.ToSlash(name), structs: map[string]Properties{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		imports := importNames(file)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				p.readStructs(d, imports)
			case *ast.FuncDecl:
				p.readFunction(d)
			}
		}
	}
	return p, nil
}

// importNames are the file's imports by the name that its code uses.
func importNames(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = path
	}
	return names
}

// readStructs takes the structs whose fields carry the pulumi tag.
func (p *sdkPackage) readStructs(d *ast.GenDecl, imports map[string]string) {
	for _, spec := range d.Specs {
		declared, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		structure, ok := declared.Type.(*ast.StructType)
		if !ok {
			continue
		}
		properties := Properties{}
		for _, f := range structure.Fields.List {
			if f.Tag == nil {
				continue
			}
			tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("pulumi")
			name, _, _ := strings.Cut(tag, ",")
			if name == "" {
				continue
			}
			shape := p.shape(f.Type, imports)
			_, optional := f.Type.(*ast.StarExpr)
			shape.Required = !optional && shape.Kind == "string"
			properties[name] = shape
		}
		p.structs[declared.Name.Name] = properties
	}
}

// readFunction takes the tokens that a constructor registers or a function invokes.
func (p *sdkPackage) readFunction(d *ast.FuncDecl) {
	if d.Body == nil {
		return
	}
	var result string
	ast.Inspect(d.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec: // var rv GetRegionResult
			if typ, ok := n.Type.(*ast.Ident); ok && len(n.Names) == 1 && n.Names[0].Name == "rv" {
				result = typ.Name
			}
		case *ast.CallExpr:
			switch called, tok := calledWithText(n); called {
			case "RegisterResource":
				p.resources = append(p.resources, registration{tok, strings.TrimPrefix(d.Name.Name, "New")})
			case "Invoke":
				p.functions = append(p.functions, invocation{tok, argumentsType(d), result})
			}
		}
		return true
	})
}

// calledWithText returns the method's name and its first argument when that is a literal.
func calledWithText(call *ast.CallExpr) (method, text string) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return "", ""
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return "", ""
	}
	return selector.Sel.Name, strings.Trim(literal.Value, `"`)
}

// argumentsType is the type that the parameter named args points to, "" when there is none.
func argumentsType(d *ast.FuncDecl) string {
	for _, parameter := range d.Type.Params.List {
		if len(parameter.Names) != 1 || parameter.Names[0].Name != "args" {
			continue
		}
		if pointer, ok := parameter.Type.(*ast.StarExpr); ok {
			if typ, ok := pointer.X.(*ast.Ident); ok {
				return typ.Name
			}
		}
	}
	return ""
}

func (p *sdkPackage) shape(e ast.Expr, imports map[string]string) *Shape {
	switch e := e.(type) {
	case *ast.StarExpr:
		return p.shape(e.X, imports)
	case *ast.ArrayType:
		return &Shape{Kind: "list", Element: p.shape(e.Elt, imports)}
	case *ast.MapType:
		return &Shape{Kind: "map", Element: p.shape(e.Value, imports)}
	case *ast.InterfaceType:
		return &Shape{Kind: "any"}
	case *ast.Ident:
		switch e.Name {
		case "string", "bool", "int":
			return &Shape{Kind: e.Name}
		case "float64":
			return &Shape{Kind: "float"}
		}
		return &Shape{Kind: "object", Object: p.name + "." + e.Name}
	case *ast.SelectorExpr:
		return qualified(e, imports)
	}
	return &Shape{Kind: fmt.Sprintf("unknown %T", e)}
}

// qualified is the shape of a type of another package.
func qualified(e *ast.SelectorExpr, imports map[string]string) *Shape {
	switch e.Sel.Name {
	case "Archive":
		return &Shape{Kind: "archive"}
	case "Asset", "AssetOrArchive":
		return &Shape{Kind: "asset"}
	}
	from, ok := e.X.(*ast.Ident)
	if !ok {
		return &Shape{Kind: fmt.Sprintf("unknown %T", e.X)}
	}
	path := imports[from.Name]
	if path == sdkImport {
		return &Shape{Kind: "object", Object: "index." + e.Sel.Name}
	}
	if inner, ok := strings.CutPrefix(path, sdkImport+"/"); ok {
		return &Shape{Kind: "object", Object: inner + "." + e.Sel.Name}
	}
	return &Shape{Kind: "unknown " + path + "." + e.Sel.Name}
}

// into adds the package's items and objects to the SDK.
func (p *sdkPackage) into(sdk *SDK) error {
	var faults []error
	for _, r := range p.resources {
		inputs, ok := p.unexported(r.goType + "Args")
		if !ok {
			faults = append(faults, fmt.Errorf("%s: no arguments struct for %s in package %s", r.token, r.goType, p.name))
		}
		state, _ := p.unexported(r.goType + "State") // the provider itself has none
		sdk.Resources[r.token] = &Item{Inputs: inputs, Outputs: state}
	}
	for _, f := range p.functions {
		sdk.Functions[f.token] = &Item{Inputs: p.structs[f.args], Outputs: p.structs[f.result]}
	}
	for name, properties := range p.structs {
		isState := strings.HasSuffix(name, "State") && !ast.IsExported(name)
		if !strings.HasSuffix(name, "Args") && !isState {
			sdk.Objects[p.name+"."+name] = properties
		}
	}
	return errors.Join(faults...)
}

// unexported finds the struct of the given name with its first letters in lower case ("topicArgs" for TopicArgs,
// "apiKeyArgs" for APIKeyArgs), whose fields are plain Go types.
func (p *sdkPackage) unexported(name string) (Properties, bool) {
	if s, ok := p.structs[strings.ToLower(name[:1])+name[1:]]; ok {
		return s, true
	}
	for candidate, s := range p.structs {
		if !ast.IsExported(candidate) && strings.EqualFold(candidate, name) {
			return s, true
		}
	}
	return nil, false
}
