package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/stacks/config"
)

const account = config.LocalAccountID

func TestConfirm(t *testing.T) {
	cases := map[string]struct {
		who               identity
		aliases           alias
		yes, ci, terminal bool
		typed             string
		fault             string // "" is consent
		shown             string
	}{
		"typed":               {who: identity{account: account}, aliases: alias{name: "example"}, terminal: true, typed: "prod\n", shown: "account  123456789012 (example)"},
		"typed without end":   {who: identity{account: account}, terminal: true, typed: "prod"},
		"alias not readable":  {who: identity{account: account}, aliases: alias{err: errors.New("denied")}, terminal: true, typed: "prod\n", shown: "account  123456789012\n"},
		"typed otherwise":     {who: identity{account: account}, terminal: true, typed: "yes\n", fault: "the answer is not prod: nothing was done"},
		"nothing typed":       {who: identity{account: account}, terminal: true, typed: "", fault: "the answer is not prod"},
		"no terminal":         {who: identity{account: account}, typed: "prod\n", fault: "standard input is no terminal"},
		"CI without yes":      {who: identity{account: account}, ci: true, fault: "standard input is no terminal"},
		"CI with yes":         {who: identity{account: account}, ci: true, yes: true, shown: "region   ap-northeast-2, and us-east-1"},
		"yes without CI":      {who: identity{account: account}, yes: true, terminal: true, typed: "prod\n", fault: "-yes is for CI only"},
		"other account":       {who: identity{account: "999999999999"}, terminal: true, typed: "prod\n", fault: "the credentials are of account 999999999999"},
		"other account in CI": {who: identity{account: "999999999999"}, ci: true, yes: true, fault: "account.id of the stack is 123456789012"},
		"not signed in":       {who: identity{err: errors.New("no credentials")}, terminal: true, typed: "prod\n", fault: "aws sso login"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := question{
				stack: "prod", settings: exampleSettings(t), yes: c.yes, ci: c.ci, terminal: c.terminal,
				in: bufio.NewReader(strings.NewReader(c.typed)), out: &out,
			}.ask(t.Context(), c.who, c.aliases)
			if c.fault == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.fault)
			}
			assert.Contains(t, out.String(), c.shown)
		})
	}
}

func TestConfirmShowsTheTarget(t *testing.T) {
	var out bytes.Buffer
	err := question{
		stack: "prod", settings: exampleSettings(t), terminal: true,
		in: bufio.NewReader(strings.NewReader("prod\n")), out: &out,
	}.ask(t.Context(), identity{account: account}, alias{name: "example"})
	require.NoError(t, err)
	assert.Equal(t, `stack    prod, owner of the account
account  123456789012 (example)
region   ap-northeast-2, and us-east-1
caller   arn:aws:sts::123456789012:assumed-role/Admin/someone

Type the name of the stack to go on: `, out.String())
}

func TestEnsureGithub(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
	cases := map[string]struct {
		account *providers
		said    string
		made    []string
	}{
		"none":             {&providers{}, "made arn:made", []string{"https://token.actions.githubusercontent.com"}},
		"others only":      {&providers{arns: []string{"arn:aws:iam::1:oidc-provider/oidc.eks.example.com/id/A"}}, "made arn:made", []string{"https://token.actions.githubusercontent.com"}},
		"there":            {&providers{arns: []string{arn}, audiences: []string{"sts.amazonaws.com"}}, "found " + arn, nil},
		"without audience": {&providers{arns: []string{arn}, audiences: []string{"other"}}, "found " + arn + " and added the audience sts.amazonaws.com", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			said, err := ensureGithub(t.Context(), c.account)
			require.NoError(t, err)
			assert.Equal(t, c.said, said)
			assert.Equal(t, c.made, c.account.made)
			assert.Contains(t, c.account.audiences, "sts.amazonaws.com")
		})
	}
}

func TestRunRefuses(t *testing.T) {
	example, err := os.ReadFile("../stacks/config/testdata/example.prod.yaml")
	require.NoError(t, err)
	incomplete, err := os.ReadFile("../Pulumi.dev.yaml")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("Pulumi.prod.yaml", example, 0o600))
	require.NoError(t, os.WriteFile("Pulumi.dev.yaml", incomplete, 0o600))
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")

	cases := map[string]struct {
		arguments []string
		fault     string
	}{
		"no verb":            {nil, "usage"},
		"unknown verb":       {[]string{"destroy", "-stack", "prod"}, "unknown verb"},
		"no stack":           {[]string{"confirm"}, "add -stack dev"},
		"local":              {[]string{"bootstrap", "-stack", "local"}, "lives in the sandbox"},
		"local, confirm":     {[]string{"confirm", "-stack", "local"}, "lives in the sandbox"},
		"path for a stack":   {[]string{"confirm", "-stack", "../prod"}, "want at most 14"},
		"long stack":         {[]string{"confirm", "-stack", "production-seoul"}, "want at most 14"},
		"no file":            {[]string{"confirm", "-stack", "stage"}, "Pulumi.stage.yaml"},
		"missing values":     {[]string{"bootstrap", "-stack", "dev"}, "account.id: missing"},
		"sandbox endpoint":   {[]string{"confirm", "-stack", "prod"}, "still points at the sandbox"},
		"loose argument":     {[]string{"confirm", "prod"}, `unknown argument "prod"`},
		"unknown flag":       {[]string{"confirm", "-stack", "prod", "-force"}, "-force"},
		"bootstrap, sandbox": {[]string{"bootstrap", "-stack", "prod"}, "still points at the sandbox"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, run(t.Context(), c.arguments, &bytes.Buffer{}), c.fault)
		})
	}
	left, err := filepath.Glob("*")
	require.NoError(t, err)
	assert.Equal(t, []string{"Pulumi.dev.yaml", "Pulumi.prod.yaml"}, left, "nothing is written into files")
}
