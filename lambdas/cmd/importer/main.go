// Command importer is the importer function: environment, clients, lambda.Start.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/contract"
	"assetguard/lambdas/importer"
	"assetguard/lambdas/internal/environment"
	"assetguard/lambdas/internal/regional"
)

// attempts is how often one API call is tried, the first time included. The adaptive mode slows down while it is
// throttled, to the 10 imports a second that Security Hub takes.
const attempts = 5

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "importer:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*importer.Handler, error) {
	set, err := environment.Required(contract.EnvPartition, contract.EnvAccountID, contract.EnvInspectionRegions,
		contract.EnvConformancePack, contract.EnvImportQueueURL, contract.EnvLanguage, contract.EnvMaxReceives)
	if err != nil {
		return nil, err
	}
	maxReceives, err := strconv.Atoi(set[contract.EnvMaxReceives])
	if err != nil || maxReceives < 1 {
		return nil, fmt.Errorf("%s is %q: set it to the queue's maxReceiveCount", contract.EnvMaxReceives, set[contract.EnvMaxReceives])
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
		config.WithRetryMode(aws.RetryModeAdaptive), config.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	return importer.New(importer.Settings{
		Partition: set[contract.EnvPartition], Account: set[contract.EnvAccountID],
		Regions: strings.Split(set[contract.EnvInspectionRegions], ","), Pack: set[contract.EnvConformancePack],
		QueueURL: set[contract.EnvImportQueueURL], Language: set[contract.EnvLanguage], MaxReceives: maxReceives,
	}, regional.Clients(cfg, clients), sqs.NewFromConfig(cfg), os.Stdout), nil
}

// clients makes the clients of one region.
func clients(there aws.Config) importer.Region {
	return importer.Region{
		Hub: securityhub.NewFromConfig(there), Config: configservice.NewFromConfig(there),
		Tagging: resourcegroupstaggingapi.NewFromConfig(there),
	}
}
