package place

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARNs(t *testing.T) {
	p := Place{Partition: "aws-cn", Region: "cn-north-1", AccountID: "123456789012", DNSSuffix: "amazonaws.com.cn"}
	require.NoError(t, p.Validate())
	require.Equal(t, "arn:aws-cn:sqs:cn-north-1:123456789012:q", p.ARN("sqs", "q"))
	require.Equal(t, "arn:aws-cn:ec2:*:123456789012:instance/*", p.AnyRegionARN("ec2", "instance/*"))
	require.Equal(t, "arn:aws-cn:iam::123456789012:root", p.RootARN())
}

func TestConsoleFollowsThePartition(t *testing.T) {
	for partition, want := range map[string]string{
		"aws":        "https://r-1.console.aws.amazon.com/vpc/home?region=r-1",
		"aws-cn":     "https://r-1.console.amazonaws.cn/vpc/home?region=r-1",
		"aws-us-gov": "https://r-1.console.amazonaws-us-gov.com/vpc/home?region=r-1",
		"aws-iso":    "",
	} {
		require.Equal(t, want, Place{Partition: partition, Region: "r-1"}.Console("vpc/home"))
	}
}

func TestValidateNamesEveryMissingPart(t *testing.T) {
	err := Place{}.Validate()
	for _, part := range []string{"partition", "region", "account id", "DNS suffix"} {
		require.ErrorContains(t, err, part)
	}
}
