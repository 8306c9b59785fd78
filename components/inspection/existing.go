package inspection

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Existing says what is done about a singleton that the account or region may have already.
type Existing string

// What is done about a singleton.
const (
	// Make: there is none, so it is made. If there is one, AWS refuses, and nothing is changed.
	Make Existing = ""
	// Import: there is one, and it becomes this program's. A preview fails and names each property that differs from what
	// the program wants, so nothing is overwritten unseen.
	Import Existing = "import"
	// Leave: there is one, and somebody else looks after it. It is neither changed nor made; what needs it is made.
	Leave Existing = "leave"
)

func (e Existing) fault(field string) error {
	switch e {
	case Make, Import, Leave:
		return nil
	}
	return fmt.Errorf("%s is %q; give %q, %q or nothing", field, e, Import, Leave)
}

// options are the options of a resource of the component: its parent, and the id under which AWS knows it already.
func (e Existing) options(parent pulumi.Resource, id string, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	options := append([]pulumi.ResourceOption{pulumi.Parent(parent)}, more...)
	if e == Import {
		options = append(options, pulumi.Import(pulumi.ID(id)))
	}
	return options
}

// importable is the fault of an import without an id.
func (e Existing) importable(field, id string) error {
	if e == Import && id == "" {
		return fmt.Errorf("%s is required for an import", field)
	}
	return nil
}
