//go:build require

package derive

// The SDK is read, never compiled: this import only makes go.mod and go.sum pin it.
import _ "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
