package iampolicy

import (
	"testing"

	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestValidateReportsEveryFault(t *testing.T) {
	err := Validate([]Statement{
		{Sid: "Read", Actions: []string{"s3:GetObject"}, Resources: Values("arn:aws:s3:::b/*")},
		{Sid: "Read", Actions: []string{"s3:*"}, AnyResource: true},
		{Sid: "", Actions: nil},
		{Sid: "Open", Actions: []string{"*"}, Principals: Principals{Anyone: true}, Resources: Values("*"), AnyResource: true},
	})
	for _, want := range []string{
		"statement 1 (Read): Sid is used twice",
		"statement 1 (Read): a wildcard in Actions needs a Reason",
		"statement 1 (Read): AnyResource needs a Reason",
		"statement 2 (): Sid must be letters and digits",
		"statement 2 (): Actions is empty",
		"statement 2 (): Resources is missing",
		`statement 3 (Open): action "*" must be service:Action`,
		"statement 3 (Open): give Resources or AnyResource",
		"statement 3 (Open): Principals.Anyone is for Deny only",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestWildcardsPassWithAReason(t *testing.T) {
	require.NoError(t, Validate([]Statement{
		{Sid: "Traces", Actions: []string{"xray:PutTraceSegments"}, AnyResource: true, Reason: "X-Ray knows no resource"},
		DenyInsecureTransport([]string{"s3:*"}, Values("arn:aws:s3:::b")),
		{Sid: "Members", Principals: Principals{Anyone: true}, Actions: []string{"s3:GetObject"}, Resources: Values("arn:aws:s3:::b/*"),
			Conditions: Conditions{"StringEquals": {"aws:PrincipalOrgID": Values("o-abcdefghij")}}},
	}))
}

func TestJSON(t *testing.T) {
	got := make(chan string, 1)
	_, err := recorder.Run(recorder.Program{Stack: "test", Run: func(*pulumi.Context) error {
		JSON([]Statement{{
			Sid: "Send", Principals: Principals{Services: []string{"events.amazonaws.com"}},
			Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{pulumi.String("arn:q").ToStringOutput()},
			Conditions: FromAccount("123456789012"),
		}}).ApplyT(func(doc string) string { got <- doc; return doc })
		return nil
	}})
	require.NoError(t, err)
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Send","Effect":"Allow",
		"Principal":{"Service":["events.amazonaws.com"]},"Action":["sqs:SendMessage"],"Resource":["arn:q"],
		"Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"]}}}]}`, <-got)
}
