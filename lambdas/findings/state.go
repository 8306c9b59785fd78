package findings

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
)

const (
	// stateLives is how long a finding and its digest are remembered: longer than Security Hub keeps a finding that nobody
	// updates, which is 90 days.
	stateLives = 100 * 24 * time.Hour
	// partLives is how long the content of a digest is kept: longer than a message that should end it lies in the dead letters.
	partLives = 20 * 24 * time.Hour
	// lease is how long a message has a finding for itself: longer than an attempt takes.
	lease = contract.FindingsTimeout + time.Minute
	// settle is how long after Security Hub was asked to make a finding NOTIFIED events may still call it NEW: "several
	// minutes". https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchupdatefindings.html
	settle = 10 * time.Minute
)

// The ways in which people hear of a finding: values of attrStatus.
const (
	statusClaimed = "claimed" // a message is about to tell it
	statusTold    = "told"
	statusFolded  = "folded" // into a digest
)

// Attributes of items, beside contract.StateKey and contract.StateExpires. Times are milliseconds since 1970.
const (
	attrStatus   = "Status"
	attrHolder   = "Holder" // the message that told, or tells
	attrLease    = "Lease"
	attrSeverity = "Severity"
	attrTold     = "Told"
	attrNotified = "Notified"
	attrSchema   = "Schema" // in which it was told
	attrOther    = "Other"  // as attrNotified, in the Security Hub that speaks the other format
	attrDigest   = "Digest"
	attrUnmarked = "Unmarked" // its digest was told, and Security Hub refused to make it NOTIFIED
	attrVersion  = "Version"

	attrName      = "Name"      // of the open digest
	attrUntil     = "Until"     // when it ends
	attrCount     = "Findings"  // that came since it began
	attrScheduled = "Scheduled" // its end is on its way

	attrParts  = "Parts"
	attrFrom   = "From"
	attrEnded  = "Ended"
	attrToldTo = "ToldTo" // audiences
	attrMarked = "Marked" // parts whose findings are NOTIFIED
	attrBody   = "Body"
)

// state is what became of a finding.
type state struct {
	status, holder, digest string
	lease, told            time.Time      // told is when people heard last, also while it is claimed again
	schema                 finding.Schema // in which it was told
	notified, other        time.Time      // since when it is NOTIFIED where it has this schema, and where it has the other one
	unmarked               bool
	severity               finding.Severity
	version                int
}

// since is since when the finding is NOTIFIED in the Security Hub that sent the item, zero if it is not.
func (s *state) since(i *item) time.Time {
	if s.elsewhere(i) {
		return s.other
	}
	return s.notified
}

// elsewhere says that people heard of the finding from the other Security Hub.
func (s *state) elsewhere(i *item) bool { return s.schema != "" && s.schema != i.Schema }

func readState(attributes map[string]types.AttributeValue) *state {
	_, unmarked := attributes[attrUnmarked]
	return &state{unmarked: unmarked,
		status: text(attributes[attrStatus]), holder: text(attributes[attrHolder]), digest: text(attributes[attrDigest]),
		lease: instant(attributes[attrLease]), told: instant(attributes[attrTold]), schema: finding.Schema(text(attributes[attrSchema])),
		notified: instant(attributes[attrNotified]), other: instant(attributes[attrOther]),
		severity: finding.Severity(number(attributes[attrSeverity])), version: int(number(attributes[attrVersion])),
	}
}

// put is the state's item, to be written only if the table still has what was read.
func (h *Handler) put(i *item, s state) *types.Put {
	attributes := map[string]types.AttributeValue{
		contract.StateKey: str(i.key), contract.StateExpires: num(h.now().Add(stateLives).Unix()),
		attrStatus: str(s.status), attrHolder: str(i.task.id), attrSeverity: num(int64(i.severity)), attrVersion: num(1),
		attrSchema: str(string(i.Schema)),
	}
	for name, at := range map[string]time.Time{attrLease: s.lease, attrTold: s.told} {
		if !at.IsZero() {
			attributes[name] = num(at.UnixMilli())
		}
	}
	if s.digest != "" {
		attributes[attrDigest] = str(s.digest)
	}
	put := &types.Put{TableName: aws.String(h.Table), Item: attributes,
		// The table deletes what has expired within days only.
		ConditionExpression:       aws.String("attribute_not_exists(#key) OR #expires <= :now"),
		ExpressionAttributeNames:  map[string]string{"#key": contract.StateKey, "#expires": contract.StateExpires},
		ExpressionAttributeValues: map[string]types.AttributeValue{":now": num(h.now().Unix())}}
	if i.prior != nil {
		attributes[attrVersion] = num(int64(i.prior.version) + 1)
		put.ConditionExpression = aws.String("#version = :version")
		put.ExpressionAttributeNames = map[string]string{"#version": attrVersion}
		put.ExpressionAttributeValues = map[string]types.AttributeValue{":version": num(int64(i.prior.version))}
	}
	return put
}

// note sets a time, and a status with it unless it is "", if the state is still the one that the item stands for.
func (h *Handler) note(ctx context.Context, i *item, name, status string) error {
	update := &dynamodb.UpdateItemInput{
		TableName: aws.String(h.Table), Key: key(i.key), UpdateExpression: aws.String("SET #name = :now"),
		ConditionExpression:       aws.String("#version = :version"),
		ExpressionAttributeNames:  map[string]string{"#name": name, "#version": attrVersion},
		ExpressionAttributeValues: map[string]types.AttributeValue{":now": num(h.now().UnixMilli()), ":version": num(int64(i.version))},
	}
	if status != "" {
		update.UpdateExpression = aws.String("SET #name = :now, #status = :status")
		update.ExpressionAttributeNames["#status"] = attrStatus
		update.ExpressionAttributeValues[":status"] = str(status)
	}
	return h.persist(ctx, func() error {
		_, err := h.clients.Table.UpdateItem(ctx, update)
		return err
	})
}

// itemsPerRead is how many items BatchGetItem takes.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const itemsPerRead = 100

// read gives the items of keys that the table has. An item that should have expired counts as gone.
func (h *Handler) read(ctx context.Context, keys []string) (map[string]map[string]types.AttributeValue, error) {
	found := map[string]map[string]types.AttributeValue{}
	for chunk := range slices.Chunk(keys, itemsPerRead) {
		left := map[string]types.KeysAndAttributes{h.Table: {ConsistentRead: aws.Bool(true)}}
		for _, k := range chunk {
			ask := left[h.Table]
			ask.Keys = append(ask.Keys, key(k))
			left[h.Table] = ask
		}
		for try := 1; len(left) > 0; try++ {
			var out *dynamodb.BatchGetItemOutput
			if err := h.persist(ctx, func() (err error) {
				out, err = h.clients.Table.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: left})
				return err
			}); err != nil {
				return nil, err
			}
			for _, attributes := range out.Responses[h.Table] {
				if number(attributes[contract.StateExpires]) > h.now().Unix() {
					found[text(attributes[contract.StateKey])] = attributes
				}
			}
			// An answer is cut off at 16 MB and always makes progress otherwise; DynamoDB asks to wait before the rest.
			if left = out.UnprocessedKeys; len(left) > 0 && len(out.Responses[h.Table]) == 0 {
				if try == tries {
					return nil, errUnread
				}
				if err := h.sleep(ctx, time.Duration(try)*pause); err != nil {
					return nil, err
				}
			}
		}
	}
	return found, nil
}

func key(k string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{contract.StateKey: str(k)}
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func set(members ...string) types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: members}
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func number(v types.AttributeValue) int64 {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		parsed, _ := strconv.ParseInt(n.Value, 10, 64)
		return parsed
	}
	return 0
}

func instant(v types.AttributeValue) time.Time {
	if ms := number(v); ms != 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

func members(v types.AttributeValue) []string {
	if s, ok := v.(*types.AttributeValueMemberSS); ok {
		return s.Value
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
