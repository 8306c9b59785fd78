package bridge

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"assetguard/sandbox/provider/mapping"
)

func TestScalarsOut(t *testing.T) {
	truth, thirty := resource.NewProperty(true), resource.NewProperty(30.0)
	cases := map[string]struct {
		rule     scalarProperty
		in, want resource.PropertyValue
	}{
		"boolean":           {scalarProperty{[]string{"p"}, mapping.Bool}, text("true"), truth},
		"boolean as number": {scalarProperty{[]string{"p"}, mapping.Bool}, text("1"), truth},
		"number":            {scalarProperty{[]string{"p"}, mapping.Int}, text("30"), thirty},
		"empty is null":     {scalarProperty{[]string{"p"}, mapping.Int}, text(""), resource.NewNullProperty()},
		"not of the kind":   {scalarProperty{[]string{"p"}, mapping.Int}, text("x"), text("x")},
		"already converted": {scalarProperty{[]string{"p"}, mapping.Bool}, truth, truth},
		"secret":            {scalarProperty{[]string{"p"}, mapping.Int}, resource.MakeSecret(text("30")), resource.MakeSecret(thirty)},
		"elements of a list": {
			scalarProperty{[]string{"p"}, mapping.Int}, list(text("30"), text("30")), list(thirty, thirty),
		},
		"inside an object":        {scalarProperty{[]string{"p", "a"}, mapping.Bool}, object("a", text("true")), object("a", truth)},
		"inside a list of object": {scalarProperty{[]string{"p", "a"}, mapping.Bool}, list(object("a", text("true"))), list(object("a", truth))},
		"absent":                  {scalarProperty{[]string{"p", "a"}, mapping.Bool}, object("b", text("true")), object("b", text("true"))},
		"unknown":                 {scalarProperty{[]string{"p"}, mapping.Bool}, resource.MakeComputed(text("")), resource.MakeComputed(text(""))},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := resource.PropertyMap{"p": c.in}
			scalarsOut([]scalarProperty{c.rule}, p)
			assert.Equal(t, c.want, p["p"])
		})
	}
}
