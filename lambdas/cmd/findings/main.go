// Command findings is the findings function: environment, clients, lambda.Start.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	_ "time/tzdata" // Lambda's image has no time zones

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
	"assetguard/lambdas/findings"
	"assetguard/lambdas/internal/environment"
	"assetguard/lambdas/internal/regional"
)

// attempts is how often one API call is tried, the first time included. The adaptive mode slows down while it is
// throttled, to the calls that Security Hub takes.
const attempts = 5

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "findings:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*findings.Handler, error) {
	settings, err := readSettings()
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
		config.WithRetryMode(aws.RetryModeAdaptive), config.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	settings.Home = cfg.Region
	return findings.New(settings, findings.Clients{
		Table: dynamodb.NewFromConfig(cfg), Topics: sns.NewFromConfig(cfg), Hub: securityhub.NewFromConfig(cfg),
		Queue: sqs.NewFromConfig(cfg), Store: s3.NewFromConfig(cfg),
		Tagging: regional.Clients(cfg, func(there aws.Config) findings.Tagging { return resourcegroupstaggingapi.NewFromConfig(there) }),
	}, os.Stdout), nil
}

// readSettings reads the environment. The error joins every fault.
func readSettings() (findings.Settings, error) {
	set, missing := environment.Required(contract.EnvStack, contract.EnvPartition, contract.EnvAccountID, contract.EnvStateTable,
		contract.EnvFindingsQueueURL, contract.EnvRegisterBucket, contract.EnvAlertRules, contract.EnvLanguage, contract.EnvTimezone,
		contract.EnvMaxReceives, contract.EnvSecurityTopic, contract.EnvDevOpsTopic, contract.EnvPurchasingTopic)
	if missing != nil {
		return findings.Settings{}, missing
	}
	topics := map[contract.Audience]string{contract.AudienceSecurity: set[contract.EnvSecurityTopic],
		contract.AudienceDevOps: set[contract.EnvDevOpsTopic], contract.AudiencePurchasing: set[contract.EnvPurchasingTopic]}
	rules, rulesErr := findings.ParseRules(set[contract.EnvAlertRules], topics)
	if rulesErr != nil {
		rulesErr = fmt.Errorf("%s: %w", contract.EnvAlertRules, rulesErr)
	}
	locale, localeErr := notice.NewLocale(set[contract.EnvLanguage], set[contract.EnvTimezone])
	maxReceives, err := strconv.Atoi(set[contract.EnvMaxReceives])
	if err != nil || maxReceives < 1 {
		err = fmt.Errorf("%s is %q: set it to the queue's maxReceiveCount", contract.EnvMaxReceives, set[contract.EnvMaxReceives])
	}
	return findings.Settings{
		Stack: set[contract.EnvStack], Partition: set[contract.EnvPartition], Account: set[contract.EnvAccountID],
		Table: set[contract.EnvStateTable], QueueURL: set[contract.EnvFindingsQueueURL], Bucket: set[contract.EnvRegisterBucket],
		Topics: topics, Rules: rules, Locale: locale, MaxReceives: maxReceives,
	}, errors.Join(rulesErr, localeErr, err)
}
