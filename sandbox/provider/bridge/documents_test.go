package bridge

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func text(s string) resource.PropertyValue { return resource.NewProperty(s) }

func object(pairs ...any) resource.PropertyValue {
	m := resource.PropertyMap{}
	for i := 0; i < len(pairs); i += 2 {
		m[resource.PropertyKey(pairs[i].(string))] = pairs[i+1].(resource.PropertyValue)
	}
	return resource.NewProperty(m)
}

func list(elements ...resource.PropertyValue) resource.PropertyValue {
	return resource.NewProperty(append([]resource.PropertyValue{}, elements...))
}

func reference(id string) resource.PropertyValue {
	return resource.NewProperty(resource.ResourceReference{URN: "urn:pulumi:s::p::aws:iam/role:Role::r", ID: text(id)})
}

func TestDocumentsIn(t *testing.T) {
	unknown := resource.MakeComputed(text(""))
	known := func(v resource.PropertyValue) resource.PropertyValue {
		return resource.NewProperty(resource.Output{Element: v, Known: true})
	}
	cases := map[string]struct{ in, want resource.PropertyValue }{
		"text stays as it is": {text(`{"b" : 1}`), text(`{"b" : 1}`)},
		"an object becomes JSON with sorted keys": {
			object("Version", text("2012-10-17"), "Age", resource.NewProperty(3.0)), text(`{"Age":3,"Version":"2012-10-17"}`),
		},
		"nested lists and booleans":      {object("a", list(text("x"), resource.NewProperty(true))), text(`{"a":["x",true]}`)},
		"an empty list is not null":      {object("a", list()), text(`{"a":[]}`)},
		"no escapes for HTML":            {object("a", text("<b>&")), text(`{"a":"<b>&"}`)},
		"letters outside ASCII":          {object("a", text("수강생")), text(`{"a":"수강생"}`)},
		"one unknown makes it unknown":   {object("a", text("x"), "b", unknown), unknown},
		"an unknown stays":               {unknown, unknown},
		"a secret inside is kept secret": {object("a", resource.MakeSecret(text("x"))), resource.MakeSecret(text(`{"a":"x"}`))},
		"a secret object stays secret":   {resource.MakeSecret(object("a", text("x"))), resource.MakeSecret(text(`{"a":"x"}`))},
		"a secret with an unknown": {
			resource.MakeSecret(object("a", unknown)), resource.MakeSecret(unknown),
		},
		"a known output is opened and closed": {known(object("a", text("x"))), known(text(`{"a":"x"}`))},
		"outputs inside are opened":           {object("a", known(text("x"))), text(`{"a":"x"}`)},
		"a resource becomes its id":           {reference("role-1"), text("role-1")},
		"resources in a list":                 {list(reference("a"), text("b")), list(text("a"), text("b"))},
		"a resource inside a document":        {object("a", reference("r")), text(`{"a":"r"}`)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := resource.PropertyMap{"policy": c.in, "other": object("a", text("x"))}
			require.NoError(t, documentsIn([]resource.PropertyKey{"policy", "absent"}, p))
			assert.Equal(t, c.want, p["policy"])
			assert.Equal(t, object("a", text("x")), p["other"])
			assert.NotContains(t, p, resource.PropertyKey("absent"))
		})
	}
}
