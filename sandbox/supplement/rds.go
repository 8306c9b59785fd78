package supplement

import (
	"assetguard/sandbox/api"
)

func rdsTable() api.Supplement { return api.Supplement{Service: "rds"} }
