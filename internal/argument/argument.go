// Package argument checks the arguments of components before anything registers.
package argument

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Check joins the faults of a component, named as in "queue orders", so that one preview shows them all. It
// is nil when all faults are nil.
func Check(component string, faults ...error) error {
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%s: %w", component, err)
	}
	return nil
}

// Required is the fault of a field that is left out.
func Required(field string, in pulumi.Input) error {
	if in == nil {
		return fmt.Errorf("%s is required", field)
	}
	return nil
}

// Within is the fault of a number that is less than least or more than most.
func Within(field string, value, least, most int) error {
	if value < least || value > most {
		return fmt.Errorf("%s is %d; give %d to %d", field, value, least, most)
	}
	return nil
}
