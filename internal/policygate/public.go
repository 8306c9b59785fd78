package policygate

import (
	"fmt"
	"net/netip"
	"strings"
)

// publicRules keep out who is not let in.
var publicRules = []Rule{
	{
		ID: "bucket-public-access", Group: groupPublic, Kinds: []string{"s3.Bucket"}, Source: "S3.8; ISMS-P 2.10.2",
		Title:  "A bucket has a public access block with all four settings on.",
		Across: bucketBlock,
		Mend: "make an s3.BucketPublicAccessBlock of the bucket with blockPublicAcls, blockPublicPolicy, ignorePublicAcls " +
			"and restrictPublicBuckets true; components/bucket does",
	},
	{
		ID: "bucket-acl", Group: groupPublic, Kinds: []string{"s3.Bucket", "s3.BucketAcl", "s3.BucketObject", "s3.BucketObjectv2"},
		Source: "S3.2, S3.3; ISMS-P 2.10.2",
		Title:  "No canned ACL opens a bucket or an object to everybody.",
		Check: func(r *Resource) []string {
			return when(is(r.at("acl"), "public-read", "public-read-write", "authenticated-read"), fmt.Sprintf("acl is %v", r.at("acl")))
		},
		Mend: "leave acl out; give access by a bucket policy, or through CloudFront with origin access control",
	},
	{
		ID: "public-policy", Group: groupPublic, Kinds: kindsOf(resourcePolicies), Source: "S3.2, S3.3, SNS.4, SQS.3, KMS.5; ISMS-P 2.5.6",
		Title: `No resource policy allows the principal "*", or NotPrincipal, without a condition on whose request it is.`,
		Check: publicPolicy,
		Mend:  "name accounts, roles or services as principals, or add a condition on " + strings.Join(bounds[:4], ", "),
	},
	{
		ID: "open-port", Group: groupPublic, Source: "EC2.18, EC2.19; ISMS-P 2.6.1",
		Kinds: []string{"ec2.SecurityGroup", "ec2.DefaultSecurityGroup", "ec2.SecurityGroupRule", "vpc.SecurityGroupIngressRule"},
		Title: "No security group lets the whole internet in on another port than 80 and 443.",
		Check: openPorts,
		Mend:  "name the CIDR ranges or security groups that need the port; administer through Session Manager, not through an open port",
	},
	{
		ID: "database-public", Group: groupPublic, Kinds: []string{"rds.Instance", "rds.ClusterInstance"},
		Source: "RDS.2; ISMS-P 2.6.4",
		Title:  "No database has a public address.",
		Check:  notTrue("publiclyAccessible"),
		Mend:   "leave publiclyAccessible out and put the database into private subnets",
	},
	{
		ID: "instance-public", Group: groupPublic, Kinds: []string{"ec2.Instance", "ec2.LaunchTemplate", "ec2.LaunchConfiguration"},
		Source: "EC2.9, EC2.25; ISMS-P 2.6.1",
		Title:  "No instance has a public address.",
		Check: func(r *Resource) []string {
			problems := notTrue("associatePublicIpAddress")(r)
			for _, card := range list(r.at("networkInterfaces")) {
				problems = append(problems, when(is(within(card, "associatePublicIpAddress"), true, "true"),
					"associatePublicIpAddress of a network interface is true")...)
			}
			return problems
		},
		Mend: "put the instance into a private subnet behind a load balancer; reach it through Session Manager",
	},
	{
		ID: "instance-metadata", Group: groupPublic, Kinds: []string{"ec2.Instance", "ec2.LaunchTemplate", "ec2.LaunchConfiguration"},
		Source: "EC2.8, EC2.170; ISMS-P 2.10.2",
		Title:  "An instance's metadata is given to requests with a token only (IMDSv2).",
		Check: func(r *Resource) []string {
			given := isSet(r.at("launchTemplate")) && !isSet(r.at("metadataOptions")) // then the template has them
			return when(!given && !mayBe(r.at("metadataOptions", "httpTokens"), "required"), "metadataOptions.httpTokens is not required")
		},
		Mend: "set metadataOptions.httpTokens to required: a request forged through the workload cannot fetch its credentials then",
	},
	{
		ID: "container-public", Group: groupPublic, Kinds: []string{"ecs.Service"}, Source: "ECS.2; ISMS-P 2.6.1",
		Title: "No ECS service gives its tasks public addresses.",
		Check: notTrue("networkConfiguration", "assignPublicIp"),
		Mend:  "leave assignPublicIp out; let tasks out through a NAT gateway or VPC endpoints",
	},
	{
		ID: "registry-public", Group: groupPublic, Kinds: []string{"ecrpublic.Repository"}, Source: "ISMS-P 2.10.2",
		Title: "No image repository is public.",
		Check: func(*Resource) []string { return []string{"the repository is open to everybody"} },
		Mend:  "use an ecr.Repository",
	},
	{
		ID: "function-url", Group: groupPublic, Kinds: []string{"lambda.FunctionUrl"}, Source: "Lambda.1; ISMS-P 2.6.2",
		Title: "No function URL is open without authentication.",
		Check: func(r *Resource) []string {
			return when(is(r.at("authorizationType"), "NONE"), "authorizationType is NONE")
		},
		Mend: "set authorizationType to AWS_IAM, or put the function behind an API with an authorizer",
	},
	{
		ID: "function-permission", Group: groupPublic, Kinds: []string{"lambda.Permission"}, Source: "Lambda.1; ISMS-P 2.5.6",
		Title: "No permission lets everybody invoke a function.",
		Check: func(r *Resource) []string {
			open := is(r.at("principal"), "*") && !isSet(r.at("sourceAccount")) && !isSet(r.at("sourceArn")) && !isSet(r.at("principalOrgId"))
			return when(open, `principal is "*" without sourceAccount, sourceArn or principalOrgId`)
		},
		Mend: "name the service or account that invokes the function, with sourceArn or sourceAccount",
	},
	{
		ID: "listener-http", Group: groupPublic, Kinds: []string{"lb.Listener"}, Source: "ELB.1, ELB.18; ISMS-P 2.7.1",
		Title: "A listener without TLS only redirects to HTTPS.",
		Check: plainListener,
		Mend:  "make the default action a redirect to protocol HTTPS, port 443, status HTTP_301",
	},
}

// bucketBlock finds the public access block of a bucket.
func bucketBlock(r *Resource, p *Program) []string {
	settings := []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}
	blocks := p.companions(r, "s3.BucketPublicAccessBlock", "bucket", r.at("bucket"))
	if len(blocks) == 0 {
		return []string{"no BucketPublicAccessBlock belongs to it"}
	}
	var problems []string
	for _, block := range blocks {
		for _, setting := range settings {
			problems = append(problems, when(!mayBe(block.at(setting), true),
				fmt.Sprintf("%s of its BucketPublicAccessBlock %s is not true", setting, block.Name))...)
		}
	}
	return problems
}

// everywhere tells whether a range is the whole internet, or a part of it larger than any one network.
func everywhere(cidr string) bool {
	const widest4, widest6 = 8, 16 // in bits: the largest blocks that one network holds, as 10.0.0.0/8
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return false
	}
	if prefix.Addr().Is4() {
		return prefix.Bits() < widest4
	}
	return prefix.Bits() < widest6 && prefix != localIPv6
}

// localIPv6 are the addresses that no route of the internet knows.
var localIPv6 = netip.MustParsePrefix("fc00::/7")

// openPorts looks at the ingress rules of a security group, or at a rule that is a resource of its own.
func openPorts(r *Resource) []string {
	var rules []any
	switch r.Kind() {
	case "ec2.SecurityGroupRule":
		if !is(r.at("type"), "egress") {
			rules = []any{r.Inputs}
		}
	case "vpc.SecurityGroupIngressRule":
		rules = []any{r.Inputs}
	default:
		rules = list(r.at("ingress"))
	}
	var problems []string
	for _, rule := range rules {
		if problem := openPort(rule); problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems
}

func openPort(rule any) string {
	var open string
	for _, key := range []string{"cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"} {
		for _, cidr := range texts(within(rule, key)) {
			if everywhere(cidr) {
				open = cidr
			}
		}
	}
	protocol := within(rule, "protocol")
	if protocol == nil {
		protocol = within(rule, "ipProtocol")
	}
	from, to := within(rule, "fromPort"), within(rule, "toPort")
	web := mayBe(protocol, "tcp", "udp", "6", "17", "TCP", "UDP") && (mayBe(from, 80.0) && mayBe(to, 80.0) || mayBe(from, 443.0) && mayBe(to, 443.0))
	switch {
	case open == "" || web:
		return ""
	case mayBe(protocol, "-1", "all"):
		return "every port is open to " + open
	case from == to:
		return fmt.Sprintf("port %v (%v) is open to %s", from, protocol, open)
	default:
		return fmt.Sprintf("ports %v to %v (%v) are open to %s", from, to, protocol, open)
	}
}

func plainListener(r *Resource) []string {
	if !is(r.at("protocol"), "HTTP") {
		return nil
	}
	for _, action := range list(r.at("defaultActions")) {
		if !mayBe(within(action, "type"), "redirect") || !mayBe(within(action, "redirect", "protocol"), "HTTPS") {
			return []string{fmt.Sprintf("it speaks HTTP, and its default action is %v", within(action, "type"))}
		}
	}
	return nil
}
