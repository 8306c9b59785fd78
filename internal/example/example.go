package example

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"assetguard/internal/example/evidence"
	"assetguard/internal/place"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

var update = flag.Bool("update", false, "write what the examples make anew")

// Stack is what a stack hands to its components: in stacks/ these are home.Place, f.key.Arn and f.operations.Arn.
type Stack struct {
	Place    place.Place
	KeyArn   pulumi.StringOutput
	TopicArn pulumi.StringOutput

	root string
}

// Zip is the built function of that name, relative to the project's root.
func (s Stack) Zip(function string) string {
	zip := path.Join("build", "lambdas", "arm64", function+".zip")
	file := filepath.Join(s.root, zip)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		panic(err) // the directory is a temporary one of ours
	}
	if err := os.WriteFile(file, []byte("zip"), 0o644); err != nil {
		panic(err)
	}
	return zip
}

// Run runs an example as the stack "example". It is to be called by an Example function with an empty "Output:",
// since it prints only what is wrong: a fault of the example, or a difference from testdata/<Example function>.json.
func Run(declare func(ctx *pulumi.Context, stack Stack) error) {
	caller, _, _, _ := runtime.Caller(1)
	if err := run(runtime.FuncForPC(caller).Name(), declare); err != nil {
		fmt.Println(err)
	}
}

// run runs the example of the function, whose name is as the runtime gives it: assetguard/components/queue_test.ExampleNew.
func run(function string, declare func(*pulumi.Context, Stack) error) error {
	component, name, _ := strings.Cut(path.Base(function), "_test.")
	root, err := os.MkdirTemp("", "example")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	stack := Stack{
		Place:  recorder.Place(),
		KeyArn: output(recorder.Place().ARN("kms", "key/main")), TopicArn: output(recorder.Place().ARN("sns", "operations")),
		root: root,
	}
	r, err := recorder.Run(recorder.Program{Stack: "example", Root: root, Run: func(ctx *pulumi.Context) error {
		return declare(ctx, stack)
	}})
	if err != nil {
		return err
	}
	return compare(component, name, observe(component, r))
}

func output(text string) pulumi.StringOutput { return pulumi.String(text).ToStringOutput() }

// compare compares what the example made with its file, which it writes with -update.
func compare(component, name string, seen *evidence.Evidence) error {
	got, err := seen.Encode()
	if err != nil {
		return err
	}
	file := evidence.Path(".", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, got, 0o644)
	}
	want, err := os.ReadFile(file)
	if err == nil && bytes.Equal(got, want) {
		return nil
	}
	return fmt.Errorf("what %s makes is not what %s says: run `go test ./components/%s -update`, then read the difference", name, file, component)
}
