module assetguard/sandbox

go 1.26

replace assetguard => ../
