package tagpolicy

import (
	"bytes"

	"assetguard/internal/strict"
)

// Parse reads a policy document strictly and validates it. The error says where doc is not JSON, or it is
// [strict.Faults], each with its path in the document and the mend: unknown or repeated keys (with the
// nearest valid name), values of the wrong kind, and what Validate finds.
func Parse(doc []byte) (*Policy, error) { return parse(doc, &Policy{}) }

// ParseOverrides reads an overrides document as Parse does; its rules may name the asset types of base. An
// empty document and {} are valid and override nothing.
func ParseOverrides(doc []byte, base *Policy) (*Policy, error) {
	if compact := bytes.Join(bytes.Fields(doc), nil); len(compact) == 0 || string(compact) == "{}" {
		return &Policy{Version: Version}, nil
	}
	return parse(doc, base)
}

// parse reads a document whose rules may name the asset types of base. What it says is checked even when it
// has unknown keys, but not when values could not be read: their absence would show as further faults.
func parse(doc []byte, base *Policy) (*Policy, error) {
	tree, faults, err := strict.Read(doc)
	if err != nil {
		return nil, err
	}
	var p Policy
	unfit, whole := strict.Decode(tree, &p, strict.NullIsFault)
	faults = append(faults, unfit...)
	if whole {
		faults = append(faults, p.faults(base)...)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return &p, nil
}
