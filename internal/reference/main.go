package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: reference ROOT")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pages is where the pages are, below the root.
const pages = "docs/components"

// write renews the pages below root and removes those of components that are gone.
func write(root string) error {
	documents, err := render(root)
	if err != nil {
		return err
	}
	directory := filepath.Join(root, pages)
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	there, err := filepath.Glob(filepath.Join(directory, "*.md"))
	if err != nil {
		return err
	}
	for _, page := range there {
		if _, wanted := documents[filepath.Base(page)]; !wanted {
			if err := os.Remove(page); err != nil {
				return err
			}
		}
	}
	for name, content := range documents {
		if err := os.WriteFile(filepath.Join(directory, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render returns the pages by their names. It reports the faults of all components in one error.
func render(root string) (map[string][]byte, error) {
	directories, err := filepath.Glob(filepath.Join(root, "components", "*"))
	if err != nil {
		return nil, err
	}
	if len(directories) == 0 {
		return nil, fmt.Errorf("%s has no components", root)
	}
	documents := map[string][]byte{}
	var components []*component
	var faults []error
	for _, directory := range directories {
		c, err := read(directory)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		components = append(components, c)
		if documents[c.Name+".md"], err = execute("component.md.tmpl", c); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	documents["README.md"], err = execute("index.md.tmpl", components)
	return documents, err
}
