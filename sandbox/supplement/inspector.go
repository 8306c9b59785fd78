package supplement

import (
	"context"
	"net/http"
	"slices"

	"assetguard/sandbox/api"
)

// inspector shows the account as AWS does while Inspector was never on, where moto shows nothing, takes delegated
// administrators away that moto lists as disabled for ever, and answers ListCoverage: nothing is scanned here. A call
// for the status of no account means the caller's, which moto takes for an error.
func inspector(accountID string) api.Supplement {
	return api.Supplement{
		Service: "inspector2",
		Handle: map[string]api.Handler{"ListCoverage": func(context.Context, *api.Call) (*api.Answer, error) {
			return api.JSON(http.StatusOK, map[string]any{"coveredResources": []any{}}), nil
		}},
		Before: map[string]api.Before{"BatchGetAccountStatus": beforeJSON(func(in map[string]any) {
			if asked, _ := in["accountIds"].([]any); len(asked) == 0 {
				in["accountIds"] = []any{accountID}
			}
		})},
		Mend: map[string]api.Mend{
			"BatchGetAccountStatus": mendJSON(func(c *api.Call, out map[string]any) {
				asked, _ := c.Input["accountIds"].([]any)
				accounts, _ := out["accounts"].([]any)
				shown := anyList(out["accounts"])
				if len(asked) == 0 {
					asked = []any{accountID}
				}
				for _, id := range asked {
					if id == accountID && !slices.ContainsFunc(shown, func(a map[string]any) bool { return a["accountId"] == id }) {
						accounts = append(accounts, neverInspected(accountID))
					}
				}
				out["accounts"] = accounts
			}),
			"ListDelegatedAdminAccounts": mendJSON(func(_ *api.Call, out map[string]any) {
				listed, _ := out["delegatedAdminAccounts"].([]any)
				out["delegatedAdminAccounts"] = slices.DeleteFunc(listed, func(a any) bool {
					account, _ := a.(map[string]any)
					return account["status"] == "DISABLED"
				})
			}),
		},
	}
}

// neverInspected is the status of an account in which Inspector was never on.
func neverInspected(accountID string) map[string]any {
	off := map[string]string{"status": "DISABLED"}
	return map[string]any{"accountId": accountID, "state": off, "resourceState": map[string]any{"ec2": off, "ecr": off, "lambda": off, "lambdaCode": off}}
}
