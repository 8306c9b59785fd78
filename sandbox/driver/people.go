package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"assetguard/internal/contract"
	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/inbox"
)

// Inbox shows what left the platform for people, oldest first: the last messages, all when last is 0, as text or as the
// server's JSON.
func (d *Driver) Inbox(ctx context.Context, asJSON bool, last int) error {
	if _, err := d.server.Health(ctx); err != nil {
		return fmt.Errorf("the sandbox is not up (%w)\nmend: make up", err)
	}
	got, err := d.server.Inbox(ctx, 0)
	if err != nil {
		return err
	}
	if last > 0 && len(got.Messages) > last {
		got.Messages = got.Messages[len(got.Messages)-last:]
	}
	if asJSON {
		text, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(d.out, string(text))
		return err
	}
	if err := inbox.Write(d.out, got.Messages); err != nil {
		return err
	}
	d.printer.Linef("%d messages in all, %d shown; in a browser: %s", got.Total, len(got.Messages), d.server.InboxPage())
	return nil
}

// Choose does what a person does in Security Hub's console who chooses a custom action for findings. The action is given
// by its ID or, in lower case, by its name.
func (d *Driver) Choose(ctx context.Context, action string, findings []string) error {
	if err := d.requireUp(ctx); err != nil {
		return err
	}
	if action == contract.RepairActionName {
		action = contract.RepairActionID
	}
	if err := d.server.Choose(ctx, action, findings); err != nil {
		return err
	}
	d.printer.Linef("chose %s for %s", action, strings.Join(findings, ", "))
	return nil
}

// connectPeople does what people do once after the first deployment: the readers of confirmation mails follow the links,
// and somebody sets the webhook's address, which here is the sandbox's own.
func (d *Driver) connectPeople(ctx context.Context) error {
	confirmed, err := d.server.Confirm(ctx)
	if err != nil {
		return fmt.Errorf("confirmation of e-mail subscriptions: %w", err)
	}
	if confirmed > 0 {
		d.printer.Linef("  -- %d e-mail subscriptions confirmed, as their readers would", confirmed)
	}
	set, err := setWebhook(ctx, d.aws(), d.server.Webhook())
	if err != nil {
		return fmt.Errorf("webhook of Slack: %w", err)
	}
	if set > 0 {
		d.printer.Linef("  -- Slack's webhook is the inbox: %s", d.server.InboxPage())
	}
	return nil
}

// aws is the configuration of clients of the sandbox, in the home region.
func (d *Driver) aws() aws.Config {
	endpoint := d.layout.Endpoint()
	return aws.Config{Region: layout.Region, BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), "")}
}

// setWebhook sets the value of each secret that a function takes for a webhook's address, unless it has one, and returns
// how many it has set.
func setWebhook(ctx context.Context, cfg aws.Config, address string) (set int, err error) {
	secrets := secretsmanager.NewFromConfig(cfg)
	pages := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(cfg), &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return set, err
		}
		for _, f := range page.Functions {
			if f.Environment == nil || f.Environment.Variables[contract.EnvWebhookSecret] == "" {
				continue
			}
			secret := f.Environment.Variables[contract.EnvWebhookSecret]
			_, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secret})
			var none *types.ResourceNotFoundException
			if err == nil {
				continue
			}
			if !errors.As(err, &none) {
				return set, err
			}
			if _, err := secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &secret, SecretString: &address}); err != nil {
				return set, err
			}
			set++
		}
	}
	return set, nil
}
