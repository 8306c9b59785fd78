// Command autotag is the auto-tag function: environment, clients, lambda.Start.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/amp"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/grafana"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"assetguard/internal/contract"
	"assetguard/lambdas/autotag"
	"assetguard/lambdas/internal/regional"
	"assetguard/lambdas/internal/servicetags"
)

// attempts is how often one API call is tried, the first time included, with the SDK's backoff between.
const attempts = 4

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "autotag:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*autotag.Handler, error) {
	maxReceives := 0
	if text := os.Getenv(contract.EnvMaxReceives); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s is %q: set it to the queue's maxReceiveCount", contract.EnvMaxReceives, text)
		}
		maxReceives = n
	}
	restores := true
	switch mode := os.Getenv(contract.EnvRemovedKeys); mode {
	case "", contract.RemovedKeysRestore:
	case contract.RemovedKeysReport:
		restores = false
	default:
		return nil, fmt.Errorf("%s is %q: set it to %s or %s", contract.EnvRemovedKeys, mode, contract.RemovedKeysRestore, contract.RemovedKeysReport)
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
		config.WithRetryMode(aws.RetryModeStandard), config.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	policies := autotag.NewPolicies(ssm.NewFromConfig(cfg), pathOr(contract.EnvPolicyParameter, contract.ParameterTagPolicy),
		pathOr(contract.EnvOverridesParameter, contract.ParameterTagOverrides), os.Stdout)
	return autotag.New(policies, regional.Clients(cfg, clients), os.Stdout, maxReceives, restores), nil
}

func pathOr(name, fallback string) string {
	if path := os.Getenv(name); path != "" {
		return path
	}
	return fallback
}

// clients makes the clients of one region.
func clients(there aws.Config) autotag.Region {
	return autotag.Region{
		EC2: ec2.NewFromConfig(there), S3: s3.NewFromConfig(there), RDS: rds.NewFromConfig(there),
		Lambda:      lambdaapi.NewFromConfig(there),
		Tagging:     resourcegroupstaggingapi.NewFromConfig(there),
		Own:         servicetags.Clients{IAM: iam.NewFromConfig(there), Prometheus: amp.NewFromConfig(there), Grafana: grafana.NewFromConfig(there)},
		AutoScaling: autoscaling.NewFromConfig(there), CloudFormation: cloudformation.NewFromConfig(there),
	}
}
