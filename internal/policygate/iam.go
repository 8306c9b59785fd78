package policygate

import (
	"fmt"
	"slices"
	"strings"
)

// iamRules keep permissions to what somebody has thought of.
var iamRules = []Rule{
	{
		ID: "wildcard-action", Group: groupIAM, Kinds: append(kindsOf(identityPolicies, resourcePolicies), trust),
		Source: "IAM.1, IAM.21; ISMS-P 2.5.1, 2.5.6",
		Title:  `No policy allows "*", everything of a service ("s3:*") or everything but something (NotAction).`,
		Check:  wildcardActions,
		Mend:   "name the actions; internal/iampolicy writes policies that do",
	},
	{
		ID: "open-trust", Group: groupIAM, Kinds: []string{trust}, Source: "ISMS-P 2.5.6",
		Title: "No role trusts everybody.", Check: anyoneTrusted,
		Mend: "name the service, account or identity provider that takes the role on",
	},
	{
		ID: "managed-admin", Group: groupIAM, Source: "IAM.1; ISMS-P 2.5.5",
		Kinds: []string{
			"iam.RolePolicyAttachment", "iam.UserPolicyAttachment", "iam.GroupPolicyAttachment", "iam.PolicyAttachment",
			"iam.Role", "iam.RolePolicyAttachmentsExclusive", "iam.UserPolicyAttachmentsExclusive", "iam.GroupPolicyAttachmentsExclusive",
			"ssoadmin.ManagedPolicyAttachment",
		},
		Title: "Nobody gets AdministratorAccess, PowerUserAccess or IAMFullAccess.",
		Check: managedAdmin,
		Mend:  "attach a policy that names the actions",
	},
	{
		ID: "user-credentials", Group: groupIAM, Kinds: []string{"iam.AccessKey", "iam.UserLoginProfile", "iam.ServiceSpecificCredential"},
		Source: "IAM.3, IAM.8; ISMS-P 2.5.4",
		Title:  "No IAM user gets an access key, a password or the like.",
		Check:  func(*Resource) []string { return []string{"it is a credential that does not end by itself"} },
		Mend:   "let people sign in through IAM Identity Center and machines take a role on (CI by OIDC)",
	},
}

// managedAdmin looks at the AWS managed policies that are attached.
func managedAdmin(r *Resource) []string {
	var problems []string
	for _, arn := range slices.Concat(texts(r.at("policyArn")), texts(r.at("policyArns")), texts(r.at("managedPolicyArns")), texts(r.at("managedPolicyArn"))) {
		for _, name := range []string{"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"} {
			problems = append(problems, when(strings.HasSuffix(arn, ":aws:policy/"+name), fmt.Sprintf("it attaches %s", name))...)
		}
	}
	return problems
}
