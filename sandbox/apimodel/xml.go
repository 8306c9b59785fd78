package apimodel

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// element is one element of an XML document, without namespaces.
type element struct {
	name     string
	text     string
	attrs    map[string]string
	children []*element
}

// parseXML reads a document into its root element.
func parseXML(doc []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	var open []*element
	for {
		token, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("no XML element")
			}
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
			}
			open = append(open, e)
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(t)
			}
		case xml.EndElement:
			if len(open) == 1 {
				return open[0], nil
			}
			open = open[:len(open)-1]
		}
	}
}

// find returns the children with a name.
func (e *element) find(name string) []*element {
	var out []*element
	for _, c := range e.children {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// xmlStructure reads an element by a structure's shape.
func xmlStructure(shape *Shape, e *element) map[string]any {
	out := map[string]any{}
	for name, member := range shape.Members {
		if member.Location != "" {
			continue
		}
		wire := name
		switch {
		case member.flatItemName() != "":
			wire = member.flatItemName()
		case member.LocationName != "":
			wire = member.LocationName
		}
		if found := e.find(wire); len(found) > 0 {
			out[name] = xmlValue(member, found)
		} else if text, ok := e.attrs[wire[strings.LastIndex(wire, ":")+1:]]; ok {
			out[name] = scalar(member.Shape, text)
		}
	}
	return out
}

// flatItemName is the element name of a flattened list's items, where it differs
// from the member's.
func (r *Ref) flatItemName() string {
	if r.Shape.Type == "list" && r.flat() && r.LocationName == "" {
		return r.Shape.Member.LocationName
	}
	return ""
}

// xmlValue reads the elements that stand for one member.
func xmlValue(r *Ref, found []*element) any {
	first := found[0]
	switch r.Shape.Type {
	case "structure":
		return xmlStructure(r.Shape, first)
	case "list":
		out := []any{}
		items := found
		if !r.flat() {
			items = first.children
		}
		for _, item := range items {
			out = append(out, xmlValue(r.Shape.Member, []*element{item}))
		}
		return out
	case "map":
		return xmlMap(r, found)
	default:
		return scalar(r.Shape, first.text)
	}
}

func xmlMap(r *Ref, found []*element) map[string]any {
	out := map[string]any{}
	entries := found
	if !r.flat() {
		entries = found[0].find("entry")
	}
	key, value := "key", "value"
	if r.Shape.Key.LocationName != "" {
		key = r.Shape.Key.LocationName
	}
	if r.Shape.Value.LocationName != "" {
		value = r.Shape.Value.LocationName
	}
	for _, e := range entries {
		if k, v := e.find(key), e.find(value); len(k) > 0 && len(v) > 0 {
			out[k[0].text] = xmlValue(r.Shape.Value, v)
		}
	}
	return out
}
