// Command images is the images function: environment, clients, lambda.Start.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"assetguard/internal/contract"
	"assetguard/lambdas/images"
	"assetguard/lambdas/internal/environment"
)

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*images.Handler, error) {
	set, err := environment.Required(contract.EnvImageName, contract.EnvImageSince)
	if err != nil {
		return nil, err
	}
	since, err := time.Parse(time.RFC3339, set[contract.EnvImageSince])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", contract.EnvImageSince, err)
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	return images.New(set[contract.EnvImageName], since, ec2.NewFromConfig(cfg), os.Stdout), nil
}
