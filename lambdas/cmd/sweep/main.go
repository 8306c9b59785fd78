// Command sweep is the sweep function: environment, clients, lambda.Start.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // Lambda's image has no time zones

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/amp"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/grafana"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourceexplorer2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"assetguard/internal/contract"
	"assetguard/lambdas/autotag"
	"assetguard/lambdas/internal/regional"
	"assetguard/lambdas/internal/servicetags"
	"assetguard/lambdas/sweep"
)

// attempts is how often one API call is tried, the first time included. The adaptive mode slows down while it
// is throttled: nobody waits for a sweep.
const attempts = 6

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "sweep:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*sweep.Handler, error) {
	set, err := environment(contract.EnvSweepRegions, contract.EnvSweepQueueURL, contract.EnvRegisterBucket, contract.EnvPartition,
		contract.EnvAccountID, contract.EnvTimezone, contract.EnvRemovedKeys, contract.EnvPolicyParameter, contract.EnvOverridesParameter)
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
	return sweep.New(sweep.Config{
		Partition: set[contract.EnvPartition], Account: set[contract.EnvAccountID],
		Regions:  strings.Split(set[contract.EnvSweepRegions], ","),
		QueueURL: set[contract.EnvSweepQueueURL], Zone: zone,
		ReportsRemoved: set[contract.EnvRemovedKeys] == contract.RemovedKeysReport,
	},
		autotag.NewPolicies(ssm.NewFromConfig(cfg), set[contract.EnvPolicyParameter], set[contract.EnvOverridesParameter], os.Stdout),
		regional.Clients(cfg, clients), sqs.NewFromConfig(cfg), sweep.NewBucket(s3.NewFromConfig(cfg), set[contract.EnvRegisterBucket]), os.Stdout), nil
}

// environment reads variables that must all be set.
func environment(names ...string) (map[string]string, error) {
	set := map[string]string{}
	var faults []error
	for _, name := range names {
		if set[name] = os.Getenv(name); set[name] == "" {
			faults = append(faults, fmt.Errorf("%s is not set", name))
		}
	}
	return set, errors.Join(faults...)
}

// clients makes the clients of one region.
func clients(there aws.Config) sweep.Region {
	return sweep.Region{
		EC2: ec2.NewFromConfig(there), S3: s3.NewFromConfig(there), RDS: rds.NewFromConfig(there), IAM: iam.NewFromConfig(there),
		Control: cloudcontrol.NewFromConfig(there), Tagging: resourcegroupstaggingapi.NewFromConfig(there),
		Config: configservice.NewFromConfig(there), Explorer: resourceexplorer2.NewFromConfig(there),
		Own: servicetags.Clients{IAM: iam.NewFromConfig(there), Prometheus: amp.NewFromConfig(there), Grafana: grafana.NewFromConfig(there)},
	}
}
