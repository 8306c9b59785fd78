// Package sns registers a resource whose arguments struct is missing. It is parsed, never compiled.
package sns

func NewTopic(ctx *pulumi.Context) error {
	return ctx.RegisterResource("aws:sns/topic:Topic", "", nil, nil)
}
