package automation

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

var networkRunbooks = map[string]document{
	"AWSConfigRemediation-RemoveVPCDefaultSecurityGroupRules": configured([]string{"GroupId"}, nil,
		check("AssertDefaultSecurityGroup", isDefaultGroup), call("RevokeRules", clearGroup), check("VerifyRules", groupIsClear)),
	"AWSConfigRemediation-EnableEbsEncryptionByDefault": configured(nil, nil, call("EnableEbsEncryptionByDefault", encryptVolumes), check("VerifyEbsEncryption", volumesEncrypt)),
	"AWSConfigRemediation-EnforceEC2InstanceIMDSv2": configured([]string{"InstanceId"}, nil,
		call("ModifyInstanceMetadataOptions", requireTokens), check("VerifyIMDSv2", tokensRequired)),
	"AWS-DisableIncomingSSHOnPort22": plain([]string{"SecurityGroupIds"}, nil, call("DisableIncomingSSH", closeSSH)),
	"AWSConfigRemediation-DisableSubnetAutoAssignPublicIP": configured([]string{"SubnetId"}, nil,
		call("ModifySubnetAttribute", keepPrivate), check("VerifySubnet", isPrivate)),
	"AWSConfigRemediation-RemoveUnrestrictedSourceIngressRules": configured([]string{"SecurityGroupId"}, nil,
		call("RevokeIngress", closeOpenRules), check("VerifyIngress", hasNoOpenRules)),
	"AWSConfigRemediation-EnableELBDeletionProtection": configured([]string{"LoadBalancerArn"}, nil,
		call("ModifyLoadBalancerAttributes", protectBalancer), check("VerifyDeletionProtection", balancerProtected)),
}

// The sources that let everybody in.
const (
	everybody4 = "0.0.0.0/0"
	everybody6 = "::/0"
)

func (w *work) ec2() *ec2.Client { return ec2.NewFromConfig(w.config) }

func (w *work) group(ctx context.Context, id string) (types.SecurityGroup, error) {
	if err := w.may("*", "ec2:DescribeSecurityGroups"); err != nil {
		return types.SecurityGroup{}, err
	}
	got, err := w.ec2().DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{id}})
	if err != nil {
		return types.SecurityGroup{}, err
	}
	if len(got.SecurityGroups) != 1 {
		return types.SecurityGroup{}, fmt.Errorf("there are %d groups %s", len(got.SecurityGroups), id)
	}
	return got.SecurityGroups[0], nil
}

// openTo is the part of a group's rules that lets everybody in; wanted chooses among the rules.
func openTo(rules []types.IpPermission, wanted func(types.IpPermission) bool) []types.IpPermission {
	var open []types.IpPermission
	for _, rule := range rules {
		part := types.IpPermission{IpProtocol: rule.IpProtocol, FromPort: rule.FromPort, ToPort: rule.ToPort}
		for _, r := range rule.IpRanges {
			if aws.ToString(r.CidrIp) == everybody4 {
				part.IpRanges = append(part.IpRanges, types.IpRange{CidrIp: r.CidrIp})
			}
		}
		for _, r := range rule.Ipv6Ranges {
			if aws.ToString(r.CidrIpv6) == everybody6 {
				part.Ipv6Ranges = append(part.Ipv6Ranges, types.Ipv6Range{CidrIpv6: r.CidrIpv6})
			}
		}
		if wanted(rule) && len(part.IpRanges)+len(part.Ipv6Ranges) > 0 {
			open = append(open, part)
		}
	}
	return open
}

func anyRule(types.IpPermission) bool { return true }

// isSSH is the rule that AWS's runbook removes: TCP on port 22 alone. A wider range of ports stays.
func isSSH(rule types.IpPermission) bool {
	return aws.ToString(rule.IpProtocol) == "tcp" && aws.ToInt32(rule.FromPort) == 22 && aws.ToInt32(rule.ToPort) == 22
}

func (w *work) revoke(ctx context.Context, id string, rules []types.IpPermission) error {
	if len(rules) == 0 {
		return nil
	}
	if err := w.may(w.arn("ec2", "security-group/"+id), "ec2:RevokeSecurityGroupIngress"); err != nil {
		return err
	}
	_, err := w.ec2().RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &id, IpPermissions: rules})
	return err
}

func closeSSH(ctx context.Context, w *work) error {
	for _, id := range w.parameters["SecurityGroupIds"] {
		group, err := w.group(ctx, id)
		if err != nil {
			return err
		}
		if err := w.revoke(ctx, id, openTo(group.IpPermissions, isSSH)); err != nil {
			return err
		}
	}
	return nil
}

func closeOpenRules(ctx context.Context, w *work) error {
	group, err := w.group(ctx, w.value("SecurityGroupId"))
	if err != nil {
		return err
	}
	return w.revoke(ctx, w.value("SecurityGroupId"), openTo(group.IpPermissions, anyRule))
}

func hasNoOpenRules(ctx context.Context, w *work) (any, bool, error) {
	group, err := w.group(ctx, w.value("SecurityGroupId"))
	return group.IpPermissions, len(openTo(group.IpPermissions, anyRule)) == 0, err
}

func isDefaultGroup(ctx context.Context, w *work) (any, bool, error) {
	group, err := w.group(ctx, w.value("GroupId"))
	return aws.ToString(group.GroupName), aws.ToString(group.GroupName) == "default", err
}

func clearGroup(ctx context.Context, w *work) error {
	id := w.value("GroupId")
	group, err := w.group(ctx, id)
	if err != nil {
		return err
	}
	if err := w.revoke(ctx, id, group.IpPermissions); err != nil || len(group.IpPermissionsEgress) == 0 {
		return err
	}
	if err := w.may(w.arn("ec2", "security-group/"+id), "ec2:RevokeSecurityGroupEgress"); err != nil {
		return err
	}
	_, err = w.ec2().RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &id, IpPermissions: group.IpPermissionsEgress})
	return err
}

func groupIsClear(ctx context.Context, w *work) (any, bool, error) {
	group, err := w.group(ctx, w.value("GroupId"))
	left := len(group.IpPermissions) + len(group.IpPermissionsEgress)
	return map[string]int{"rules": left}, left == 0, err
}

func encryptVolumes(ctx context.Context, w *work) error {
	if err := w.may("*", "ec2:EnableEbsEncryptionByDefault"); err != nil {
		return err
	}
	_, err := w.ec2().EnableEbsEncryptionByDefault(ctx, &ec2.EnableEbsEncryptionByDefaultInput{})
	return err
}

func volumesEncrypt(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may("*", "ec2:GetEbsEncryptionByDefault"); err != nil {
		return nil, false, err
	}
	got, err := w.ec2().GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{})
	if err != nil {
		return nil, false, err
	}
	return map[string]bool{"EbsEncryptionByDefault": aws.ToBool(got.EbsEncryptionByDefault)}, aws.ToBool(got.EbsEncryptionByDefault), nil
}

func requireTokens(ctx context.Context, w *work) error {
	id := w.value("InstanceId")
	if err := w.may(w.arn("ec2", "instance/"+id), "ec2:ModifyInstanceMetadataOptions"); err != nil {
		return err
	}
	_, err := w.ec2().ModifyInstanceMetadataOptions(ctx, &ec2.ModifyInstanceMetadataOptionsInput{InstanceId: &id, HttpTokens: types.HttpTokensStateRequired, HttpEndpoint: types.InstanceMetadataEndpointStateEnabled})
	return err
}

func tokensRequired(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may("*", "ec2:DescribeInstances"); err != nil {
		return nil, false, err
	}
	got, err := w.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{w.value("InstanceId")}})
	if err != nil {
		return nil, false, err
	}
	options := got.Reservations[0].Instances[0].MetadataOptions
	return options, options != nil && options.HttpTokens == types.HttpTokensStateRequired, nil
}

func keepPrivate(ctx context.Context, w *work) error {
	id := w.value("SubnetId")
	if err := w.may(w.arn("ec2", "subnet/"+id), "ec2:ModifySubnetAttribute"); err != nil {
		return err
	}
	_, err := w.ec2().ModifySubnetAttribute(ctx, &ec2.ModifySubnetAttributeInput{SubnetId: &id, MapPublicIpOnLaunch: &types.AttributeBooleanValue{Value: aws.Bool(false)}})
	return err
}

func isPrivate(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may("*", "ec2:DescribeSubnets"); err != nil {
		return nil, false, err
	}
	got, err := w.ec2().DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: []string{w.value("SubnetId")}})
	if err != nil {
		return nil, false, err
	}
	assigns := aws.ToBool(got.Subnets[0].MapPublicIpOnLaunch)
	return map[string]bool{"MapPublicIpOnLaunch": assigns}, !assigns, nil
}

// deletionProtection is the attribute of load balancers.
const deletionProtection = "deletion_protection.enabled"

func protectBalancer(ctx context.Context, w *work) error {
	arn := w.value("LoadBalancerArn")
	if err := w.may(arn, "elasticloadbalancing:ModifyLoadBalancerAttributes"); err != nil {
		return err
	}
	_, err := elb.NewFromConfig(w.config).ModifyLoadBalancerAttributes(ctx, &elb.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &arn,
		Attributes: []elbtypes.LoadBalancerAttribute{{Key: aws.String(deletionProtection), Value: aws.String("true")}}})
	return err
}

func balancerProtected(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may("*", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancerAttributes"); err != nil {
		return nil, false, err
	}
	got, err := elb.NewFromConfig(w.config).DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: aws.String(w.value("LoadBalancerArn"))})
	if err != nil {
		return nil, false, err
	}
	for _, attribute := range got.Attributes {
		if aws.ToString(attribute.Key) == deletionProtection {
			return attribute, aws.ToString(attribute.Value) == "true", nil
		}
	}
	return got.Attributes, false, nil
}
