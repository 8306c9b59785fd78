package main

import (
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

	_, err = parseImage([]string{"build", "-ami", "golden", "more"})
	for _, fault := range []string{`"build": want start, status, list or promote`, `-stack is ""`, `-ami is "golden"`, `unknown argument "more"`} {
		require.ErrorContains(t, err, fault)
	}
}
