package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// documentsIn turns untyped inputs into the text that Terraform wants: an object becomes JSON, a resource its id, and
// so does every resource in a list. A document that is not wholly known yet is unknown as a whole.
func documentsIn(properties []resource.PropertyKey, p resource.PropertyMap) error {
	for _, name := range properties {
		v, ok := p[name]
		if !ok {
			continue
		}
		text, err := documentText(v)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		p[name] = text
	}
	return nil
}

func documentText(v resource.PropertyValue) (resource.PropertyValue, error) {
	inner, wrap := bare(v)
	switch {
	case inner.IsResourceReference():
		return wrap(inner.ResourceReferenceValue().ID), nil
	case inner.IsArray():
		elements := make([]resource.PropertyValue, len(inner.ArrayValue()))
		for i, e := range inner.ArrayValue() {
			element, wrapElement := bare(e)
			if element.IsResourceReference() {
				e = wrapElement(element.ResourceReferenceValue().ID)
			}
			elements[i] = e
		}
		return wrap(resource.NewProperty(elements)), nil
	case inner.IsObject() && inner.ContainsUnknowns():
		unknown := resource.MakeComputed(resource.NewProperty(""))
		if inner.ContainsSecrets() {
			unknown = resource.MakeSecret(unknown)
		}
		return wrap(unknown), nil
	case inner.IsObject():
		text, err := jsonText(inner)
		if err != nil {
			return v, err
		}
		document := resource.NewProperty(text)
		if inner.ContainsSecrets() && !v.IsSecret() {
			document = resource.MakeSecret(document)
		}
		return wrap(document), nil
	}
	return v, nil
}

// jsonText renders the value with sorted keys, and without the escapes for HTML that IAM would show back.
func jsonText(v resource.PropertyValue) (string, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(plainValue(v)); err != nil {
		return "", fmt.Errorf("as JSON: %w", err)
	}
	return string(bytes.TrimSpace(text.Bytes())), nil
}

// plainValue is the value as encoding/json takes it, secrets and outputs opened.
func plainValue(v resource.PropertyValue) any {
	v, _ = bare(v)
	switch {
	case v.IsObject():
		object := map[string]any{}
		for name, e := range v.ObjectValue() {
			object[string(name)] = plainValue(e)
		}
		return object
	case v.IsArray():
		list := []any{}
		for _, e := range v.ArrayValue() {
			list = append(list, plainValue(e))
		}
		return list
	case v.IsResourceReference():
		return plainValue(v.ResourceReferenceValue().ID)
	}
	return v.V
}
