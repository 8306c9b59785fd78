package findings

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

// partSize is how many findings a part of a digest has: a transaction takes 100 items, two of which are the part and the
// digest. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const partSize = 98

// entry is a finding in a digest.
type entry struct {
	Audiences []contract.Audience `json:"audiences"`
	Finding   notice.Finding      `json:"finding"`
}

// fold puts items into the digest of the window.
func (h *Handler) fold(ctx context.Context, w window, items []*item) {
	for chunk := range slices.Chunk(items, partSize) {
		if err := h.foldPart(ctx, &w, slices.Clone(chunk)); err != nil {
			fail(chunk, err)
		}
	}
}

// foldPart writes a part and the states of its findings in one transaction. A finding that another message wrote in
// between goes back to the queue, the others go on.
func (h *Handler) foldPart(ctx context.Context, w *window, items []*item) error {
	var last error
	for try := 0; try < 2*tries && len(items) > 0; try++ {
		if err := h.scheduleEnd(ctx, w); err != nil {
			return err
		}
		in, err := h.partOf(*w, items)
		if err != nil {
			return err
		}
		_, last = h.clients.Table.TransactWriteItems(ctx, in)
		if last == nil {
			for _, i := range items {
				i.result = result{outcome: contract.OutcomeFolded, reason: i.why()}
			}
			return nil
		}
		var cancelled *types.TransactionCanceledException
		switch {
		case errors.As(last, &cancelled) && len(cancelled.CancellationReasons) == len(items)+2:
			ended := met(cancelled.CancellationReasons[1])
			items = changed(items, cancelled.CancellationReasons[2:])
			if ended {
				if *w, err = h.replace(ctx, *w, len(items)); err != nil {
					return err
				}
				continue
			}
		case !passing(last):
			return last
		}
		if err := h.sleep(ctx, pause); err != nil {
			return errors.Join(last, err)
		}
	}
	if len(items) == 0 {
		return nil
	}
	return last
}

// met says whether a condition of a transaction refused it.
func met(r types.CancellationReason) bool { return aws.ToString(r.Code) == "ConditionalCheckFailed" }

// changed leaves the items whose states nobody else wrote.
func changed(items []*item, reasons []types.CancellationReason) []*item {
	var left []*item
	for n, i := range items {
		if met(reasons[n]) {
			i.result = again(reasonChanged, errChanged)
			continue
		}
		left = append(left, i)
	}
	return left
}

var errChanged = errors.New("another message wrote the state of the finding")

// partOf is the transaction: the part, its place in a digest that has not ended, and the states.
func (h *Handler) partOf(w window, items []*item) (*dynamodb.TransactWriteItemsInput, error) {
	entries := make([]entry, 0, len(items))
	for _, i := range items {
		entries = append(entries, entry{Audiences: i.audiences, Finding: h.brief(i)})
	}
	body, err := zip(entries)
	if err != nil {
		return nil, err
	}
	part, now := h.name(), h.now()
	writes := []types.TransactWriteItem{
		{Put: &types.Put{TableName: aws.String(h.Table), Item: map[string]types.AttributeValue{
			contract.StateKey: str(partKey(w.digest, part)), contract.StateExpires: num(now.Add(partLives).Unix()),
			attrBody: &types.AttributeValueMemberB{Value: body},
		}}},
		{Update: &types.Update{TableName: aws.String(h.Table), Key: key(contract.StateDigest + w.digest),
			UpdateExpression:         aws.String("ADD #parts :part SET #from = if_not_exists(#from, :now), #expires = :expires"),
			ConditionExpression:      aws.String("attribute_not_exists(#ended)"),
			ExpressionAttributeNames: map[string]string{"#parts": attrParts, "#from": attrFrom, "#expires": contract.StateExpires, "#ended": attrEnded},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":part": set(part), ":now": num(now.UnixMilli()), ":expires": num(now.Add(stateLives).Unix())},
		}},
	}
	for _, i := range items {
		writes = append(writes, types.TransactWriteItem{Put: h.put(i, state{status: statusFolded, digest: w.digest, told: now})})
	}
	return &dynamodb.TransactWriteItemsInput{TransactItems: writes}, nil
}

func partKey(digest, part string) string { return contract.StateDigest + digest + "#" + part }

// maxText is how long the texts of a finding are within a digest, where people see one line of it: 98 findings stay
// far below the 400 KB of an item.
const maxText = 300

// brief is a finding with what a digest shows of it.
func (h *Handler) brief(i *item) notice.Finding {
	f := *h.noticeOf(i)
	f.Text, f.Fix, f.Codes, f.Fields = "", finding.Fix{}, nil, nil
	f.Title = cut(f.Title)
	f.CVEs, f.Assets = i.CVEs[:min(len(i.CVEs), 1)], i.assets[:min(len(i.assets), 1)]
	f.Resources = slices.Clone(i.Resources[:min(len(i.Resources), 1)])
	for n := range f.Resources {
		f.Resources[n].Tags = nil
	}
	return f
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return text
}

func zip(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(w).Encode(entries), w.Close()); err != nil {
		return nil, fmt.Errorf("part of a digest: %w", err)
	}
	return b.Bytes(), nil
}

func unzip(body []byte) ([]entry, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("part of a digest: %w", err)
	}
	var entries []entry
	if err := json.NewDecoder(r).Decode(&entries); err != nil {
		return nil, fmt.Errorf("part of a digest: %w", err)
	}
	return entries, nil
}
