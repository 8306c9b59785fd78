package policygate

// opaqueRules keep out what would bring resources past the gate.
var opaqueRules = []Rule{{
	ID: "opaque-resource", Group: groupOpaque, Source: "ISMS-P 2.9.1",
	Kinds: []string{
		"cloudformation.Stack", "cloudformation.StackSet", "cloudcontrol.Resource", "serverlessrepository.CloudFormationStack", native,
	},
	Title: "Nothing makes resources that the gate cannot read: no CloudFormation template, no Cloud Control resource, no second provider of AWS.",
	Check: func(*Resource) []string { return []string{"what it makes is not held against any rule"} },
	Mend:  "declare the resources by the provider aws; agree on an exception where a vendor gives a template only",
}}
