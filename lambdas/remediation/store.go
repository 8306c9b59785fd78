package remediation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/remediation"
)

// Table is the part of DynamoDB that is used.
type Table interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// keep is how long a record lives after it was last written.
const keep = 90 * 24 * time.Hour

// How a record stands.
const (
	stateIdle     = ""         // people were told of it, or it has ended
	stateDeferred = "deferred" // approved, and waits for the window
	stateClaimed  = "claimed"  // about to start
	stateRunning  = "running"
)

// record is what is known of one row and one resource.
type record struct {
	Row         string              `json:"row"`
	Subject     remediation.Subject `json:"subject"`
	Finding     finding.Finding     `json:"finding"` // that caused the latest repair
	State       string              `json:"state"`
	Message     string              `json:"message"` // that claimed it
	Token       string              `json:"token"`   // ClientToken of the execution
	Approved    bool                `json:"approved"`
	Starts      []time.Time         `json:"starts"` // of the last 24 hours
	Execution   string              `json:"execution"`
	Region      string              `json:"region"` // where the execution runs
	Before      string              `json:"before"`
	EndedAt     time.Time           `json:"endedAt,omitzero"`
	WaitingTold time.Time           `json:"waitingTold,omitzero"`
	LoopTold    time.Time           `json:"loopTold,omitzero"`

	key     string
	version int
}

// errLost says that somebody else wrote the record meanwhile.
var errLost = errors.New("the record was changed meanwhile")

// store keeps records and sets in the state table.
type store struct {
	table Table
	name  string
	now   func() time.Time
}

// Attributes beside contract.StateKey and contract.StateExpires.
const (
	attributeRecord  = "Record"
	attributeVersion = "Version"
	attributeMembers = "Members"
	attributeCount   = "Count"
)

// Keys of single items.
const (
	keySlots    = contract.StateRepair + "slots"    // set of the records that run
	keyDeferred = contract.StateRepair + "deferred" // set of the records that wait for the window
)

func recordKey(row string, s remediation.Subject) string {
	return contract.StateRepair + strings.Join([]string{"resource", row, s.Account, s.Region, s.ARN}, "#")
}

func executionKey(id string) string { return contract.StateRepair + "execution#" + id }

func failuresKey(runbook string) string { return contract.StateRepair + "runbook#" + runbook }

func keyOf(key string) map[string]dbtypes.AttributeValue {
	return map[string]dbtypes.AttributeValue{contract.StateKey: &dbtypes.AttributeValueMemberS{Value: key}}
}

func (s store) item(ctx context.Context, key string) (map[string]dbtypes.AttributeValue, error) {
	out, err := s.table.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(s.name), Key: keyOf(key), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// get reads a record; one that is not there yet has the key only.
func (s store) get(ctx context.Context, key string) (*record, error) {
	r := &record{key: key}
	item, err := s.item(ctx, key)
	if err != nil || item == nil {
		return r, err
	}
	body, _ := item[attributeRecord].(*dbtypes.AttributeValueMemberS)
	version, _ := item[attributeVersion].(*dbtypes.AttributeValueMemberN)
	if body == nil || version == nil {
		return nil, fmt.Errorf("%s: no record", key)
	}
	if err := json.Unmarshal([]byte(body.Value), r); err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if r.version, err = strconv.Atoi(version.Value); err != nil {
		return nil, fmt.Errorf("%s: version: %w", key, err)
	}
	return r, nil
}

// put writes a record, unless somebody else did since it was read: errLost.
func (s store) put(ctx context.Context, r *record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	in := &dynamodb.PutItemInput{TableName: aws.String(s.name), Item: keyOf(r.key)}
	in.Item[attributeRecord] = &dbtypes.AttributeValueMemberS{Value: string(body)}
	in.Item[attributeVersion] = number(r.version + 1)
	in.Item[contract.StateExpires] = number(int(s.now().Add(keep).Unix()))
	if r.version == 0 {
		in.ConditionExpression = aws.String("attribute_not_exists(#k)")
		in.ExpressionAttributeNames = map[string]string{"#k": contract.StateKey}
	} else {
		in.ConditionExpression = aws.String("#v = :v")
		in.ExpressionAttributeNames = map[string]string{"#v": attributeVersion}
		in.ExpressionAttributeValues = map[string]dbtypes.AttributeValue{":v": number(r.version)}
	}
	if _, err := s.table.PutItem(ctx, in); err != nil {
		if refused(err) {
			return fmt.Errorf("%s: %w", r.key, errLost)
		}
		return err
	}
	r.version++
	return nil
}

func number(n int) dbtypes.AttributeValue {
	return &dbtypes.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

func refused(err error) bool {
	var conditional *dbtypes.ConditionalCheckFailedException
	return errors.As(err, &conditional)
}

// point says which record an execution belongs to.
func (s store) point(ctx context.Context, execution, key string) error {
	item := keyOf(executionKey(execution))
	item[attributeRecord] = &dbtypes.AttributeValueMemberS{Value: key}
	item[contract.StateExpires] = number(int(s.now().Add(keep).Unix()))
	_, err := s.table.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(s.name), Item: item})
	return err
}

// recordOf is the key of the record that an execution belongs to; "" for one of somebody else.
func (s store) recordOf(ctx context.Context, execution string) (string, error) {
	item, err := s.item(ctx, executionKey(execution))
	if err != nil {
		return "", err
	}
	if key, is := item[attributeRecord].(*dbtypes.AttributeValueMemberS); is {
		return key.Value, nil
	}
	return "", nil
}

// members are the elements of a set.
func (s store) members(ctx context.Context, key string) ([]string, error) {
	item, err := s.item(ctx, key)
	if err != nil {
		return nil, err
	}
	set, is := item[attributeMembers].(*dbtypes.AttributeValueMemberSS)
	if !is {
		return nil, nil
	}
	return slices.Sorted(slices.Values(set.Value)), nil
}

// join adds to a set of at most limit elements and gives all of them; limit 0 is none. false: the set is full.
func (s store) join(ctx context.Context, key, member string, limit int) ([]string, bool, error) {
	in := &dynamodb.UpdateItemInput{
		TableName: aws.String(s.name), Key: keyOf(key), UpdateExpression: aws.String("ADD #m :m"), ReturnValues: dbtypes.ReturnValueAllNew,
		ExpressionAttributeNames:  map[string]string{"#m": attributeMembers},
		ExpressionAttributeValues: map[string]dbtypes.AttributeValue{":m": &dbtypes.AttributeValueMemberSS{Value: []string{member}}},
	}
	if limit > 0 {
		in.ConditionExpression = aws.String("attribute_not_exists(#m) OR contains(#m, :one) OR size(#m) < :limit")
		in.ExpressionAttributeValues[":one"] = &dbtypes.AttributeValueMemberS{Value: member}
		in.ExpressionAttributeValues[":limit"] = number(limit)
	}
	out, err := s.table.UpdateItem(ctx, in)
	if refused(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	set, is := out.Attributes[attributeMembers].(*dbtypes.AttributeValueMemberSS)
	if !is {
		return nil, true, nil
	}
	return set.Value, true, nil
}

// leave takes elements out of a set.
func (s store) leave(ctx context.Context, key string, members ...string) error {
	if len(members) == 0 {
		return nil
	}
	_, err := s.table.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(s.name), Key: keyOf(key), UpdateExpression: aws.String("DELETE #m :m"),
		ExpressionAttributeNames:  map[string]string{"#m": attributeMembers},
		ExpressionAttributeValues: map[string]dbtypes.AttributeValue{":m": &dbtypes.AttributeValueMemberSS{Value: members}},
	})
	return err
}

// allowance tells whether one more notice may go out in this hour.
func (s store) allowance(ctx context.Context, limit int) (bool, error) {
	hour := s.now().UTC().Truncate(time.Hour)
	_, err := s.table.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(s.name), Key: keyOf(contract.StateRepair + "notices#" + hour.Format("2006-01-02T15")),
		UpdateExpression:         aws.String("ADD #c :one SET #e = :e"),
		ConditionExpression:      aws.String("attribute_not_exists(#c) OR #c < :limit"),
		ExpressionAttributeNames: map[string]string{"#c": attributeCount, "#e": contract.StateExpires},
		ExpressionAttributeValues: map[string]dbtypes.AttributeValue{
			":one": number(1), ":limit": number(limit), ":e": number(int(hour.Add(24 * time.Hour).Unix())),
		},
	})
	if refused(err) {
		return false, nil
	}
	return err == nil, err
}

// token is the ClientToken of a start: the same for each attempt at the same one, in the form of a UUID.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
func token(key string, at time.Time) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(key+"#"+at.UTC().Format(time.RFC3339Nano))).String()
}
