package bridge

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

var named = []resource.PropertyKey{"name"}

func TestMarkGenerated(t *testing.T) {
	cases := map[string]struct {
		given, checked resource.PropertyMap
		want           resource.PropertyValue
	}{
		"made up":    {resource.PropertyMap{}, resource.PropertyMap{"name": text("a-1")}, list(text("name"))},
		"given":      {resource.PropertyMap{"name": text("a")}, resource.PropertyMap{"name": text("a")}, list()},
		"no name":    {resource.PropertyMap{}, resource.PropertyMap{"namePrefix": text("a-")}, list()},
		"unknown":    {resource.PropertyMap{"name": resource.MakeComputed(text(""))}, resource.PropertyMap{"name": resource.MakeComputed(text(""))}, list()},
		"other keys": {resource.PropertyMap{}, resource.PropertyMap{"name": text("a-1"), "b": text("x")}, list(text("name"))},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			markGenerated(named, c.given, c.checked)
			assert.Equal(t, c.want, c.checked[generatedKey])
		})
	}
	t.Run("types without names are left alone", func(t *testing.T) {
		checked := resource.PropertyMap{"a": text("x")}
		markGenerated(nil, nil, checked)
		assert.Equal(t, resource.PropertyMap{"a": text("x")}, checked)
	})
}

func TestDeleteFirst(t *testing.T) {
	cases := map[string]struct {
		olds, news resource.PropertyMap
		want       bool
	}{
		"given name that stays": {
			resource.PropertyMap{"name": text("a")}, resource.PropertyMap{"name": text("a"), generatedKey: list()}, true,
		},
		"given name that changes": {
			resource.PropertyMap{"name": text("a")}, resource.PropertyMap{"name": text("b"), generatedKey: list()}, false,
		},
		"generated name": {
			resource.PropertyMap{"name": text("a-1")}, resource.PropertyMap{"name": text("a-1"), generatedKey: list(text("name"))}, false,
		},
		"no name": {resource.PropertyMap{}, resource.PropertyMap{generatedKey: list()}, false},
		"unknown name": {
			resource.PropertyMap{"name": text("a")}, resource.PropertyMap{"name": resource.MakeComputed(text("")), generatedKey: list()}, false,
		},
		"no inputs known": {nil, nil, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, deleteFirst(named, c.olds, c.news))
		})
	}
}
