package securityhub

import (
	"encoding/json"
	"net"
	"slices"
	"strings"
	"time"
	"unicode"
)

// condition is one condition of a filter: of a text, a map, a number, a date, a boolean or a network.
type condition struct {
	Value, Key, Comparison string
	Bool                   *bool
	Eq, Gte, Lte, Gt, Lt   *float64
	Start, End, Cidr       string
	DateRange              *struct {
		Value            int
		Unit, Comparison string
	}
}

// UnmarshalJSON reads a condition; Value is a text or, of a boolean, true or false.
func (c *condition) UnmarshalJSON(text []byte) error {
	type plain condition
	var raw struct {
		*plain
		Value any
	}
	raw.plain = (*plain)(c)
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	switch value := raw.Value.(type) {
	case string:
		c.Value = value
	case bool:
		c.Bool = &value
	}
	return nil
}

// comparisons are those of texts and maps; the negative ones all have to hold, of the others any.
var comparisons = []string{"EQUALS", "PREFIX", "CONTAINS", "CONTAINS_WORD", "NOT_EQUALS", "PREFIX_NOT_EQUALS", "NOT_CONTAINS"}

func (c condition) negative() bool { return strings.Contains(c.Comparison, "NOT_") }

// checkFilters refuses fields and comparisons that the service does not have.
func checkFilters(filters map[string][]condition) error {
	for name, conditions := range filters {
		if _, known := fields[name]; !known {
			return invalid("Invalid filter field %s", name)
		}
		for _, c := range conditions {
			if c.Comparison != "" && !slices.Contains(comparisons, c.Comparison) {
				return invalid("Invalid comparison %s of filter field %s", c.Comparison, name)
			}
		}
	}
	return nil
}

// matches says whether a finding passes all filters.
func (s *Service) matches(d document, filters map[string][]condition) bool {
	for name, conditions := range filters {
		if len(conditions) > 0 && !s.passes(d, name, conditions) {
			return false
		}
	}
	return true
}

// passes says whether a field passes: any of its positive conditions and all of its negative ones.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_StringFilter.html
func (s *Service) passes(d document, name string, conditions []condition) bool {
	values := fieldValues(d, name)
	positive, passed := false, false
	for _, c := range conditions {
		holds := s.holds(c, values)
		if c.negative() {
			if !holds {
				return false
			}
			continue
		}
		positive, passed = true, passed || holds
	}
	return !positive || passed
}

// holds says whether a condition holds for any of a field's values, or a negative one for all of them.
func (s *Service) holds(c condition, values []any) bool {
	if c.negative() {
		return !slices.ContainsFunc(values, func(v any) bool { return !s.holdsFor(c, v) })
	}
	return slices.ContainsFunc(values, func(v any) bool { return s.holdsFor(c, v) })
}

func (s *Service) holdsFor(c condition, value any) bool {
	switch v := value.(type) {
	case document:
		if text, ok := v[c.Key].(string); ok {
			return c.compares(text)
		}
		return c.negative()
	case float64:
		return c.measures(v)
	case bool:
		return c.Bool != nil && *c.Bool == v
	case string:
		switch {
		case c.Cidr != "":
			_, network, err := net.ParseCIDR(c.Cidr)
			return err == nil && network.Contains(net.ParseIP(v))
		case c.DateRange != nil || c.Start != "" || c.End != "":
			return c.dates(v, s.now())
		default:
			return c.compares(v)
		}
	}
	return false
}

func (c condition) compares(text string) bool {
	switch c.Comparison {
	case "", "EQUALS":
		return text == c.Value
	case "NOT_EQUALS":
		return text != c.Value
	case "PREFIX":
		return strings.HasPrefix(text, c.Value)
	case "PREFIX_NOT_EQUALS":
		return !strings.HasPrefix(text, c.Value)
	case "NOT_CONTAINS":
		return !strings.Contains(text, c.Value)
	case "CONTAINS_WORD":
		return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), c.Value)
	default:
		return strings.Contains(text, c.Value)
	}
}

func (c condition) measures(n float64) bool {
	return (c.Eq == nil || n == *c.Eq) && (c.Gte == nil || n >= *c.Gte) && (c.Lte == nil || n <= *c.Lte) &&
		(c.Gt == nil || n > *c.Gt) && (c.Lt == nil || n < *c.Lt)
}

func (c condition) dates(text string, now time.Time) bool {
	at := moment(text)
	if at.IsZero() {
		return false
	}
	if c.DateRange != nil {
		recent := !at.Before(now.AddDate(0, 0, -c.DateRange.Value))
		return recent == (c.DateRange.Comparison != "OLDER_THAN")
	}
	return (c.Start == "" || !at.Before(moment(c.Start))) && (c.End == "" || !at.After(moment(c.End)))
}

// fieldValues are the values that a filter field names in a finding; lists on the way count with each of their items.
func fieldValues(d document, name string) []any {
	path, known := fields[name]
	if !known {
		return nil
	}
	values := []any{d}
	for _, part := range strings.Split(path, ".") {
		var next []any
		for _, v := range values {
			object, _ := v.(document)
			switch x := object[part].(type) {
			case nil:
			case []any:
				next = append(next, x...)
			default:
				next = append(next, x)
			}
		}
		values = next
	}
	if len(values) == 0 && keyed[name] {
		return []any{document{}}
	}
	return values
}

// keyed are the fields that hold keys and values: one without any still passes NOT_EQUALS.
var keyed = map[string]bool{"ProductFields": true, "UserDefinedFields": true, "ResourceTags": true, "ResourceDetailsOther": true}
