package apimodel

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// route is the way to one operation of a REST service.
type route struct {
	op       *Operation
	pattern  *regexp.Regexp
	labels   []string
	literal  url.Values // what the query string must hold
	needs    []*Ref     // required members in the query string or the headers
	takes    map[string]bool
	strength int
}

// match is a route taken, with what the path held.
type match struct {
	op   *Operation
	path map[string]string
}

var label = regexp.MustCompile(`\{([^}+]+)(\+?)\}`)

// routesOf returns the routes of a service, the most specific first and among equals
// the current before the deprecated, and all keys that appear literally in some route's query string.
func routesOf(s *Service) ([]route, map[string]bool) {
	literals := map[string]bool{}
	if !strings.HasPrefix(s.Protocol, "rest-") {
		return nil, literals
	}
	var routes []route
	for _, op := range s.Operations {
		r := newRoute(op)
		for key := range r.literal {
			literals[key] = true
		}
		routes = append(routes, r)
	}
	slices.SortFunc(routes, func(a, b route) int {
		if a.strength != b.strength {
			return b.strength - a.strength
		}
		if a.op.Deprecated != b.op.Deprecated {
			return map[bool]int{false: -1, true: 1}[a.op.Deprecated]
		}
		return strings.Compare(a.op.Name, b.op.Name)
	})
	return routes, literals
}

func newRoute(op *Operation) route {
	path, query, _ := strings.Cut(op.HTTP.RequestURI, "?")
	r := route{op: op, takes: map[string]bool{}}
	r.literal, _ = url.ParseQuery(query)
	expression, at := "", 0
	path = strings.TrimSuffix(path, "/")
	for _, m := range label.FindAllStringSubmatchIndex(path, -1) {
		expression += regexp.QuoteMeta(path[at:m[0]])
		if m[5] > m[4] {
			expression += "(.+)"
		} else {
			expression += "([^/]+)"
		}
		r.labels = append(r.labels, path[m[2]:m[3]])
		at = m[1]
	}
	r.pattern = regexp.MustCompile("^" + expression + regexp.QuoteMeta(path[at:]) + "/?$")
	r.strength = 1000*len(label.ReplaceAllString(path, "")) - 100*strings.Count(path, "+}") + 40*len(r.literal)
	if op.In.Shape == nil {
		return r
	}
	for name, member := range op.In.Shape.Members {
		switch member.Location {
		case "querystring":
			r.takes[member.LocationName] = true
		case "header":
		default:
			continue
		}
		if slices.Contains(op.In.Shape.Required, name) {
			r.needs = append(r.needs, member)
			r.strength += 10
		}
	}
	return r
}

// match returns the operation of a REST request, or nil. Virtual-host style S3
// requests are read as path style. The x-id parameter, with which newer clients
// name the operation, decides where a service has it.
func (s *Service) match(r *http.Request) *match {
	path, query := r.URL.EscapedPath(), r.URL.Query()
	if bucket := virtualBucket(s, r.Host); bucket != "" {
		path = "/" + bucket + path
	}
	for _, route := range s.routes {
		if id := query.Get("x-id"); id != "" && s.Operations[id] != nil && id != route.op.Name {
			continue
		}
		if route.op.HTTP.Method != r.Method || !route.accepts(query, r.Header, s.literals) {
			continue
		}
		groups := route.pattern.FindStringSubmatch(path)
		if groups == nil {
			continue
		}
		m := &match{op: route.op, path: map[string]string{}}
		for i, name := range route.labels {
			text, err := url.PathUnescape(groups[i+1])
			if err != nil {
				text = groups[i+1]
			}
			m.path[name] = text
		}
		return m
	}
	return nil
}

func (r route) accepts(query url.Values, header http.Header, literals map[string]bool) bool {
	for key, values := range r.literal {
		if !query.Has(key) || values[0] != "" && query.Get(key) != values[0] {
			return false
		}
	}
	for _, member := range r.needs {
		switch member.Location {
		case "querystring":
			if !query.Has(member.LocationName) {
				return false
			}
		case "header":
			if header.Get(member.LocationName) == "" {
				return false
			}
		}
	}
	for key := range query {
		if literals[key] && !r.literal.Has(key) && !r.takes[key] {
			return false
		}
	}
	return true
}

// virtualBucket returns the bucket that stands before an S3 host, or "".
func virtualBucket(s *Service, host string) string {
	if s.Name != "s3" {
		return ""
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if bucket, ok := strings.CutSuffix(host, ".localhost"); ok {
		return strings.TrimSuffix(bucket, ".s3")
	}
	for _, mark := range []string{".s3.", ".s3-"} {
		if i := strings.LastIndex(host, mark); i > 0 && strings.HasSuffix(host, ".amazonaws.com") {
			return host[:i]
		}
	}
	return ""
}

// restInput collects the parameters of a REST request from where they travelled.
func restInput(m *match, r *http.Request, body []byte) map[string]any {
	shape := m.op.In.Shape
	if shape == nil {
		return map[string]any{}
	}
	out := bodyMembers(m.op.Service.Protocol, shape, body)
	query := r.URL.Query()
	for name, member := range shape.Members {
		switch member.Location {
		case "uri":
			if text, ok := m.path[member.LocationName]; ok {
				out[name] = scalar(member.Shape, text)
			}
		case "querystring":
			if values, ok := query[member.LocationName]; ok {
				out[name] = several(member.Shape, values)
			} else if member.Shape.Type == "map" {
				out[name] = rest(query)
			}
		case "header":
			if text := r.Header.Get(member.LocationName); text != "" {
				out[name] = scalar(member.Shape, text)
			}
		case "headers":
			if found := prefixed(r.Header, member.LocationName); len(found) > 0 {
				out[name] = found
			}
		}
	}
	return out
}

func several(shape *Shape, values []string) any {
	if shape.Type != "list" {
		return scalar(shape, values[0])
	}
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = scalar(shape.Member.Shape, v)
	}
	return out
}

func rest(query url.Values) map[string]any {
	out := map[string]any{}
	for key, values := range query {
		out[key] = values[0]
	}
	return out
}

func prefixed(header http.Header, prefix string) map[string]any {
	out := map[string]any{}
	for key, values := range header {
		if name, ok := strings.CutPrefix(strings.ToLower(key), strings.ToLower(prefix)); ok {
			out[name] = values[0]
		}
	}
	return out
}

// bodyMembers reads the members of a structure that travel in the body: the
// payload member when the shape names one, else every member without a location.
func bodyMembers(protocol string, shape *Shape, body []byte) map[string]any {
	out := map[string]any{}
	if shape.Payload != "" {
		member := shape.Members[shape.Payload]
		if v := payload(protocol, member, body); v != nil {
			out[shape.Payload] = v
		}
		return out
	}
	if len(body) == 0 {
		return out
	}
	if protocol == "rest-xml" {
		if root, err := parseXML(body); err == nil {
			return xmlStructure(shape, root)
		}
		return out
	}
	return jsonInput(shape, body)
}

func payload(protocol string, member *Ref, body []byte) any {
	switch {
	case len(body) == 0 || member.Streaming || member.Shape.Streaming:
		return nil
	case member.Shape.Type == "blob":
		return base64.StdEncoding.EncodeToString(body)
	case member.Shape.Type == "string":
		return string(body)
	case protocol == "rest-xml":
		if root, err := parseXML(body); err == nil {
			return xmlValue(member, []*element{root})
		}
		return nil
	default:
		return jsonInput(member.Shape, body)
	}
}
