package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"assetguard/internal/contract"
	"assetguard/stacks/config"
)

func TestTemplateIsClean(t *testing.T) {
	lint := needs(t, "cfn-lint")
	out, err := exec.Command(lint, "--regions", "ap-northeast-2", "us-gov-west-1", "--", "bootstrap.yaml").CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

// CloudFormation refuses YAML aliases, which cfn-lint expands without a word.
func TestTemplateHasNoAliases(t *testing.T) {
	for line := range strings.Lines(template) {
		code, _, _ := strings.Cut(line, " #")
		assert.NotRegexp(t, `^\s*[A-Za-z-]*:?\s*[&*][a-z]`, code)
	}
	assert.Less(t, len(template), 51_200, "the API's limit of an inline template, in bytes")
}

func TestTemplateHasTheOutputsThatBootstrapReads(t *testing.T) {
	var document struct {
		Outputs map[string]any `yaml:"Outputs"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(template), &document))
	for _, name := range outputNames {
		assert.Contains(t, document.Outputs, name)
	}
	assert.Len(t, document.Outputs, len(outputNames))
}

// The emulator does not carry bucket policies, termination protection, nor the outputs of a stack made by a
// change set. The linter checks the first; the wrapper below stands in for the others.
func TestBootstrapTwice(t *testing.T) {
	emulated := startEmulator(t)
	stacks := &emulatedStacks{Client: cloudformation.NewFromConfig(emulated)}
	identities := iam.NewFromConfig(emulated)
	settings := exampleSettings(t)

	var first bytes.Buffer
	require.NoError(t, bootstrap(t.Context(), identities, stacks, "prod", settings, &first))
	assert.Contains(t, first.String(), "made arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com")
	assert.Contains(t, first.String(), "pulumi login 's3://assetguard-bootstrap-prod-123456789012-ap-northeast-2?region=ap-northeast-2'")
	assert.Contains(t, first.String(), "--secrets-provider='awskms://alias/assetguard-bootstrap-prod?region=ap-northeast-2'")
	assert.Contains(t, first.String(), "arn:aws:iam::123456789012:role/assetguard-bootstrap-prod-deploy-ap-northeast-2")
	for _, line := range []string{
		"gh variable set ASSETGUARD_PROD_REGION --repo example/assetguard --body 'ap-northeast-2'",
		"gh variable set ASSETGUARD_PROD_BACKEND --repo example/assetguard --body 's3://assetguard-bootstrap-prod-123456789012-ap-northeast-2?region=ap-northeast-2'",
		"gh variable set ASSETGUARD_PROD_PREVIEW_ROLE --repo example/assetguard --body 'arn:aws:iam::123456789012:role/assetguard-bootstrap-prod-preview-ap-northeast-2'",
		"gh variable set ASSETGUARD_PROD_DEPLOY_ROLE --repo example/assetguard --body 'arn:aws:iam::123456789012:role/assetguard-bootstrap-prod-deploy-ap-northeast-2'",
	} {
		assert.Contains(t, first.String(), line)
	}
	assert.Contains(t, first.String(), "policy/"+contract.PermissionsBoundary("prod", "ap-northeast-2"))
	assert.Equal(t, []string{"assetguard-bootstrap-prod"}, stacks.protected)

	var second bytes.Buffer
	require.NoError(t, bootstrap(t.Context(), identities, stacks, "prod", settings, &second))
	assert.Contains(t, second.String(), "found arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com")
	assert.Contains(t, second.String(), "no changes")

	var dev bytes.Buffer
	require.NoError(t, bootstrap(t.Context(), identities, stacks, "dev", settings, &dev))
	assert.Contains(t, dev.String(), "found arn:aws:iam")
	providers, err := identities.ListOpenIDConnectProviders(t.Context(), &iam.ListOpenIDConnectProvidersInput{})
	require.NoError(t, err)
	assert.Len(t, providers.OpenIDConnectProviderList, 1, "two stacks share the account's provider")

	assertTrust(t, identities, "prod", settings.Repository)
	assertPolicySizes(t, identities, "prod")
	assertBoundedRoles(t, identities, "prod")
}

// assertBoundedRoles checks that nothing the deploy role may do gives a role rights, unless that role carries
// the boundary.
func assertBoundedRoles(t *testing.T, client *iam.Client, stack string) {
	t.Helper()
	name := "assetguard-bootstrap-" + stack + "-deploy-ap-northeast-2"
	boundary := "arn:aws:iam::123456789012:policy/" + contract.PermissionsBoundary(stack, "ap-northeast-2")
	giving := []string{"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
	var bounded []string
	for _, policy := range []string{"state", "platform", "roles"} {
		found, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
		require.NoError(t, err)
		var document struct {
			Statement []struct {
				Sid       string                    `yaml:"Sid"`
				Effect    string                    `yaml:"Effect"`
				Action    any                       `yaml:"Action"`
				Condition map[string]map[string]any `yaml:"Condition"`
			} `yaml:"Statement"`
		}
		// The emulator keeps an inline policy of a template in Python's notation, which is YAML too.
		require.NoError(t, yaml.Unmarshal([]byte(decodePolicy(t, found.PolicyDocument)), &document))
		for _, statement := range document.Statement {
			assert.Equal(t, "Allow", statement.Effect)
			actions, ok := statement.Action.([]any)
			if !ok {
				actions = []any{statement.Action}
			}
			for _, action := range actions {
				assert.NotContains(t, []any{"*", "iam:*", "sts:*"}, action, statement.Sid)
				if slices.Contains(giving, action.(string)) {
					bounded = append(bounded, action.(string))
					assert.Equal(t, map[string]map[string]any{"StringEquals": {"iam:PermissionsBoundary": boundary}},
						statement.Condition, statement.Sid)
				}
			}
		}
	}
	assert.ElementsMatch(t, giving, bounded)
}

// assertTrust checks who may take the roles: nothing but tokens of the repository, by exact comparison.
func assertTrust(t *testing.T, client *iam.Client, stack, repository string) {
	t.Helper()
	subjects := map[string]any{
		"deploy":  "repo:" + repository + ":environment:" + stack,
		"preview": []any{"repo:" + repository + ":pull_request", "repo:" + repository + ":ref:refs/heads/main"},
	}
	for role, subject := range subjects {
		var trust struct {
			Statement []struct {
				Action    string
				Condition map[string]map[string]any
			}
		}
		require.NoError(t, json.Unmarshal([]byte(readRole(t, client, stack, role)), &trust))
		require.Len(t, trust.Statement, 1)
		assert.Equal(t, "sts:AssumeRoleWithWebIdentity", trust.Statement[0].Action)
		assert.Equal(t, map[string]map[string]any{"StringEquals": {
			"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
			"token.actions.githubusercontent.com:sub": subject,
		}}, trust.Statement[0].Condition)
	}
}

func readRole(t *testing.T, client *iam.Client, stack, role string) string {
	t.Helper()
	name := "assetguard-bootstrap-" + stack + "-" + role + "-ap-northeast-2"
	found, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
	require.NoError(t, err)
	return decodePolicy(t, found.Role.AssumeRolePolicyDocument)
}

// assertPolicySizes checks IAM's quota of 10,240 characters for the inline policies of a role, without white
// space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func assertPolicySizes(t *testing.T, client *iam.Client, stack string) {
	t.Helper()
	for _, role := range []string{"preview", "deploy"} {
		name := "assetguard-bootstrap-" + stack + "-" + role + "-ap-northeast-2"
		list, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &name})
		require.NoError(t, err)
		require.NotEmpty(t, list.PolicyNames)
		size := 0
		for _, policy := range list.PolicyNames {
			found, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
			require.NoError(t, err)
			size += len(strings.Join(strings.Fields(decodePolicy(t, found.PolicyDocument)), ""))
		}
		assert.Less(t, size, 10_240, role)
	}
}

func decodePolicy(t *testing.T, document *string) string {
	t.Helper()
	text, err := url.QueryUnescape(aws.ToString(document))
	require.NoError(t, err)
	return text
}

func TestBootstrapNeedsEveryOutput(t *testing.T) {
	err := tellNext(&bytes.Buffer{}, "dev", exampleSettings(t), map[string]string{"StateBucket": "b"})
	assert.ErrorContains(t, err, "no output StateKeyAlias")
}

// A failure tells which resource failed and why, out of the stack's events.
func TestDeployTellsWhyItFailed(t *testing.T) {
	client := &failing{}
	var out bytes.Buffer
	_, err := deploy(t.Context(), client, deployment{name: "s", template: "{}"}, &out)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "ended as ROLLBACK_COMPLETE")
	assert.Contains(t, err.Error(), "StateBucket (AWS::S3::Bucket): the name is taken")
	assert.NotContains(t, err.Error(), "long ago")
	assert.Equal(t, types.ChangeSetTypeCreate, client.kind)
	assert.Equal(t, types.OnStackFailureDelete, client.onFailure)
	assert.Contains(t, out.String(), "StateBucket")
}

func TestDeployWithoutChanges(t *testing.T) {
	client := &unchanged{}
	var out bytes.Buffer
	outputs, err := deploy(t.Context(), client, deployment{name: "s", template: "{}"}, &out)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"A": "b"}, outputs)
	assert.Equal(t, types.ChangeSetTypeUpdate, client.kind)
	assert.True(t, client.removed, "the empty change set goes away")
	assert.True(t, client.protected)
	assert.Contains(t, out.String(), "no changes")
}

func exampleSettings(t *testing.T) *config.Settings {
	t.Helper()
	settings, err := config.LoadFile("../stacks/config/testdata/example.prod.yaml")
	require.NoError(t, err)
	settings.Account.ID = config.LocalAccountID // the emulator's
	return settings
}

// emulatedStacks is the emulator's CloudFormation with what that lacks.
type emulatedStacks struct {
	*cloudformation.Client
	protected []string
}

func (e *emulatedStacks) UpdateTerminationProtection(_ context.Context, in *cloudformation.UpdateTerminationProtectionInput, _ ...func(*cloudformation.Options)) (*cloudformation.UpdateTerminationProtectionOutput, error) {
	if !aws.ToBool(in.EnableTerminationProtection) {
		return nil, errors.New("protection switched off")
	}
	e.protected = append(e.protected, aws.ToString(in.StackName))
	return &cloudformation.UpdateTerminationProtectionOutput{}, nil
}

// DescribeStacks adds the outputs, out of what the emulator really made.
func (e *emulatedStacks) DescribeStacks(ctx context.Context, in *cloudformation.DescribeStacksInput, options ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	answer, err := e.Client.DescribeStacks(ctx, in, options...)
	if err != nil {
		return nil, err
	}
	resources, err := e.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: in.StackName})
	if err != nil {
		return nil, err
	}
	outputs := map[string]string{
		"StateBucket": "StateBucket", "StateKeyAlias": "StateKeyAlias", "Boundary": "BoundaryArn",
		"PreviewRole": "PreviewRoleArn", "DeployRole": "DeployRoleArn",
	}
	for _, resource := range resources.StackResources {
		key, value := outputs[aws.ToString(resource.LogicalResourceId)], aws.ToString(resource.PhysicalResourceId)
		if aws.ToString(resource.ResourceType) == "AWS::IAM::Role" {
			value = "arn:aws:iam::" + config.LocalAccountID + ":role/" + value
		}
		answer.Stacks[0].Outputs = append(answer.Stacks[0].Outputs, types.Output{OutputKey: &key, OutputValue: &value})
	}
	return answer, nil
}

// startEmulator runs moto on a free loopback port and returns the AWS configuration that leads there.
func startEmulator(t *testing.T) aws.Config {
	t.Helper()
	server := needs(t, "moto_server")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.NoError(t, listener.Close())

	var log bytes.Buffer
	command := exec.Command(server, "-H", "127.0.0.1", "-p", port)
	command.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	command.Stdout, command.Stderr = &log, &log
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		assert.NoError(t, command.Process.Kill())
		_ = command.Wait() // killed, as it should be
	})
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		return connection.Close() == nil
	}, time.Minute, 50*time.Millisecond, "moto_server does not answer")
	return aws.Config{
		Region:       "ap-northeast-2",
		BaseEndpoint: aws.String("http://" + address),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

// needs finds a tool. Outside CI its absence skips the test and says so; in CI it is a failure.
func needs(t *testing.T, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("%s is not on the PATH", tool)
	}
	require.NoError(t, err)
	return path
}
