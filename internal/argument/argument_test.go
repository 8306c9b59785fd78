package argument_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"assetguard/internal/argument"
)

func TestCheck(t *testing.T) {
	var absent pulumi.StringInput
	assert.NoError(t, argument.Check("queue work"))
	assert.NoError(t, argument.Check("queue work", argument.Required("KeyArn", pulumi.String("")),
		argument.Within("Days", 1, 1, 3), argument.Within("Days", 3, 1, 3)))
	assert.EqualError(t, argument.Check("queue work", argument.Required("KeyArn", absent), nil,
		argument.Within("Days", 0, 1, 3), argument.Within("Days", 4, 1, 3)),
		"queue work: KeyArn is required\nDays is 0; give 1 to 3\nDays is 4; give 1 to 3")
}
