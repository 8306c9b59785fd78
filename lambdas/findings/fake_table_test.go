package findings

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"assetguard/internal/contract"
)

type attributes = map[string]types.AttributeValue

// fakeTable is a table of DynamoDB that knows the expressions which the function writes. An expression that it does not
// know fails the test.
type fakeTable struct {
	w     *world
	items map[string]attributes
	// unprocessed is how many keys the next reads leave out.
	unprocessed int
}

func (t *fakeTable) BatchGetItem(_ context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (out *dynamodb.BatchGetItemOutput, err error) {
	err = t.w.call("dynamodb:BatchGetItem", func() error {
		keys := in.RequestItems["state"].Keys
		t.w.require(len(keys) > 0 && len(keys) <= 100 && *in.RequestItems["state"].ConsistentRead, "keys of a read: %d", len(keys))
		out = &dynamodb.BatchGetItemOutput{Responses: map[string][]attributes{}}
		seen := map[string]bool{}
		for n, key := range keys {
			k := text(key[contract.StateKey])
			t.w.require(!seen[k], "key %s is asked for twice", k)
			seen[k] = true
			if n < t.unprocessed {
				out.UnprocessedKeys = map[string]types.KeysAndAttributes{"state": {
					Keys: append(out.UnprocessedKeys["state"].Keys, key), ConsistentRead: aws.Bool(true)}}
				continue
			}
			if item, there := t.items[k]; there {
				out.Responses["state"] = append(out.Responses["state"], maps.Clone(item))
			}
		}
		t.unprocessed = 0
		return nil
	})
	return out, err
}

func (t *fakeTable) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return &dynamodb.PutItemOutput{}, t.w.call("dynamodb:PutItem", func() error {
		t.used(in.ExpressionAttributeNames, in.ExpressionAttributeValues, in.ConditionExpression)
		k := text(in.Item[contract.StateKey])
		if !t.holds(t.items[k], in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues) {
			return &types.ConditionalCheckFailedException{}
		}
		t.items[k] = in.Item
		return nil
	})
}

func (t *fakeTable) UpdateItem(_ context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (out *dynamodb.UpdateItemOutput, err error) {
	err = t.w.call("dynamodb:UpdateItem", func() error {
		t.used(in.ExpressionAttributeNames, in.ExpressionAttributeValues, in.ConditionExpression, in.UpdateExpression)
		k := text(in.Key[contract.StateKey])
		if !t.holds(t.items[k], in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues) {
			return &types.ConditionalCheckFailedException{}
		}
		t.items[k] = t.updated(k, in.UpdateExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues)
		out = &dynamodb.UpdateItemOutput{Attributes: maps.Clone(t.items[k])}
		return nil
	})
	return out, err
}

func (t *fakeTable) TransactWriteItems(_ context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return &dynamodb.TransactWriteItemsOutput{}, t.w.call("dynamodb:TransactWriteItems", func() error {
		t.w.require(len(in.TransactItems) <= 100, "%d items in a transaction", len(in.TransactItems))
		reasons, cancelled := make([]types.CancellationReason, len(in.TransactItems)), false
		for n, w := range in.TransactItems {
			reasons[n].Code = aws.String("None")
			var holds bool
			if w.Put != nil {
				t.used(w.Put.ExpressionAttributeNames, w.Put.ExpressionAttributeValues, w.Put.ConditionExpression)
				holds = t.holds(t.items[text(w.Put.Item[contract.StateKey])], w.Put.ConditionExpression, w.Put.ExpressionAttributeNames, w.Put.ExpressionAttributeValues)
			} else {
				t.used(w.Update.ExpressionAttributeNames, w.Update.ExpressionAttributeValues, w.Update.ConditionExpression, w.Update.UpdateExpression)
				holds = t.holds(t.items[text(w.Update.Key[contract.StateKey])], w.Update.ConditionExpression, w.Update.ExpressionAttributeNames, w.Update.ExpressionAttributeValues)
			}
			if !holds {
				reasons[n].Code, cancelled = aws.String("ConditionalCheckFailed"), true
			}
		}
		if cancelled {
			return &types.TransactionCanceledException{CancellationReasons: reasons}
		}
		touched := map[string]bool{}
		for _, w := range in.TransactItems {
			var k string
			if w.Put != nil {
				k = text(w.Put.Item[contract.StateKey])
				t.items[k] = w.Put.Item
			} else {
				k = text(w.Update.Key[contract.StateKey])
				t.items[k] = t.updated(k, w.Update.UpdateExpression, w.Update.ExpressionAttributeNames, w.Update.ExpressionAttributeValues)
			}
			t.w.require(!touched[k], "a transaction writes %s twice", k)
			touched[k] = true
		}
		return nil
	})
}

// used fails for placeholders that stand in no expression, which DynamoDB refuses.
func (t *fakeTable) used(names map[string]string, values attributes, expressions ...*string) {
	all := ""
	for _, e := range expressions {
		all += " " + strings.NewReplacer("(", " ", ")", " ", ",", " ").Replace(aws.ToString(e))
	}
	words := strings.Fields(all)
	for placeholder := range names {
		t.w.require(slices.Contains(words, placeholder), "%s is not used", placeholder)
	}
	for placeholder := range values {
		t.w.require(slices.Contains(words, placeholder), "%s is not used", placeholder)
	}
}

// holds evaluates a condition: parts joined by OR.
func (t *fakeTable) holds(item attributes, condition *string, names map[string]string, values attributes) bool {
	if condition == nil {
		return true
	}
	for part := range strings.SplitSeq(*condition, " OR ") {
		if inner, ok := strings.CutPrefix(part, "attribute_not_exists("); ok {
			if _, there := item[t.name(strings.TrimSuffix(inner, ")"), names)]; !there {
				return true
			}
			continue
		}
		words := strings.Fields(part)
		t.w.require(len(words) == 3, "condition %q", part)
		have, there := item[t.name(words[0], names)]
		want, known := values[words[2]]
		t.w.require(known, "%s has no value", words[2])
		if there && compare(words[1], have, want) {
			return true
		}
	}
	return false
}

func compare(operator string, a, b types.AttributeValue) bool {
	switch operator {
	case "=":
		return text(a) == text(b) && number(a) == number(b)
	case ">":
		return number(a) > number(b)
	case "<=":
		return number(a) <= number(b)
	}
	panic("operator " + operator)
}

func (t *fakeTable) name(placeholder string, names map[string]string) string {
	name, known := names[placeholder]
	t.w.require(known, "%s has no name", placeholder)
	return name
}

// updated evaluates an update: clauses SET, ADD and REMOVE.
func (t *fakeTable) updated(k string, expression *string, names map[string]string, values attributes) attributes {
	item := maps.Clone(t.items[k])
	if item == nil {
		item = attributes{contract.StateKey: str(k)}
	}
	clause := ""
	words := strings.Fields(strings.NewReplacer(",", " ", "= if_not_exists(", "= if_not_exists ", ")", " ").Replace(*expression))
	for n := 0; n < len(words); {
		if slices.Contains([]string{"SET", "ADD", "REMOVE"}, words[n]) {
			clause = words[n]
			n++
			continue
		}
		name := t.name(words[n], names)
		switch {
		case clause == "REMOVE":
			delete(item, name)
			n++
		case clause == "ADD":
			item[name] = added(item[name], values[words[n+1]])
			n += 2
		case words[n+2] == "if_not_exists":
			if _, there := item[name]; !there {
				item[name] = values[words[n+4]]
			}
			n += 5
		default:
			t.w.require(words[n+1] == "=" && values[words[n+2]] != nil, "update %q", *expression)
			item[name] = values[words[n+2]]
			n += 3
		}
	}
	return item
}

func added(have, more types.AttributeValue) types.AttributeValue {
	if n, ok := more.(*types.AttributeValueMemberN); ok {
		return num(number(have) + number(n))
	}
	all := append(slices.Clone(members(have)), members(more)...)
	slices.Sort(all)
	return set(slices.Compact(all)...)
}

// state is the state of a finding, for assertions.
func (t *fakeTable) state(key string) string {
	item := t.items[key]
	return fmt.Sprintf("%s by %s", text(item[attrStatus]), text(item[attrHolder]))
}
