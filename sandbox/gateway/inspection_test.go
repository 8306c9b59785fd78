package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	aatypes "github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	inspectortypes "github.com/aws/aws-sdk-go-v2/service/inspector2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAccessAnalyzer(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	client, name := accessanalyzer.NewFromConfig(c.config("test")), aws.String("assetguard")
	create := func(name string, kind aatypes.Type) error {
		_, err := client.CreateAnalyzer(ctx, &accessanalyzer.CreateAnalyzerInput{AnalyzerName: &name, Type: kind, Tags: map[string]string{"Owner": "SecOps"}})
		return err
	}
	require.NoError(t, create("assetguard", aatypes.TypeAccount))
	assert.Equal(t, "ConflictException", code(create("assetguard", aatypes.TypeAccount)))
	assert.Equal(t, "ServiceQuotaExceededException", code(create("second", aatypes.TypeAccount)))
	assert.Equal(t, "ValidationException", code(create("third", "ELSE")))
	require.NoError(t, create("unused", aatypes.TypeAccountUnusedAccess))
	listed, err := client.ListAnalyzers(ctx, &accessanalyzer.ListAnalyzersInput{Type: aatypes.TypeAccount})
	require.NoError(t, err)
	require.Len(t, listed.Analyzers, 1)

	_, err = client.CreateArchiveRule(ctx, &accessanalyzer.CreateArchiveRuleInput{AnalyzerName: name, RuleName: aws.String("own"), Filter: map[string]aatypes.Criterion{"isPublic": {Eq: []string{"false"}}}})
	require.NoError(t, err)
	_, err = client.UpdateArchiveRule(ctx, &accessanalyzer.UpdateArchiveRuleInput{AnalyzerName: name, RuleName: aws.String("own"), Filter: map[string]aatypes.Criterion{"isPublic": {Eq: []string{"true"}}}})
	require.NoError(t, err)
	rule, err := client.GetArchiveRule(ctx, &accessanalyzer.GetArchiveRuleInput{AnalyzerName: name, RuleName: aws.String("own")})
	require.NoError(t, err)
	assert.Equal(t, []string{"true"}, rule.ArchiveRule.Filter["isPublic"].Eq)
	_, err = client.DeleteArchiveRule(ctx, &accessanalyzer.DeleteArchiveRuleInput{AnalyzerName: name, RuleName: aws.String("own")})
	require.NoError(t, err)
	_, err = client.GetArchiveRule(ctx, &accessanalyzer.GetArchiveRuleInput{AnalyzerName: name, RuleName: aws.String("own")})
	assert.Equal(t, "ResourceNotFoundException", code(err))

	read, err := client.GetAnalyzer(ctx, &accessanalyzer.GetAnalyzerInput{AnalyzerName: name})
	require.NoError(t, err)
	arn := read.Analyzer.Arn
	assert.Equal(t, "arn:aws:access-analyzer:"+region+":"+account+":analyzer/assetguard", *arn)
	assert.Equal(t, aatypes.AnalyzerStatusActive, read.Analyzer.Status)
	_, err = client.TagResource(ctx, &accessanalyzer.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"Env": "prod"}})
	require.NoError(t, err)
	_, err = client.UntagResource(ctx, &accessanalyzer.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"Owner"}})
	require.NoError(t, err)
	tags, err := client.ListTagsForResource(ctx, &accessanalyzer.ListTagsForResourceInput{ResourceArn: arn})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"Env": "prod"}, tags.Tags)
	_, err = client.DeleteAnalyzer(ctx, &accessanalyzer.DeleteAnalyzerInput{AnalyzerName: name})
	require.NoError(t, err)
	_, err = client.GetAnalyzer(ctx, &accessanalyzer.GetAnalyzerInput{AnalyzerName: name})
	assert.Equal(t, "ResourceNotFoundException", code(err))
}

func TestInstanceMetadataDefaults(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	client := ec2.NewFromConfig(c.config("test"))
	modify := func(in ec2.ModifyInstanceMetadataDefaultsInput) *ec2types.InstanceMetadataDefaultsResponse {
		_, err := client.ModifyInstanceMetadataDefaults(ctx, &in)
		require.NoError(t, err)
		out, err := client.GetInstanceMetadataDefaults(ctx, &ec2.GetInstanceMetadataDefaultsInput{})
		require.NoError(t, err)
		return out.AccountLevel
	}
	assert.Equal(t, &ec2types.InstanceMetadataDefaultsResponse{HttpTokens: ec2types.HttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(2)},
		modify(ec2.ModifyInstanceMetadataDefaultsInput{HttpTokens: ec2types.MetadataDefaultHttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(2)}))
	assert.Equal(t, &ec2types.InstanceMetadataDefaultsResponse{HttpTokens: ec2types.HttpTokensStateRequired},
		modify(ec2.ModifyInstanceMetadataDefaultsInput{HttpPutResponseHopLimit: aws.Int32(-1)}))
	assert.Equal(t, &ec2types.InstanceMetadataDefaultsResponse{}, modify(ec2.ModifyInstanceMetadataDefaultsInput{HttpTokens: "no-preference"}))
}

func TestInspectorBeforeItWasOn(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	client := inspector2.NewFromConfig(c.config("test"))
	status := func() inspectortypes.AccountState {
		out, err := client.BatchGetAccountStatus(ctx, &inspector2.BatchGetAccountStatusInput{AccountIds: []string{account}})
		require.NoError(t, err)
		require.Len(t, out.Accounts, 1)
		own, err := client.BatchGetAccountStatus(ctx, &inspector2.BatchGetAccountStatusInput{})
		require.NoError(t, err)
		require.Equal(t, out.Accounts, own.Accounts, "no account means the caller's")
		return out.Accounts[0]
	}
	assert.Equal(t, inspectortypes.StatusDisabled, status().State.Status)
	_, err := client.Enable(ctx, &inspector2.EnableInput{AccountIds: []string{account}, ResourceTypes: []inspectortypes.ResourceScanType{"EC2", "LAMBDA"}})
	require.NoError(t, err)
	assert.Equal(t, []inspectortypes.Status{"ENABLED", "ENABLED", "DISABLED"},
		[]inspectortypes.Status{status().State.Status, status().ResourceState.Lambda.Status, status().ResourceState.Ecr.Status})
	_, err = client.EnableDelegatedAdminAccount(ctx, &inspector2.EnableDelegatedAdminAccountInput{DelegatedAdminAccountId: aws.String(account)})
	require.NoError(t, err)
	_, err = client.DisableDelegatedAdminAccount(ctx, &inspector2.DisableDelegatedAdminAccountInput{DelegatedAdminAccountId: aws.String(account)})
	require.NoError(t, err)
	admins, err := client.ListDelegatedAdminAccounts(ctx, &inspector2.ListDelegatedAdminAccountsInput{})
	require.NoError(t, err)
	assert.Empty(t, admins.DelegatedAdminAccounts)
	covered, err := client.ListCoverage(ctx, &inspector2.ListCoverageInput{})
	require.NoError(t, err)
	assert.Empty(t, covered.CoveredResources)
}

func TestTagsOfGuardDuty(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	client := guardduty.NewFromConfig(c.config("test"))
	made, err := client.CreateDetector(ctx, &guardduty.CreateDetectorInput{Enable: aws.Bool(true), Tags: map[string]string{"Owner": "SecOps"}})
	require.NoError(t, err)
	arn := aws.String("arn:aws:guardduty:" + region + ":" + account + ":detector/" + *made.DetectorId)
	_, err = client.TagResource(ctx, &guardduty.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"Env": "prod"}})
	require.NoError(t, err)
	_, err = client.UntagResource(ctx, &guardduty.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"Owner"}})
	require.NoError(t, err)
	read, err := client.GetDetector(ctx, &guardduty.GetDetectorInput{DetectorId: made.DetectorId})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"Env": "prod"}, read.Tags)
	_, err = client.DeleteDetector(ctx, &guardduty.DeleteDetectorInput{DetectorId: made.DetectorId})
	require.NoError(t, err)
	_, err = client.ListTagsForResource(ctx, &guardduty.ListTagsForResourceInput{ResourceArn: arn})
	assert.Equal(t, "BadRequestException", code(err))
}

// The client of S3 Control puts the account before the endpoint's host, and the proxy brings the call here.
func TestS3ControlThroughTheProxy(t *testing.T) {
	c := newCloud(t)
	proxy, err := url.Parse(c.url)
	require.NoError(t, err)
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
	call := func(host, method, body string) int {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+host+":"+proxy.Port()+"/v20180820/configuration/publicAccessBlock", strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", authorization("s3"))
		request.Header.Set("X-Amz-Account-Id", account)
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	assert.Equal(t, http.StatusNotFound, call(account+".127.0.0.1", http.MethodGet, ""))
	assert.Equal(t, http.StatusOK, call(account+".127.0.0.1", http.MethodPut,
		`<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>`))
	assert.Equal(t, http.StatusOK, call(account+".127.0.0.1", http.MethodGet, ""))
	assert.Equal(t, http.StatusForbidden, call("evil.127.0.0.1", http.MethodGet, ""))
}
