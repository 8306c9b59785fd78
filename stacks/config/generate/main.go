// Command generate writes the reference of the configuration and its JSON Schema from the types of package
// config. Run it at the root of the repository: go run ./stacks/config/generate
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write renews the documents below root, which is the working directory or relative to it.
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
