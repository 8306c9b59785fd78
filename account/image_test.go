package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseImage(t *testing.T) {
	a, err := parseImage([]string{"promote", "-stack", "prod", "-ami", "ami-0123456789abcdef0"})
	require.NoError(t, err)
	assert.Equal(t, imageArguments{verb: "promote", stack: "prod", ami: "ami-0123456789abcdef0"}, a)
	a, err = parseImage([]string{"start", "-stack", "local", "-watch"})
	require.NoError(t, err)
	assert.True(t, a.watch)
	a, err = parseImage([]string{"promote", "-stack", "local", "-unproven", "no instance runs here"})
	require.NoError(t, err)
	assert.Equal(t, "no instance runs here", a.unproven)
	_, err = parseImage([]string{"promote", "-stack", "prod", "-unproven", strings.Repeat("x", 257)})
	require.ErrorContains(t, err, "-unproven is for promote in the sandbox")
	require.ErrorContains(t, err, "a tag takes 256")

	_, err = parseImage([]string{"build", "-ami", "golden", "more"})
	for _, fault := range []string{`"build": want start, status, list or promote`, `-stack is ""`, `-ami is "golden"`, `unknown argument "more"`} {
		require.ErrorContains(t, err, fault)
	}
}
