package emulator

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Transactions that are cancelled leave nothing of their own, and take nothing of others away.
func TestCancelledTransactionsTouchNothingElse(t *testing.T) {
	const writers, each = 4, 25
	found, err := Find(t.Context(), filepath.Join(t.TempDir(), "venv"), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	e, err := Start(t.Context(), found, io.Discard, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Stop()) })
	client := dynamodb.New(dynamodb.Options{BaseEndpoint: &e.URL, Region: "ap-northeast-2", Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	table := aws.String("t")
	_, err = client.CreateTable(t.Context(), &dynamodb.CreateTableInput{TableName: table, BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Key"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Key"), AttributeType: types.ScalarAttributeTypeS}}})
	require.NoError(t, err)
	item := func(key, value string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"Key": &types.AttributeValueMemberS{Value: key}, "Value": &types.AttributeValueMemberS{Value: value}}
	}
	put := func(key, value string) {
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item(key, value)})
		assert.NoError(t, err)
	}
	put("changed", "before")
	cancelled := func() {
		_, err := client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: table, Item: item("new", "x")}},
			{Update: &types.Update{TableName: table, Key: map[string]types.AttributeValue{"Key": &types.AttributeValueMemberS{Value: "changed"}},
				UpdateExpression: aws.String("SET #v = :v"), ExpressionAttributeNames: map[string]string{"#v": "Value"}, ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: "after"}}}},
			{ConditionCheck: &types.ConditionCheck{TableName: table, Key: map[string]types.AttributeValue{"Key": &types.AttributeValueMemberS{Value: "none"}},
				ConditionExpression: aws.String("attribute_exists(#k)"), ExpressionAttributeNames: map[string]string{"#k": "Key"}}},
		}})
		var refused *types.TransactionCanceledException
		assert.ErrorAs(t, err, &refused)
	}
	var working sync.WaitGroup
	for w := range writers {
		working.Go(func() {
			for i := range each {
				put(fmt.Sprintf("%d-%d", w, i), "kept")
			}
		})
		working.Go(func() {
			for range each {
				cancelled()
			}
		})
	}
	working.Wait()

	all, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: table})
	require.NoError(t, err)
	values := map[string]int{}
	for _, found := range all.Items {
		values[found["Value"].(*types.AttributeValueMemberS).Value]++
	}
	assert.Equal(t, map[string]int{"kept": writers * each, "before": 1}, values)
}
