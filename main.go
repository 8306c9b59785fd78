// Command assetguard is the Pulumi program: `pulumi up` runs it for one stack.
package main

import (
	"assetguard/stacks"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(stacks.Run)
}
