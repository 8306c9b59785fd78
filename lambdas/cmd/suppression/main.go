// Command suppression is the suppression function: environment, clients, lambda.Start.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // Lambda's image has no time zones

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/environment"
	"assetguard/lambdas/internal/regional"
	"assetguard/lambdas/suppression"
)

// attempts is how often one API call is tried, the first time included. The adaptive mode slows down while it is
// throttled: nobody waits for a run.
const attempts = 6

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "suppression:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*suppression.Handler, error) {
	set, err := environment.Required(contract.EnvAcceptedParameter, contract.EnvTimezone, contract.EnvLanguage)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(set[contract.EnvTimezone])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", contract.EnvTimezone, err)
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
		config.WithRetryMode(aws.RetryModeAdaptive), config.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	hubs := regional.Clients(cfg, func(there aws.Config) suppression.Hub { return securityhub.NewFromConfig(there) })
	return suppression.New(suppression.Settings{Home: cfg.Region, Parameter: set[contract.EnvAcceptedParameter], Zone: zone, Language: set[contract.EnvLanguage]},
		hubs, ssm.NewFromConfig(cfg), os.Stdout), nil
}
