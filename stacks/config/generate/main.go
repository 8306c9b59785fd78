// Command generate writes the reference of the configuration and its JSON Schema from the types of package
// config. Its argument is the root of the repository, by default the working directory; `go generate
// ./stacks/config` gives it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := write(root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write renews the documents below root, which is relative to the working directory.
func write(root string) error {
	documents, err := render(root)
	if err != nil {
		return err
	}
	for path, content := range documents {
		if err := os.WriteFile(filepath.Join(root, path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render returns the documents by their paths below root.
func render(root string) (map[string][]byte, error) {
	schema, err := newSchema(root)
	if err != nil {
		return nil, err
	}
	file, err := encode(wholeFile(schema))
	if err != nil {
		return nil, err
	}
	reference, err := newReference(root, schema)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"docs/configuration.schema.json": file,
		"docs/configuration.md":          reference,
	}, nil
}
