// Package sns has the form of a package of the pulumi-aws SDK. It is parsed, never compiled.
package sns

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type Topic struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
}

func NewTopic(ctx *pulumi.Context, name string, args *TopicArgs, opts ...pulumi.ResourceOption) (*Topic, error) {
	var resource Topic
	err := ctx.RegisterResource("aws:sns/topic:Topic", name, args, &resource, opts...)
	return &resource, err
}

type topicState struct {
	Name *string `pulumi:"name"`
	Size *int    `pulumi:"size"`
}

type topicArgs struct {
	Name    *string           `pulumi:"name"`
	Arn     string            `pulumi:"arn"`
	Policy  interface{}       `pulumi:"policy"`
	Code    pulumi.Archive    `pulumi:"code"`
	Tags    map[string]string `pulumi:"tags"`
	Rules   []TopicRule       `pulumi:"rules"`
	Region  *aws.Region       `pulumi:"region"`
	private string
}

type TopicArgs struct {
	Name pulumi.StringPtrInput
}

type TopicRule struct {
	Days *int `pulumi:"days"`
	On   bool `pulumi:"on"`
}

func LookupTopic(ctx *pulumi.Context, args *LookupTopicArgs, opts ...pulumi.InvokeOption) (*LookupTopicResult, error) {
	var rv LookupTopicResult
	err := ctx.Invoke("aws:sns/getTopic:getTopic", args, &rv, opts...)
	return &rv, err
}

type LookupTopicArgs struct {
	Name string `pulumi:"name"`
}

type LookupTopicResult struct {
	Arn string `pulumi:"arn"`
}
