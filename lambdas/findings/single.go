package findings

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
)

// tellSingly claims a finding, tells its audiences and writes down that they know.
func (h *Handler) tellSingly(ctx context.Context, i *item) {
	if err := h.claim(ctx, i); err != nil {
		i.result = again(because(err), err)
		if refused(err) {
			i.result.reason = reasonChanged
		}
		return
	}
	n := notice.Notice{Kind: notice.KindFinding, At: h.now(), Stack: h.Stack, Finding: h.noticeOf(i)}
	for _, audience := range i.audiences {
		if err := h.publish(ctx, audience, n); err != nil {
			i.result = again(because(err), err)
			return
		}
	}
	i.result = result{outcome: contract.OutcomeTold, reason: i.why()}
	i.unmarked = true
	// People know. If the table cannot be told, the finding may be told once more after the lease; to send the message
	// back would tell it once more for sure.
	if err := h.note(ctx, i, attrTold, statusTold); err != nil {
		h.log.Warn("a finding may be told twice", "finding", i.ID, "error", err.Error())
	}
}

func (h *Handler) claim(ctx context.Context, i *item) error {
	put := h.put(i, state{status: statusClaimed, lease: h.now().Add(lease), told: i.known})
	i.version = int(number(put.Item[attrVersion]))
	return h.persist(ctx, func() error {
		_, err := h.clients.Table.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: put.TableName, Item: put.Item, ConditionExpression: put.ConditionExpression,
			ExpressionAttributeNames: put.ExpressionAttributeNames, ExpressionAttributeValues: put.ExpressionAttributeValues,
		})
		return err
	})
}

// noticeOf is the finding as people see it.
func (h *Handler) noticeOf(i *item) *notice.Finding {
	f := &notice.Finding{Finding: i.Finding, Assets: i.assets, Raised: i.personal() && i.severity > i.Rated, Known: i.known,
		Links: notice.Links{Finding: i.Link(h.Home), Runbook: h.runbook(i.Control)}}
	f.Severity = i.severity
	if len(i.Resources) > 0 {
		f.Links.Resource = i.Resources[0].Link()
	}
	return f
}

func (h *Handler) publish(ctx context.Context, audience contract.Audience, n notice.Notice) error {
	p, err := notice.Publish(n, h.Locale)
	if err != nil {
		return fmt.Errorf("notice to %s: %w", audience, err)
	}
	err = h.persist(ctx, func() error {
		_, err := h.clients.Topics.Publish(ctx, &sns.PublishInput{
			TopicArn: aws.String(h.Topics[audience]), Subject: aws.String(p.Subject),
			Message: aws.String(p.Message), MessageStructure: aws.String("json"),
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("notice to %s: %w", audience, err)
	}
	return nil
}
