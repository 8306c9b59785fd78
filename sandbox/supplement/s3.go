package supplement

import (
	"assetguard/sandbox/api"
)

func s3Table() api.Supplement { return api.Supplement{Service: "s3"} }
