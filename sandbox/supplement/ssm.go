package supplement

import (
	"assetguard/sandbox/api"
)

func ssmTable() api.Supplement { return api.Supplement{Service: "ssm"} }
