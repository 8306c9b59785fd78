package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// GitHub's identity provider and the audience that its tokens for AWS have.
// https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
const (
	githubIssuer   = "token.actions.githubusercontent.com"
	githubAudience = "sts.amazonaws.com"
)

type oidcProviders interface {
	ListOpenIDConnectProviders(context.Context, *iam.ListOpenIDConnectProvidersInput, ...func(*iam.Options)) (*iam.ListOpenIDConnectProvidersOutput, error)
	GetOpenIDConnectProvider(context.Context, *iam.GetOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.GetOpenIDConnectProviderOutput, error)
	CreateOpenIDConnectProvider(context.Context, *iam.CreateOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.CreateOpenIDConnectProviderOutput, error)
	AddClientIDToOpenIDConnectProvider(context.Context, *iam.AddClientIDToOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.AddClientIDToOpenIDConnectProviderOutput, error)
}

// ensureGithub makes sure that the account trusts GitHub's tokens, and says what it did. An account has at most
// one such provider, shared with whoever else deploys from GitHub: one that exists is kept as it is, but for
// the audience.
func ensureGithub(ctx context.Context, client oidcProviders) (string, error) {
	arn, err := findGithub(ctx, client)
	if err != nil {
		return "", err
	}
	if arn == "" {
		made, err := client.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
			Url:          aws.String("https://" + githubIssuer),
			ClientIDList: []string{githubAudience},
		})
		if err != nil {
			return "", fmt.Errorf("make GitHub's OIDC provider: %w", err)
		}
		return "made " + aws.ToString(made.OpenIDConnectProviderArn), nil
	}
	provider, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
	if err != nil {
		return "", fmt.Errorf("read GitHub's OIDC provider: %w", err)
	}
	if slices.Contains(provider.ClientIDList, githubAudience) {
		return "found " + arn, nil
	}
	if _, err := client.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: &arn,
		ClientID:                 aws.String(githubAudience),
	}); err != nil {
		return "", fmt.Errorf("add the audience %s to GitHub's OIDC provider: %w", githubAudience, err)
	}
	return "found " + arn + " and added the audience " + githubAudience, nil
}

func findGithub(ctx context.Context, client oidcProviders) (string, error) {
	list, err := client.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	if err != nil {
		return "", fmt.Errorf("list the account's OIDC providers: %w", err)
	}
	for _, provider := range list.OpenIDConnectProviderList {
		if arn := aws.ToString(provider.Arn); strings.HasSuffix(arn, ":oidc-provider/"+githubIssuer) {
			return arn, nil
		}
	}
	return "", nil
}
