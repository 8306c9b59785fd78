package pattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	// MaxLength is EventBridge's default limit on a pattern, in characters.
	MaxLength = 2048
	// maxCombinations is EventBridge's limit on what $or may expand to.
	maxCombinations = 1000
	// maxDepth bounds nesting, so that no input can exhaust the stack.
	maxDepth = 100
	// numberBound is the largest magnitude that a numeric range may name.
	numberBound = 5e9
)

// Pattern is a parsed event pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	alternatives []*node // the event must meet one of them
}

// InvalidError says why EventBridge would refuse a pattern with
// InvalidEventPatternException.
type InvalidError struct{ Reason string }

// Error is the message of EventBridge's InvalidEventPatternException.
func (e *InvalidError) Error() string { return "Event pattern is not valid. Reason: " + e.Reason }

func invalid(format string, args ...any) error {
	return &InvalidError{Reason: fmt.Sprintf(format, args...)}
}

// Parse reads a pattern. Every error is an *InvalidError.
func Parse(source []byte) (*Pattern, error) {
	if n := utf8.RuneCount(source); n > MaxLength {
		return nil, invalid("the pattern has %d characters, more than the limit of %d", n, MaxLength)
	}
	return ParseFilter(source)
}

// ParseFilter reads a pattern as Parse does but without the limit on its
// length, for services that use the language with limits of their own.
func ParseFilter(source []byte) (*Pattern, error) {
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.UseNumber()
	var raw any
	if err := decoder.Decode(&raw); err != nil {
		return nil, invalid("the pattern is not JSON: %v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, invalid("the pattern has text after its JSON object")
	}
	object, ok := raw.(map[string]any)
	if !ok {
		return nil, invalid("Filter is not an object")
	}
	alternatives, err := parseObject(object, nil)
	if err != nil {
		return nil, err
	}
	return &Pattern{alternatives: alternatives}, nil
}

// node is a conjunction: an event object must meet all its fields.
type node struct{ fields []*field }

// field is what one key of an event object must meet: one test of every group,
// and the child.
type field struct {
	name   string
	path   []string
	groups [][]test
	child  *node
}

// parseObject returns the conjunctions that object stands for: one, or several
// where $or is used in it or below it.
func parseObject(object map[string]any, path []string) ([]*node, error) {
	if len(object) == 0 {
		return nil, invalid("Empty objects are not allowed%s", at(path))
	}
	if len(path) > maxDepth {
		return nil, invalid("the pattern is nested more than %d deep", maxDepth)
	}
	result := []*node{{}}
	for _, key := range sortedKeys(object) {
		choices, err := parseField(key, object[key], path)
		if err != nil {
			return nil, err
		}
		if len(result)*len(choices) > maxCombinations {
			return nil, invalid("$or expands to more than %d rule combinations", maxCombinations)
		}
		result = product(result, choices)
	}
	return result, nil
}

// parseField returns the conjunctions that one key of a pattern stands for.
func parseField(key string, value any, path []string) ([]*node, error) {
	branches, isOr := orBranches(key, value)
	if isOr {
		return parseOr(branches, path)
	}
	here := append(append([]string{}, path...), key)
	switch v := value.(type) {
	case map[string]any:
		children, err := parseObject(v, here)
		if err != nil {
			return nil, err
		}
		nodes := make([]*node, len(children))
		for i, child := range children {
			nodes[i] = &node{fields: []*field{{name: key, path: here, child: child}}}
		}
		return nodes, nil
	case []any:
		tests, err := parseTests(v, here)
		if err != nil {
			return nil, err
		}
		return []*node{{fields: []*field{{name: key, path: here, groups: [][]test{tests}}}}}, nil
	default:
		return nil, invalid("%q must be an object or an array%s", key, at(path))
	}
}

// orBranches tells whether key and value are the $or operator: two or more
// objects, none empty, none with an operator's name as a key. Anything else
// named $or is an ordinary field.
func orBranches(key string, value any) ([]map[string]any, bool) {
	list, isList := value.([]any)
	if key != "$or" || !isList || len(list) < 2 {
		return nil, false
	}
	branches := make([]map[string]any, 0, len(list))
	for _, item := range list {
		branch, isObject := item.(map[string]any)
		if !isObject || len(branch) == 0 {
			return nil, false
		}
		for name := range branch {
			if operators[name] {
				return nil, false
			}
		}
		branches = append(branches, branch)
	}
	return branches, true
}

func parseOr(branches []map[string]any, path []string) ([]*node, error) {
	var nodes []*node
	for _, branch := range branches {
		alternatives, err := parseObject(branch, path)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, alternatives...)
	}
	return nodes, nil
}

// product joins every conjunction of a with every one of b.
func product(a, b []*node) []*node {
	joined := make([]*node, 0, len(a)*len(b))
	for _, left := range a {
		for _, right := range b {
			joined = append(joined, join(left, right))
		}
	}
	return joined
}

// join returns the conjunction of two nodes. Fields of one name become one
// field, so that both sides look at the same element of an array of objects.
func join(a, b *node) *node {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	joined := &node{fields: append([]*field{}, a.fields...)}
	for _, f := range b.fields {
		if i := joined.index(f.name); i >= 0 {
			have := joined.fields[i]
			groups := append(append([][]test{}, have.groups...), f.groups...)
			joined.fields[i] = &field{name: f.name, path: f.path, groups: groups, child: join(have.child, f.child)}
			continue
		}
		joined.fields = append(joined.fields, f)
	}
	return joined
}

func (n *node) index(name string) int {
	for i, f := range n.fields {
		if f.name == name {
			return i
		}
	}
	return -1
}

// operators are the names that an object inside a value list may have.
var operators = map[string]bool{
	"exact": true, "prefix": true, "suffix": true, "anything-but": true, "numeric": true,
	"exists": true, "cidr": true, "equals-ignore-case": true, "wildcard": true,
}

// parseTests reads a value list, any one of which may match.
func parseTests(list []any, path []string) ([]test, error) {
	if len(list) == 0 {
		return nil, invalid("Empty arrays are not allowed%s", at(path))
	}
	tests := make([]test, 0, len(list))
	for _, item := range list {
		parsed, err := parseTest(item, path)
		if err != nil {
			return nil, err
		}
		tests = append(tests, parsed)
	}
	return tests, nil
}

func parseTest(item any, path []string) (test, error) {
	switch v := item.(type) {
	case string, bool, nil:
		return exactly(v), nil
	case json.Number:
		return parseNumber(v, path)
	case map[string]any:
		if len(v) != 1 {
			return test{}, invalid("Only one key allowed in match expression%s", at(path))
		}
		for operator, operand := range v {
			return parseOperator(operator, operand, path)
		}
	}
	return test{}, invalid("Match value must be String, number, true, false, or null%s", at(path))
}

func parseNumber(number json.Number, path []string) (test, error) {
	value, err := number.Float64()
	if err != nil {
		return test{}, invalid("%s is not a number that can be matched%s", number, at(path))
	}
	return exactly(value), nil
}

func parseOperator(operator string, operand any, path []string) (test, error) {
	switch operator {
	case "prefix", "suffix":
		return parseAffix(operator, operand, path)
	case "exact", "equals-ignore-case", "wildcard", "cidr":
		return parseText(operator, operand, path)
	case "exists":
		present, ok := operand.(bool)
		if !ok {
			return test{}, invalid("exists match pattern must be either true or false%s", at(path))
		}
		if !present {
			return test{absent: true}, nil
		}
		return test{match: func(any) bool { return true }}, nil
	case "numeric":
		return parseNumeric(operand, path)
	case "anything-but":
		return parseAnythingBut(operand, path)
	}
	return test{}, invalid("Unrecognized match type %s%s", operator, at(path))
}

// parseAffix reads prefix and suffix, whose operand is a text or
// {"equals-ignore-case": text}.
func parseAffix(operator string, operand any, path []string) (test, error) {
	has := strings.HasPrefix
	if operator == "suffix" {
		has = strings.HasSuffix
	}
	switch v := operand.(type) {
	case string:
		return onText(func(s string) bool { return has(s, v) }), nil
	case map[string]any:
		folded, ok := v["equals-ignore-case"].(string)
		if !ok || len(v) != 1 {
			return test{}, invalid("%s match pattern takes a string or equals-ignore-case%s", operator, at(path))
		}
		folded = strings.ToLower(folded)
		return onText(func(s string) bool { return has(strings.ToLower(s), folded) }), nil
	}
	return test{}, invalid("%s match pattern must be a string%s", operator, at(path))
}

// parseText reads the operators whose operand is a text.
func parseText(operator string, operand any, path []string) (test, error) {
	text, ok := operand.(string)
	if !ok {
		return test{}, invalid("%s match pattern must be a string%s", operator, at(path))
	}
	switch operator {
	case "equals-ignore-case":
		return onText(func(s string) bool { return strings.EqualFold(s, text) }), nil
	case "wildcard":
		glob, err := parseWildcard(text, path)
		if err != nil {
			return test{}, err
		}
		return onText(glob.match), nil
	case "cidr":
		return parseCIDR(text, path)
	}
	return exactly(text), nil
}

func parseCIDR(text string, path []string) (test, error) {
	block, err := netip.ParsePrefix(text)
	if err != nil {
		if single, errAddr := netip.ParseAddr(text); errAddr == nil && single.Zone() == "" {
			block = netip.PrefixFrom(single, single.BitLen())
		} else {
			return test{}, invalid("Malformed CIDR %q%s", text, at(path))
		}
	}
	return onText(func(s string) bool {
		address, err := netip.ParseAddr(s)
		return err == nil && block.Contains(address)
	}), nil
}

// parseNumeric reads ["=", n], [">", n] or a range such as [">", n, "<=", m].
func parseNumeric(operand any, path []string) (test, error) {
	list, ok := operand.([]any)
	if !ok {
		return test{}, invalid("Value of numeric must be an array.%s", at(path))
	}
	if len(list) != 2 && len(list) != 4 {
		return test{}, invalid("numeric takes one or two comparisons, each an operator and a number%s", at(path))
	}
	low, high, err := bounds(list, path)
	if err != nil {
		return test{}, err
	}
	return onNumber(func(n float64) bool { return low.admits(n) && high.admits(n) }), nil
}

// bound is one end of a numeric range.
type bound struct {
	operator string
	value    float64
}

func (b bound) admits(n float64) bool {
	switch b.operator {
	case "=":
		return n == b.value
	case "<":
		return n < b.value
	case "<=":
		return n <= b.value
	case ">":
		return n > b.value
	case ">=":
		return n >= b.value
	}
	return true
}

// bounds reads the one or two comparisons of a numeric match: two must be a
// lower bound followed by a higher upper bound.
func bounds(list []any, path []string) (low, high bound, err error) {
	if low, err = comparison(list[0], list[1], path); err != nil || len(list) == 2 {
		return low, bound{}, err
	}
	if high, err = comparison(list[2], list[3], path); err != nil {
		return low, high, err
	}
	if !strings.HasPrefix(low.operator, ">") || !strings.HasPrefix(high.operator, "<") {
		return low, high, invalid("a numeric range is a > or >= followed by a < or <=%s", at(path))
	}
	if low.value >= high.value {
		return low, high, invalid("Bottom must be less than top%s", at(path))
	}
	return low, high, nil
}

func comparison(operator, operand any, path []string) (bound, error) {
	name, ok := operator.(string)
	switch {
	case !ok, name != "=" && name != "<" && name != "<=" && name != ">" && name != ">=":
		return bound{}, invalid("Unrecognized numeric range operator: %v%s", operator, at(path))
	}
	number, ok := operand.(json.Number)
	if !ok {
		return bound{}, invalid("Value of numeric comparison %s must be a number%s", name, at(path))
	}
	value, err := number.Float64()
	if err != nil || value < -numberBound || value > numberBound {
		return bound{}, invalid("Value must be between -5.0E9 and 5.0E9, inclusive%s", at(path))
	}
	return bound{operator: name, value: value}, nil
}

// parseAnythingBut reads a value, a list of texts, a list of numbers, or an
// operator with a text or a list of texts.
func parseAnythingBut(operand any, path []string) (test, error) {
	var refused []test
	var err error
	switch v := operand.(type) {
	case string, json.Number:
		refused, err = parseTests([]any{v}, path)
	case []any:
		refused, err = parseRefusedList(v, path)
	case map[string]any:
		refused, err = parseRefusedOperator(v, path)
	default:
		err = invalid("Value of anything-but must be an array or single string/number value.%s", at(path))
	}
	if err != nil {
		return test{}, err
	}
	return test{match: func(value any) bool {
		for _, r := range refused {
			if r.match(value) {
				return false
			}
		}
		return true
	}}, nil
}

func parseRefusedList(list []any, path []string) ([]test, error) {
	texts := 0
	for _, item := range list {
		switch item.(type) {
		case string:
			texts++
		case json.Number:
		default:
			return nil, invalid("Inside anything but list, start|null|boolean is not supported.%s", at(path))
		}
	}
	if texts != 0 && texts != len(list) {
		return nil, invalid("Inside anything but list, either all values are number or string, mixed type is not supported%s", at(path))
	}
	return parseTests(list, path)
}

func parseRefusedOperator(object map[string]any, path []string) ([]test, error) {
	if len(object) != 1 {
		return nil, invalid("Only one key allowed in match expression%s", at(path))
	}
	for operator, operand := range object {
		switch operator {
		case "prefix", "suffix", "equals-ignore-case", "wildcard":
		default:
			return nil, invalid("Unsupported anything-but pattern: %s%s", operator, at(path))
		}
		list, isList := operand.([]any)
		if !isList {
			list = []any{operand}
		}
		return parseRefusedTexts(operator, list, path)
	}
	return nil, nil
}

func parseRefusedTexts(operator string, list []any, path []string) ([]test, error) {
	if len(list) == 0 {
		return nil, invalid("Empty arrays are not allowed%s", at(path))
	}
	var refused []test
	for _, item := range list {
		if text, isText := item.(string); isText && text == "" && operator != "equals-ignore-case" {
			return nil, invalid("Null prefix/suffix not allowed%s", at(path))
		}
		parsed, err := parseOperator(operator, item, path)
		if err != nil {
			return nil, err
		}
		refused = append(refused, parsed)
	}
	return refused, nil
}

// at names the place of a fault.
func at(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return " at " + strings.Join(path, ".")
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
