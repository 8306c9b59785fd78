package events

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/functions"
)

func TestPermits(t *testing.T) {
	a := access{principal: "events.amazonaws.com", action: "sqs:SendMessage", resource: "arn:aws:sqs:r:1:q", sourceARN: "arn:aws:events:r:1:rule/x", account: "1"}
	allow := func(rest string) string {
		return `{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"arn:aws:sqs:r:1:q"` + rest + `}]}`
	}
	for name, tt := range map[string]struct {
		policy string
		want   bool
	}{
		"no policy":             {"", false},
		"no JSON":               {"{", false},
		"plain":                 {allow(""), true},
		"one statement":         {`{"Statement":{"Effect":"Allow","Principal":"*","Action":"SQS:*","Resource":"*"}}`, true},
		"list of principals":    {`{"Statement":[{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","events.amazonaws.com"]},"Action":["sqs:Send*"],"Resource":"arn:aws:sqs:r:1:?"}]}`, true},
		"another service":       {`{"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:*","Resource":"*"}]}`, false},
		"an account":            {`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sqs:*","Resource":"*"}]}`, false},
		"another action":        {`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"*"}]}`, false},
		"not action":            {`{"Statement":[{"Effect":"Allow","Principal":"*","NotAction":"sqs:ReceiveMessage","Resource":"*"}]}`, true},
		"another resource":      {`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:sqs:r:1:p"}]}`, false},
		"source rule":           {allow(`,"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:events:r:1:rule/x"}}`), true},
		"source like":           {allow(`,"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:events:*:1:rule/*"}}`), true},
		"another rule":          {allow(`,"Condition":{"ArnEquals":{"aws:SourceArn":["arn:aws:events:r:1:rule/y"]}}`), false},
		"source account":        {allow(`,"Condition":{"StringEquals":{"aws:SourceAccount":["2","1"]}}`), true},
		"another account":       {allow(`,"Condition":{"StringEquals":{"aws:SourceAccount":"2"}}`), false},
		"unknown key":           {allow(`,"Condition":{"StringEquals":{"AWS:SourceOwner":"1"}}`), false},
		"unknown key if exists": {allow(`,"Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o"}}`), true},
		"unknown operator":      {allow(`,"Condition":{"NumericEquals":{"aws:SourceAccount":"1"}}`), false},
		"insecure is denied":    {`{"Statement":[` + allow("")[14:len(allow(""))-2] + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, true},
		"denied":                {`{"Statement":[` + allow("")[14:len(allow(""))-2] + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`, false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tt.want, permits(tt.policy, a)) })
	}
}

func TestInputOfATarget(t *testing.T) {
	event := map[string]any{"source": "s", "detail": map[string]any{"name": `a "b"`, "n": 3.0, "items": []any{map[string]any{"id": "x"}, map[string]any{"id": "y"}}, "odd.key": true}}
	template := func(text string, paths map[string]string) target {
		return target{transformer: &types.InputTransformer{InputTemplate: aws.String(text), InputPathsMap: paths}}
	}
	for name, tt := range map[string]struct {
		target target
		want   string
	}{
		"whole":          {target{}, `{"detail":{"items":[{"id":"x"},{"id":"y"}],"n":3,"name":"a \"b\"","odd.key":true},"source":"s"}`},
		"constant":       {target{input: aws.String(`{"a":1}`)}, `{"a":1}`},
		"path":           {target{inputPath: aws.String("$.detail.items[1].id")}, `"y"`},
		"missing path":   {target{inputPath: aws.String("$.detail.gone.x")}, `null`},
		"every item":     {target{inputPath: aws.String("$.detail.items[*].id")}, `["x","y"]`},
		"quoted key":     {target{inputPath: aws.String("$['detail']['odd.key']")}, `true`},
		"in quotes":      {template(`{"t":"<name>, <n>!"}`, map[string]string{"name": "$.detail.name", "n": "$.detail.n"}), `{"t":"a \"b\", 3!"}`},
		"out of quotes":  {template(`{"t":<items>,"u":<gone>}`, map[string]string{"items": "$.detail.items", "gone": "$.gone"}), `{"t":[{"id":"x"},{"id":"y"}],"u":""}`},
		"not a name":     {template(`"1 < 2 > 0 \" <n>"`, map[string]string{"n": "$.detail.n"}), `"1 < 2 > 0 \" 3"`},
		"reserved names": {template(`<aws.events.rule-arn> <aws.events.event.ingestion-time>`, nil), `"arn" "2026-01-02T03:04:05.000Z"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := delivery{source: "arn", event: event, target: tt.target}.text(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
	for _, path := range []string{"detail", "$detail", "$.a[0"} {
		_, err := delivery{event: event, target: target{inputPath: aws.String(path)}}.text(time.Now())
		assert.Error(t, err, path)
	}
}

func TestHandledMessages(t *testing.T) {
	batch := []sqstypes.Message{{MessageId: aws.String("a")}, {MessageId: aws.String("b")}}
	reporting := &poller{mapping: mapping{FunctionResponseTypes: []string{"ReportBatchItemFailures"}}}
	for payload, want := range map[string]int{
		``: 2, `null`: 2, `{}`: 2, `{"batchItemFailures":[]}`: 2, `{"batchItemFailures":null}`: 2,
		`{"batchItemFailures":[{"itemIdentifier":"b"}]}`: 1,
		`{"batchItemFailures":[{"itemIdentifier":"c"}]}`: 0, `{"batchItemFailures":[{"itemIdentifier":""}]}`: 0,
		`{"batchItemFailures":[{}]}`: 0, `{"batchItemFailures":"x"}`: 0, `"text"`: 0,
	} {
		assert.Len(t, reporting.handled(batch, functions.Result{Payload: []byte(payload)}, nil), want, payload)
	}
	plain := &poller{}
	assert.Len(t, plain.handled(batch, functions.Result{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"b"}]}`)}, nil), 2)
	assert.Empty(t, plain.handled(batch, functions.Result{FunctionError: "Unhandled"}, nil))
	assert.Empty(t, plain.handled(batch, functions.Result{}, functions.ErrThrottled))
}

func TestMessageFilters(t *testing.T) {
	for name, tt := range map[string]struct {
		pattern, body string
		want          bool
	}{
		"JSON":                 {`{"body":{"k":["v"]}}`, `{"k":"v"}`, true},
		"another value":        {`{"body":{"k":["v"]}}`, `{"k":"w"}`, false},
		"no JSON":              {`{"body":{"k":[{"exists":false}]}}`, `plain`, false},
		"text":                 {`{"body":["plain"]}`, `plain`, true},
		"text but JSON body":   {`{"body":[{"prefix":"{"}]}`, `{"k":"v"}`, false},
		"attributes of record": {`{"messageAttributes":{"a":{"stringValue":["x"]}}}`, `anything`, true},
	} {
		t.Run(name, func(t *testing.T) {
			filter, err := newMessageFilter(tt.pattern)
			require.NoError(t, err)
			record := map[string]any{"body": tt.body, "messageAttributes": map[string]any{"a": map[string]any{"stringValue": "x"}}}
			assert.Equal(t, tt.want, filter.admits(record))
			assert.Equal(t, tt.body, record["body"], "the record is left as it is")
		})
	}
}

func TestEmbeddedMetrics(t *testing.T) {
	line := functions.Line{At: time.Unix(1, 0), Text: `{"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["A"],[]],"Metrics":[{"Name":"M","Unit":"Count"}]}]},"A":"x","M":[1,2]}`}
	data := embeddedMetrics(line)["N"]
	require.Len(t, data, 4)
	assert.Equal(t, "x", aws.ToString(data[0].Dimensions[0].Value))
	assert.Equal(t, 2.0, aws.ToFloat64(data[1].Value))
	assert.Empty(t, data[2].Dimensions)
	assert.Equal(t, line.At, aws.ToTime(data[0].Timestamp))
	for _, text := range []string{"plain", `{"a":1}`, `{"_aws":{}}`, `[1]`} {
		assert.Empty(t, embeddedMetrics(functions.Line{Text: text}))
	}
}

func TestFunctionName(t *testing.T) {
	for of, want := range map[string]string{
		"f": "f", "f:live": "f", "arn:aws:lambda:r:1:function:f": "f", "arn:aws:lambda:r:1:function:f:live": "f", "1:function:f": "f",
	} {
		assert.Equal(t, want, functionName(of))
	}
}

func TestMemoryKeepsUntilAChange(t *testing.T) {
	m, reads := newMemory(), 0
	read := func() (int, error) { reads++; return reads, nil }
	for range 2 {
		n, err := recall(m, "a", read)
		require.NoError(t, err)
		assert.Equal(t, 1, n, "read once")
	}
	m.forget()
	n, err := recall(m, "a", read)
	require.NoError(t, err)
	assert.Equal(t, 2, n)

	late, err := recall(m, "b", func() (string, error) { m.forget(); return "old", nil })
	require.NoError(t, err)
	assert.Equal(t, "old", late)
	late, err = recall(m, "b", func() (string, error) { return "new", nil })
	require.NoError(t, err)
	assert.Equal(t, "new", late, "what was read while it changed is not kept")

	_, err = recall(m, "c", func() (int, error) { return 0, errors.New("gone") })
	require.Error(t, err)
	n, err = recall(m, "c", func() (int, error) { return 7, nil })
	require.NoError(t, err)
	assert.Equal(t, 7, n, "an error is not kept")
}
