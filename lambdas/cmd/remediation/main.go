// Command remediation is the remediation function: environment, clients, lambda.Start.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
	_ "time/tzdata" // Lambda's image has no time zones

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
	"assetguard/lambdas/internal/environment"
	"assetguard/lambdas/internal/regional"
	"assetguard/lambdas/remediation"
)

// attempts is how often one API call is tried, the first time included. What is throttled for longer comes again from
// the queue.
const attempts = 4

func main() {
	handler, err := newHandler(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "remediation:", err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context) (*remediation.Handler, error) {
	set, err := environment.Required(contract.EnvPartition, contract.EnvAccountID, contract.EnvRemediation, contract.EnvStateTable,
		contract.EnvSecurityTopic, contract.EnvRepairQueueURL, contract.EnvMaxReceives, contract.EnvLanguage, contract.EnvTimezone, contract.EnvStack)
	if err != nil {
		return nil, err
	}
	maxReceives, err := strconv.Atoi(set[contract.EnvMaxReceives])
	if err != nil || maxReceives < 1 {
		return nil, fmt.Errorf("%s is %q: set it to the queue's maxReceiveCount", contract.EnvMaxReceives, set[contract.EnvMaxReceives])
	}
	zone, err := time.LoadLocation(set[contract.EnvTimezone])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", contract.EnvTimezone, err)
	}
	locale, err := notice.NewLocale(set[contract.EnvLanguage], set[contract.EnvTimezone])
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled), config.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	automations := regional.Clients(cfg, func(there aws.Config) *ssm.Client { return ssm.NewFromConfig(there) })
	return remediation.New(remediation.Settings{
		Partition: set[contract.EnvPartition], Account: set[contract.EnvAccountID], Home: cfg.Region, Stack: set[contract.EnvStack],
		Parameter: set[contract.EnvRemediation], Table: set[contract.EnvStateTable], TopicARN: set[contract.EnvSecurityTopic],
		QueueURL: set[contract.EnvRepairQueueURL], MaxReceives: maxReceives, Locale: locale, Language: set[contract.EnvLanguage], Zone: zone,
	}, remediation.Clients{
		Hub: securityhub.NewFromConfig(cfg), Topic: sns.NewFromConfig(cfg), Queue: sqs.NewFromConfig(cfg), Table: dynamodb.NewFromConfig(cfg),
		Parameters: automations(cfg.Region), Automation: func(region string) remediation.Automation { return automations(region) },
		Services: services(cfg, set[contract.EnvPartition], set[contract.EnvAccountID]),
	}, os.Stdout), nil
}

// services gives the clients of an account and region. In member accounts they have the rights of the reader's role.
func services(cfg aws.Config, partition, own string) func(account, region string) remediation.Services {
	accounts := map[string]func(string) remediation.Services{}
	return func(account, region string) remediation.Services {
		in, made := accounts[account]
		if !made {
			there := cfg.Copy()
			if account != own {
				role := fmt.Sprintf("arn:%s:iam::%s:role/%s", partition, account, contract.RemediationMemberReader)
				there.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), role))
			}
			in = regional.Clients(there, clients)
			accounts[account] = in
		}
		return in(region)
	}
}

// clients makes the clients of one account and region.
func clients(there aws.Config) remediation.Services {
	return remediation.Services{
		Tagging: resourcegroupstaggingapi.NewFromConfig(there), Buckets: s3.NewFromConfig(there), Account: s3control.NewFromConfig(there),
		Compute: ec2.NewFromConfig(there), Keys: kms.NewFromConfig(there), Trails: cloudtrail.NewFromConfig(there),
		Identities: iam.NewFromConfig(there), Databases: rds.NewFromConfig(there), Balancers: elasticloadbalancingv2.NewFromConfig(there),
		Tables: dynamodb.NewFromConfig(there), Detectors: guardduty.NewFromConfig(there), Warehouses: redshift.NewFromConfig(there),
		Patches: ssm.NewFromConfig(there),
	}
}
