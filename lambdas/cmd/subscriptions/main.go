// Command subscriptions is the subscriptions function: environment, clients, lambda.Start.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/environment"
	"assetguard/lambdas/subscriptions"
)

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "subscriptions:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*subscriptions.Handler, error) {
	set, err := environment.Required(contract.EnvSubscribers)
	if err != nil {
		return nil, err
	}
	subscribers, err := contract.ParseSubscribers(set[contract.EnvSubscribers])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", contract.EnvSubscribers, err)
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	return subscriptions.New(subscribers, sns.NewFromConfig(cfg), os.Stdout), nil
}
