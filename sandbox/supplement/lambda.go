package supplement

import (
	"assetguard/sandbox/api"
)

func lambdaTable() api.Supplement { return api.Supplement{Service: "lambda"} }
