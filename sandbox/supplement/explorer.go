package supplement

import (
	"context"
	"net/http"

	"assetguard/sandbox/api"
)

// resourceExplorer answers as an account does whose regions have no index. moto does not know the service and
// answers 500, which clients take for a passing failure and try again for minutes.
// https://docs.aws.amazon.com/resource-explorer/latest/apireference/API_GetIndex.html
func resourceExplorer() api.Supplement {
	return api.Supplement{Service: "resource-explorer-2", Handle: map[string]api.Handler{
		"GetIndex": func(context.Context, *api.Call) (*api.Answer, error) {
			return nil, &api.Error{Code: "ResourceNotFoundException", Message: "There is no index in this Region.", Status: http.StatusNotFound}
		},
	}}
}
