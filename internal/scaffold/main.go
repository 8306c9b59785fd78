package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

func main() {
	name := flag.String("name", "", "name of the component: small letters and digits")
	flag.Parse()
	if err := run(".", *name, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "new-component:", err)
		os.Exit(1)
	}
}

// run adds the component to the house at root and tells what it did.
func run(root, name string, out io.Writer) error {
	plan, err := newPlan(root, name)
	if err != nil {
		return err
	}
	if err := plan.write(root); err != nil {
		return err
	}
	fmt.Fprintf(out, "made the component %s; its tests, its reference page and the lists of resources follow ...\n", name)
	for _, command := range finish(name) {
		if err := execute(root, command); err != nil {
			return fmt.Errorf("the files of %s are written, but `%s` fails:\n%w\nmend that, then run it again, and `make generate`", name, command, err)
		}
	}
	return tell(out, plan)
}

// finish are the commands that write what is written by running the component, and then test it.
func finish(name string) []string {
	component := "./components/" + name
	return []string{
		"go test " + component + " ./stacks -update", "go generate ./internal/reference", "go test " + component + " ./stacks",
	}
}

// execute runs a command at root. Its error is what the command said.
func execute(root, command string) error {
	words := strings.Fields(command)
	run := exec.Command(words[0], words[1:]...)
	run.Dir = root
	if output, err := run.CombinedOutput(); err != nil {
		return errors.New(strings.TrimSpace(string(output)))
	}
	return nil
}
