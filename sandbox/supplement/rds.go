package supplement

import (
	"bytes"
	"context"

	"assetguard/sandbox/api"
)

// rdsTable says of each parameter of a group that a user set it: moto leaves the
// source out, and the provider, which keeps only those that a user set, would
// plan them anew each time.
func rdsTable() api.Supplement {
	return api.Supplement{Service: "rds", Mend: map[string]api.Mend{
		"DescribeDBParameters":        userSource,
		"DescribeDBClusterParameters": userSource,
	}}
}

func userSource(_ context.Context, _ *api.Call, a *api.Answer) error {
	if a.OK() && !bytes.Contains(a.Body, []byte("<Source>")) {
		a.Body = bytes.ReplaceAll(a.Body, []byte("</Parameter>"), []byte("<Source>user</Source></Parameter>"))
	}
	return nil
}
