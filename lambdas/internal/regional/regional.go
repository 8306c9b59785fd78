// Package regional keeps a function's clients of each region, and says which region stands for what has none.
package regional

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Clients returns the clients of a region, which build makes from cfg in that region when it is first asked
// for. Safe for concurrent use.
func Clients[T any](cfg aws.Config, build func(aws.Config) T) func(region string) T {
	var mutex sync.Mutex
	made := map[string]T{}
	return func(region string) T {
		mutex.Lock()
		defer mutex.Unlock()
		clients, ok := made[region]
		if !ok {
			there := cfg.Copy()
			there.Region = region
			clients = build(there)
			made[region] = clients
		}
		return clients
	}
}

// OfGlobal is the region where a partition keeps the tags of what has no region. In China CloudFront and Route 53 answer
// in Ningxia.
// https://docs.aws.amazon.com/general/latest/gr/tagging.html
func OfGlobal(partition string) string {
	switch partition {
	case "aws-cn":
		return "cn-northwest-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	default:
		return "us-east-1"
	}
}
