// Command generate writes the compliance map for auditors, in English and Korean, from the data of package
// compliance. Its argument is the root of the repository, by default the working directory; `go generate
// ./internal/compliance` gives it.
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

// write renews the documents below root.
func write(root string) error {
	for path, language := range documents {
		content, err := render(language)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
