// Command slack is the Slack function: environment, clients, lambda.Start.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	_ "time/tzdata" // Lambda's image has no time zones

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
	"assetguard/lambdas/internal/environment"
	"assetguard/lambdas/slack"
)

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "slack:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*slack.Handler, error) {
	set, err := environment.Required(contract.EnvWebhookSecret, contract.EnvSlackQueueURL, contract.EnvSlackDeadLettersURL,
		contract.EnvLanguage, contract.EnvTimezone, contract.EnvMaxReceives)
	if err != nil {
		return nil, err
	}
	locale, err := notice.NewLocale(set[contract.EnvLanguage], set[contract.EnvTimezone])
	if err != nil {
		return nil, err
	}
	maxReceives, err := strconv.Atoi(set[contract.EnvMaxReceives])
	if err != nil || maxReceives < 1 {
		return nil, fmt.Errorf("%s is %q: set it to the queue's maxReceiveCount", contract.EnvMaxReceives, set[contract.EnvMaxReceives])
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	return slack.New(slack.Settings{
		Secret: set[contract.EnvWebhookSecret], QueueURL: set[contract.EnvSlackQueueURL], DeadLettersURL: set[contract.EnvSlackDeadLettersURL],
		Locale: locale, MaxReceives: maxReceives, Pace: contract.SlackPace,
	}, secretsmanager.NewFromConfig(cfg), sqs.NewFromConfig(cfg), os.Stdout), nil
}
