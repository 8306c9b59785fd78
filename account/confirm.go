package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"assetguard/stacks/config"
)

type identifier interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

type aliasReader interface {
	ListAccountAliases(context.Context, *iam.ListAccountAliasesInput, ...func(*iam.Options)) (*iam.ListAccountAliasesOutput, error)
}

// verify returns the caller's ARN, or an error when the credentials are not of the configured account.
func verify(ctx context.Context, client identifier, settings *config.Settings) (string, error) {
	identity, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("ask AWS who this is: %w\nsign in first, such as by `aws sso login --profile PROFILE` and AWS_PROFILE=PROFILE", err)
	}
	if found := aws.ToString(identity.Account); found != settings.Account.ID {
		return "", fmt.Errorf("the credentials are of account %s (%s), but account.id of the stack is %s: "+
			"use credentials of %s, or mend account.id", found, aws.ToString(identity.Arn), settings.Account.ID, settings.Account.ID)
	}
	return aws.ToString(identity.Arn), nil
}

// question asks whether a change may go where it would go.
type question struct {
	stack    string
	settings *config.Settings
	yes      bool // answered on the command line
	ci       bool // in a CI job, whose environment's reviewers have answered
	terminal bool // in can be typed at
	in       *bufio.Reader
	out      io.Writer
}

// ask shows the target and returns nil only when the answer is yes: the stack's name typed at a terminal, or
// -yes in CI.
func (q question) ask(ctx context.Context, who identifier, aliases aliasReader) error {
	if q.yes && !q.ci {
		return errors.New("-yes is for CI only (CI=true): leave it out and answer")
	}
	caller, err := verify(ctx, who, q.settings)
	if err != nil {
		return err
	}
	fmt.Fprintf(q.out, "stack    %s, %s of the account\naccount  %s%s\nregion   %s%s\ncaller   %s\n",
		q.stack, q.settings.Account.Role, q.settings.Account.ID, aliasOf(ctx, aliases),
		q.settings.Regions.Home, others(q.settings.Regions.Others), caller)
	if q.yes {
		return nil
	}
	if !q.terminal {
		return errors.New("nobody can answer: standard input is no terminal; in CI use -yes with CI=true")
	}
	fmt.Fprintf(q.out, "\nType the name of the stack to go on: ")
	answer, err := q.in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(answer) != q.stack {
		return fmt.Errorf("the answer is not %s: nothing was done", q.stack)
	}
	return nil
}

// aliasOf is the account's alias in parentheses. The alias is a kindness to the reader: without the
// permission to read it, or without an alias, there is none.
func aliasOf(ctx context.Context, client aliasReader) string {
	found, err := client.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{})
	if err != nil || len(found.AccountAliases) == 0 {
		return ""
	}
	return " (" + found.AccountAliases[0] + ")"
}

func others(regions []string) string {
	if len(regions) == 0 {
		return ""
	}
	return ", and " + strings.Join(regions, ", ")
}
