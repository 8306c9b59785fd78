// Package regional keeps a function's clients of each region.
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
