package findings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/contract"
)

// openKey is the item of the window that is open: it counts, and names the digest that takes what is too much.
const openKey = contract.StateDigest + "open"

// window is a time in which the first findings go out singly and the others into a digest.
type window struct {
	digest    string
	until     time.Time
	count     int // findings that came in it
	scheduled bool
}

func readWindow(attributes map[string]types.AttributeValue) window {
	_, scheduled := attributes[attrScheduled]
	return window{digest: text(attributes[attrName]), until: instant(attributes[attrUntil]), count: int(number(attributes[attrCount])), scheduled: scheduled}
}

// divide says which items are told singly and which go into the digest of the window. An item whose telling an attempt
// before began is told singly, and counted already.
func (h *Handler) divide(ctx context.Context, items []*item) (singles, folded []*item, w window) {
	var fresh []*item
	for _, i := range items {
		if i.prior != nil && i.prior.status == statusClaimed {
			singles = append(singles, i)
		} else {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return singles, nil, w
	}
	slices.SortFunc(fresh, worstFirst)
	w, err := h.enter(ctx, len(fresh))
	if err != nil {
		fail(fresh, err)
		return singles, nil, w
	}
	alone := min(max(h.Rules.Singles-(w.count-len(fresh)), 0), len(fresh))
	return append(singles, fresh[:alone]...), fresh[alone:], w
}

// enter counts findings into the open window, or opens the next when that is over.
func (h *Handler) enter(ctx context.Context, n int) (window, error) {
	for range tries {
		w, err := h.update(ctx, &dynamodb.UpdateItemInput{
			UpdateExpression: aws.String("ADD #count :n"), ConditionExpression: aws.String("#until > :now"),
			ExpressionAttributeNames:  map[string]string{"#count": attrCount, "#until": attrUntil},
			ExpressionAttributeValues: map[string]types.AttributeValue{":n": num(int64(n)), ":now": num(h.now().UnixMilli())},
		})
		if !refused(err) {
			return w, err
		}
		w, err = h.openNext(ctx, n, "attribute_not_exists(#until) OR #until <= :now", num(h.now().UnixMilli()))
		if !refused(err) {
			return w, err
		}
	}
	return window{}, errors.New("windows open and close faster than they can be entered")
}

// replace opens the next window because the digest of this one has ended. Another message may have done so.
func (h *Handler) replace(ctx context.Context, w window, n int) (window, error) {
	next, err := h.openNext(ctx, n, "attribute_not_exists(#name) OR #name = :now", str(w.digest))
	if refused(err) {
		return h.enter(ctx, n)
	}
	return next, err
}

func (h *Handler) openNext(ctx context.Context, n int, condition string, value types.AttributeValue) (window, error) {
	now := h.now().UTC()
	names := map[string]string{"#name": attrName, "#until": attrUntil, "#count": attrCount, "#scheduled": attrScheduled, "#expires": contract.StateExpires}
	until := now.Add(time.Duration(h.Rules.GatherSeconds) * time.Second)
	return h.update(ctx, &dynamodb.UpdateItemInput{
		UpdateExpression:    aws.String("SET #name = :name, #until = :until, #count = :n, #expires = :expires REMOVE #scheduled"),
		ConditionExpression: aws.String(condition), ExpressionAttributeNames: names,
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":name": str(now.Format("20060102T150405") + "-" + h.name()), ":until": num(until.UnixMilli()), ":n": num(int64(n)),
			":expires": num(now.Add(stateLives).Unix()), ":now": value,
		},
	})
}

func (h *Handler) update(ctx context.Context, in *dynamodb.UpdateItemInput) (window, error) {
	in.TableName, in.Key, in.ReturnValues = aws.String(h.Table), key(openKey), types.ReturnValueAllNew
	var out *dynamodb.UpdateItemOutput
	err := h.persist(ctx, func() (err error) {
		out, err = h.clients.Table.UpdateItem(ctx, in)
		return err
	})
	if err != nil {
		return window{}, fmt.Errorf("window: %w", err)
	}
	return readWindow(out.Attributes), nil
}

// refused says whether a condition was not met.
func refused(err error) bool {
	var condition *types.ConditionalCheckFailedException
	return errors.As(err, &condition)
}

// scheduleEnd makes sure that the end of the window's digest is on its way before anything goes into it: after a crash
// between the two, the message comes twice.
func (h *Handler) scheduleEnd(ctx context.Context, w *window) error {
	if w.scheduled {
		return nil
	}
	if err := h.sendEnd(ctx, w.digest, w.until.Sub(h.now())); err != nil {
		return err
	}
	next, err := h.update(ctx, &dynamodb.UpdateItemInput{
		UpdateExpression: aws.String("SET #scheduled = :now"), ConditionExpression: aws.String("#name = :name"),
		ExpressionAttributeNames:  map[string]string{"#scheduled": attrScheduled, "#name": attrName},
		ExpressionAttributeValues: map[string]types.AttributeValue{":now": num(h.now().UnixMilli()), ":name": str(w.digest)},
	})
	if err == nil {
		*w = next
		return nil
	}
	h.log.Warn("the end of a digest may come twice", "digest", w.digest, "error", err.Error())
	w.scheduled = true
	return nil
}

// sendEnd sends the message that ends a digest.
func (h *Handler) sendEnd(ctx context.Context, digest string, delay time.Duration) error {
	body, err := json.Marshal(endMessage{Source: contract.DigestSource, Digest: digest})
	if err != nil {
		return err
	}
	delay = min(max(delay, 0), contract.FindingsDigestMaxDelay)
	return h.persist(ctx, func() error {
		_, err := h.clients.Queue.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: aws.String(h.QueueURL), MessageBody: aws.String(string(body)), DelaySeconds: int32(math.Ceil(delay.Seconds())),
		})
		return err
	})
}
