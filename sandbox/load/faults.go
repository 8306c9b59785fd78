package load

import (
	"net/http"

	"assetguard/sandbox/client"
	"assetguard/sandbox/gateway"
)

// faultsOf refuses a share of the function's calls, half as throttled and half as broken, in the words of each
// service.
func faultsOf(percent float64) []gateway.Fault {
	if percent == 0 {
		return nil
	}
	of := func(service, operation, throttled, broken string, throttledStatus int) []gateway.Fault {
		return client.Refusing(percent, service, operation, throttled, broken, throttledStatus)
	}
	var faults []gateway.Fault
	for _, some := range [][]gateway.Fault{
		of("tagging", "TagResources", "ThrottledException", "InternalServiceException", http.StatusTooManyRequests),
		of("tagging", "GetResources", "ThrottledException", "InternalServiceException", http.StatusTooManyRequests),
		of("ec2", "DescribeTags", "RequestLimitExceeded", "InternalError", http.StatusServiceUnavailable),
		of("ssm", "GetParameters", "ThrottlingException", "InternalServerError", http.StatusTooManyRequests),
	} {
		faults = append(faults, some...)
	}
	return faults
}
