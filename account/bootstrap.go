package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"assetguard/stacks/config"
)

//go:embed bootstrap.yaml
var template string

// outputNames are the outputs of the template.
var outputNames = []string{"StateBucket", "StateKeyAlias", "PreviewRoleArn", "DeployRoleArn", "BoundaryArn"}

// bootstrap makes what an account needs before the first deployment of a stack, and tells what to run next.
// Running it again changes only what is not as the template says.
func bootstrap(ctx context.Context, providers oidcProviders, stacks stackAPI, stack string, settings *config.Settings, out io.Writer) error {
	fmt.Fprintf(out, "bootstrap of %s in account %s, %s\n", stack, settings.Account.ID, settings.Regions.Home)
	github, err := ensureGithub(ctx, providers)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  GitHub's OIDC provider: %s\n", github)
	outputs, err := deploy(ctx, stacks, deployment{
		name:     "assetguard-bootstrap-" + stack,
		template: template,
		parameters: map[string]string{
			"Stack":      stack,
			"Repository": settings.Repository,
		},
		tags: settings.Tags(),
	}, out)
	if err != nil {
		return err
	}
	return tellNext(out, stack, settings, outputs)
}

// tellNext prints the commands that follow and what GitHub needs.
func tellNext(out io.Writer, stack string, settings *config.Settings, outputs map[string]string) error {
	region := settings.Regions.Home
	for _, name := range outputNames {
		if outputs[name] == "" {
			return fmt.Errorf("the stack assetguard-bootstrap-%s has no output %s", stack, name)
		}
	}
	_, err := fmt.Fprintf(out, `
Next, once on each machine that deploys:

  pulumi login 's3://%[3]s?region=%[2]s'

and once for the stack:

  pulumi stack init %[1]s --secrets-provider='awskms://%[4]s?region=%[2]s'

then:

  make up STACK=%[1]s

For GitHub, once (docs/continuous-integration.md): make the environment %[1]s now, with the branch main alone and, for
prod, with reviewers: the deploy role trusts every job that names it. For previews and deployments set the variables

  gh variable set ASSETGUARD_%[9]s_REGION --repo %[8]s --body '%[2]s'
  gh variable set ASSETGUARD_%[9]s_BACKEND --repo %[8]s --body 's3://%[3]s?region=%[2]s'
  gh variable set ASSETGUARD_%[9]s_PREVIEW_ROLE --repo %[8]s --body '%[5]s'
  gh variable set ASSETGUARD_%[9]s_DEPLOY_ROLE --repo %[8]s --body '%[6]s'

The program gives its roles the permissions boundary %[7]s
`, stack, region, outputs["StateBucket"], outputs["StateKeyAlias"], outputs["PreviewRoleArn"],
		outputs["DeployRoleArn"], outputs["BoundaryArn"], settings.Repository,
		strings.ToUpper(strings.ReplaceAll(stack, "-", "_")))
	return err
}
