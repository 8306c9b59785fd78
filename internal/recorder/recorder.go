// Package recorder runs a Pulumi program without an engine and keeps what it registered, so that tests
// assert exact inputs by type and name.
package recorder

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// Recorder is a mock engine. Go mocks swallow a registration that fails (the constructor sees nil), so
// assert on what was recorded.
type Recorder struct {
	mu        sync.Mutex
	resources map[string]resource.PropertyMap
	options   map[string]Options
}

// Options are the resource options that tests ask for.
type Options struct {
	Provider       string   // the provider's URN and id, with :: between
	Parent         string   // URN
	Dependencies   []string // URNs
	Protect        bool
	RetainOnDelete bool
	ImportID       string   // under which AWS knows what is imported
	IgnoreChanges  []string // inputs that are not compared
}

// Account and Region are what the recorder's lookups answer.
const (
	Account   = "123456789012"
	Region    = "ap-northeast-2"
	Partition = "aws"
	// DefaultVPC is the one VPC of each region.
	DefaultVPC = "vpc-0a1b2c3d4e5f60718"
	// DefaultSubnet is its one subnet.
	DefaultSubnet = "subnet-0a1b2c3d4e5f60718"
)

// Place is where components under test stand.
func Place() place.Place {
	return place.Place{Partition: Partition, Region: Region, AccountID: Account, DNSSuffix: "amazonaws.com"}
}

// Program is what to run, as the stack "assetguard/<Stack>".
type Program struct {
	Stack  string
	Root   string            // the project's root, where built functions are looked for
	Config map[string]string // "assetguard:settings" to its JSON
	Run    pulumi.RunFunc
}

// Run executes the program and returns what it registered, also when it failed.
func Run(p Program) (*Recorder, error) {
	r := &Recorder{resources: map[string]resource.PropertyMap{}, options: map[string]Options{}}
	given := func(info *pulumi.RunInfo) { info.Config, info.RootDirectory = p.Config, p.Root }
	err := pulumi.RunErr(p.Run, pulumi.WithMocks("assetguard", p.Stack, r), given)
	return r, err
}

// NewResource implements pulumi.MockResourceMonitor: it records the inputs and answers them as outputs,
// with an ARN and the id that most resources have.
func (r *Recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := args.TypeToken + " " + args.Name
	if _, ok := r.resources[key]; ok {
		return "", nil, fmt.Errorf("%s is registered twice", key)
	}
	r.resources[key] = args.Inputs
	if rpc := args.RegisterRPC; rpc != nil {
		r.options[key] = Options{
			Provider: rpc.GetProvider(), Parent: rpc.GetParent(), Dependencies: rpc.GetDependencies(),
			Protect: rpc.GetProtect(), RetainOnDelete: rpc.GetRetainOnDelete(),
			ImportID: rpc.GetImportId(), IgnoreChanges: rpc.GetIgnoreChanges(),
		}
	}
	outputs := args.Inputs.Copy()
	service := strings.Split(strings.TrimPrefix(args.TypeToken, "aws:"), "/")[0]
	name := args.Name
	if physical, ok := outputs["name"]; ok && physical.IsString() {
		name = physical.StringValue()
	}
	outputs["arn"] = resource.NewProperty(fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, Region, Account, name))
	return args.Name + "-id", outputs, nil
}

// Call implements pulumi.MockResourceMonitor for the lookups of a place.
func (r *Recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "aws:index/getPartition:getPartition":
		return resource.PropertyMap{
			"partition": resource.NewProperty(Partition),
			"dnsSuffix": resource.NewProperty("amazonaws.com"),
		}, nil
	case "aws:ec2/getVpcs:getVpcs":
		return resource.PropertyMap{"ids": resource.NewProperty([]resource.PropertyValue{resource.NewProperty(DefaultVPC)})}, nil
	case "aws:ec2/getSubnets:getSubnets":
		return resource.PropertyMap{"ids": resource.NewProperty([]resource.PropertyValue{resource.NewProperty(DefaultSubnet)})}, nil
	case "aws:imagebuilder/getComponents:getComponents", "aws:imagebuilder/getImageRecipes:getImageRecipes":
		return resource.PropertyMap{"arns": resource.NewProperty([]resource.PropertyValue{})}, nil
	default:
		return nil, fmt.Errorf("recorder: lookup %s is not known; add it here", args.Token)
	}
}

// Keys lists "type name" of every registration, sorted, without the stack itself.
func (r *Recorder) Keys() []string {
	keys := slices.Sorted(maps.Keys(r.resources))
	return slices.DeleteFunc(keys, func(key string) bool { return strings.HasPrefix(key, "pulumi:pulumi:Stack ") })
}

// Registration is one resource as it was registered, with its inputs as plain values.
type Registration struct {
	Token, Name string
	Inputs      map[string]any
	Options     Options
}

// Registrations lists every registration, sorted by token and name, without the stack itself.
func (r *Recorder) Registrations() []Registration {
	var all []Registration
	for _, key := range r.Keys() {
		token, name, _ := strings.Cut(key, " ")
		all = append(all, Registration{Token: token, Name: name, Inputs: r.resources[key].Mappable(), Options: r.options[key]})
	}
	return all
}

// Inputs returns what was registered under type and name as plain values. Secrets and outputs appear
// as their values. The test fails when there is no such registration.
func (r *Recorder) Inputs(t *testing.T, token, name string) map[string]any {
	t.Helper()
	m, ok := r.resources[token+" "+name]
	require.True(t, ok, "%s %s was not registered; there are:\n%s", token, name, strings.Join(r.Keys(), "\n"))
	return m.Mappable()
}

// Options returns the options of a registration; the test fails when there is none.
func (r *Recorder) Options(t *testing.T, token, name string) Options {
	t.Helper()
	o, ok := r.options[token+" "+name]
	require.True(t, ok, "%s %s was not registered", token, name)
	return o
}

// Document returns an input that holds JSON (a policy, an event pattern) as indented JSON.
func (r *Recorder) Document(t *testing.T, token, name, property string) string {
	t.Helper()
	text, ok := r.Inputs(t, token, name)[property].(string)
	require.True(t, ok, "%s %s: %s is not a string", token, name, property)
	var v any
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	pretty, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	return string(pretty) + "\n"
}
