package contract

// PermissionsBoundary is the name of the IAM policy that bounds the roles of a stack in one region. Bootstrap
// makes it (account/bootstrap.yaml), and the deploy role of CI can only make roles that carry it:
// arn:PARTITION:iam::ACCOUNT:policy/NAME.
func PermissionsBoundary(stack, region string) string {
	return "assetguard-bootstrap-" + stack + "-boundary-" + region
}
