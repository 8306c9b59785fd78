package apimodel

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// node is a form read as a tree: "Tag.1.Key=a" is Tag -> 1 -> Key.
type node struct {
	value    string
	children map[string]*node
}

func tree(form url.Values) *node {
	root := &node{children: map[string]*node{}}
	for key, values := range form {
		at := root
		for part := range strings.SplitSeq(key, ".") {
			next := at.children[part]
			if next == nil {
				next = &node{children: map[string]*node{}}
				at.children[part] = next
			}
			at = next
		}
		at.value = values[0]
	}
	return root
}

// queryInput reads a form by the operation's input shape.
func queryInput(op *Operation, form url.Values) map[string]any {
	if op.In.Shape == nil {
		return map[string]any{}
	}
	q := queryReader{ec2: op.Service.Protocol == "ec2"}
	return q.structure(op.In.Shape, tree(form))
}

type queryReader struct{ ec2 bool }

func (q queryReader) structure(shape *Shape, n *node) map[string]any {
	out := map[string]any{}
	for name, member := range shape.Members {
		if child := n.children[q.wireName(name, member)]; child != nil {
			out[name] = q.value(member, child)
		}
	}
	return out
}

// wireName is a member's name in a form. The ec2 protocol capitalises the
// location name unless a query name is given; a flattened list of the query
// protocol takes its items' name.
func (q queryReader) wireName(name string, m *Ref) string {
	switch {
	case q.ec2 && m.QueryName != "":
		return m.QueryName
	case q.ec2 && m.LocationName != "":
		return strings.ToUpper(m.LocationName[:1]) + m.LocationName[1:]
	case !q.ec2 && m.Shape.Type == "list" && m.flat() && m.Shape.Member.LocationName != "":
		return m.Shape.Member.LocationName
	case m.LocationName != "":
		return m.LocationName
	default:
		return name
	}
}

// flat says that a list's or map's items stand in their parent without a wrapper.
func (r *Ref) flat() bool { return r.Flattened || r.Shape.Flattened }

func (q queryReader) value(r *Ref, n *node) any {
	switch r.Shape.Type {
	case "structure":
		return q.structure(r.Shape, n)
	case "list":
		out := []any{}
		for _, item := range items(n, q.ec2 || r.flat()) {
			out = append(out, q.value(r.Shape.Member, item))
		}
		return out
	case "map":
		return q.mapping(r, n)
	default:
		return scalar(r.Shape, n.value)
	}
}

func (q queryReader) mapping(r *Ref, n *node) map[string]any {
	out := map[string]any{}
	key, value := "key", "value"
	if r.Shape.Key.LocationName != "" {
		key = r.Shape.Key.LocationName
	}
	if r.Shape.Value.LocationName != "" {
		value = r.Shape.Value.LocationName
	}
	for _, entry := range items(n, r.flat()) {
		if k := entry.children[key]; k != nil {
			if v := entry.children[value]; v != nil {
				out[k.value] = q.value(r.Shape.Value, v)
			}
		}
	}
	return out
}

// items returns the numbered children of a list in order. Below a list that is
// not flat stands one more word ("member", "entry", "Tag") before the numbers;
// clients differ in which, so any is taken.
func items(n *node, flat bool) []*node {
	if !flat || !n.numbered() {
		for _, child := range n.children {
			if child.numbered() {
				n = child
				break
			}
		}
	}
	var numbers []int
	for key := range n.children {
		if i, err := strconv.Atoi(key); err == nil {
			numbers = append(numbers, i)
		}
	}
	slices.Sort(numbers)
	out := make([]*node, len(numbers))
	for i, number := range numbers {
		out[i] = n.children[strconv.Itoa(number)]
	}
	return out
}

func (n *node) numbered() bool {
	for key := range n.children {
		if _, err := strconv.Atoi(key); err == nil {
			return true
		}
	}
	return false
}

// scalar reads text by shape; text that does not fit its shape stays text.
func scalar(shape *Shape, text string) any {
	switch {
	case shape.Type == "boolean":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case shape.number():
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}
