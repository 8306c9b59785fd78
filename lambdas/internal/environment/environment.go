// Package environment reads a function's environment variables.
package environment

import (
	"errors"
	"fmt"
	"os"
)

// Required reads variables that must all be set. The error names each that is not.
func Required(names ...string) (map[string]string, error) {
	set := map[string]string{}
	var faults []error
	for _, name := range names {
		if set[name] = os.Getenv(name); set[name] == "" {
			faults = append(faults, fmt.Errorf("%s is not set", name))
		}
	}
	return set, errors.Join(faults...)
}
