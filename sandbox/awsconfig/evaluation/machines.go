package evaluation

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// groups are the security groups of the region.
func (s *State) groups(ctx context.Context) ([]types.SecurityGroup, error) {
	return once(s, "groups", func() ([]types.SecurityGroup, error) {
		var all []types.SecurityGroup
		pages := ec2.NewDescribeSecurityGroupsPaginator(s.machines, &ec2.DescribeSecurityGroupsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			all = append(all, page.SecurityGroups...)
		}
		return all, nil
	})
}

// volumes are the volumes of the region.
func (s *State) volumes(ctx context.Context) ([]types.Volume, error) {
	return once(s, "volumes", func() ([]types.Volume, error) {
		var all []types.Volume
		pages := ec2.NewDescribeVolumesPaginator(s.machines, &ec2.DescribeVolumesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			all = append(all, page.Volumes...)
		}
		return all, nil
	})
}

// eachGroup evaluates security groups; a group is left out when the function says so.
func (s *State) eachGroup(ctx context.Context, evaluate func(types.SecurityGroup) (why string, takes bool)) ([]Outcome, error) {
	all, err := s.groups(ctx)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	for _, group := range all {
		if why, takes := evaluate(group); takes {
			outcomes = append(outcomes, Outcome{Type: "AWS::EC2::SecurityGroup", ID: aws.ToString(group.GroupId), Compliant: why == "", Annotation: why})
		}
	}
	return outcomes, nil
}

func (s *State) defaultGroupsClosed(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachGroup(ctx, func(group types.SecurityGroup) (string, bool) {
		if len(group.IpPermissions) > 0 || len(group.IpPermissionsEgress) > 0 {
			return "The default security group has rules.", aws.ToString(group.GroupName) == "default"
		}
		return "", aws.ToString(group.GroupName) == "default"
	})
}

func (s *State) incomingSSH(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachGroup(ctx, func(group types.SecurityGroup) (string, bool) {
		if slices.ContainsFunc(group.IpPermissions, opensSSH) {
			return "Port 22 is open to the world.", true
		}
		return "", true
	})
}

// opensSSH says whether a rule lets everybody in at port 22.
func opensSSH(p types.IpPermission) bool {
	protocol := aws.ToString(p.IpProtocol)
	covers := protocol == "-1" || protocol == "tcp" && aws.ToInt32(p.FromPort) <= 22 && 22 <= aws.ToInt32(p.ToPort)
	world := slices.ContainsFunc(p.IpRanges, func(r types.IpRange) bool { return aws.ToString(r.CidrIp) == "0.0.0.0/0" }) ||
		slices.ContainsFunc(p.Ipv6Ranges, func(r types.Ipv6Range) bool { return aws.ToString(r.CidrIpv6) == "::/0" })
	return covers && world
}

// encryptedVolumes looks at the volumes that are attached, as AWS does.
func (s *State) encryptedVolumes(ctx context.Context, _ Rule) ([]Outcome, error) {
	all, err := s.volumes(ctx)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	for _, volume := range all {
		if len(volume.Attachments) == 0 {
			continue
		}
		o := Outcome{Type: "AWS::EC2::Volume", ID: aws.ToString(volume.VolumeId), Compliant: aws.ToBool(volume.Encrypted)}
		if !o.Compliant {
			o.Annotation = "The volume is not encrypted."
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

func (s *State) encryptionByDefault(ctx context.Context, _ Rule) ([]Outcome, error) {
	out, err := s.machines.GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{})
	if err != nil {
		return nil, err
	}
	return s.ofAccount(aws.ToBool(out.EbsEncryptionByDefault), "EBS encryption by default is off."), nil
}

// ofAccount is an outcome for the account itself.
func (s *State) ofAccount(compliant bool, why string) []Outcome {
	o := Outcome{Type: "AWS::::Account", ID: s.account, Compliant: compliant}
	if !compliant {
		o.Annotation = why
	}
	return []Outcome{o}
}

// instances are the instances of the region that are not terminated.
func (s *State) instances(ctx context.Context) ([]types.Instance, error) {
	return once(s, "instances", func() ([]types.Instance, error) {
		all := []types.Instance{}
		pages := ec2.NewDescribeInstancesPaginator(s.machines, &ec2.DescribeInstancesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, r := range page.Reservations {
				for _, instance := range r.Instances {
					if instance.State == nil || instance.State.Name != types.InstanceStateNameTerminated {
						all = append(all, instance)
					}
				}
			}
		}
		return all, nil
	})
}

func (s *State) eachInstance(ctx context.Context, evaluate func(types.Instance) (why string)) ([]Outcome, error) {
	all, err := s.instances(ctx)
	outcomes := []Outcome{}
	for _, instance := range all {
		why := evaluate(instance)
		outcomes = append(outcomes, Outcome{Type: "AWS::EC2::Instance", ID: aws.ToString(instance.InstanceId), Compliant: why == "", Annotation: why})
	}
	return outcomes, err
}

func (s *State) tokensRequired(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachInstance(ctx, func(i types.Instance) string {
		if i.MetadataOptions == nil || i.MetadataOptions.HttpTokens != types.HttpTokensStateRequired {
			return "The instance answers metadata requests without a token."
		}
		return ""
	})
}

func (s *State) noPublicAddress(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachInstance(ctx, func(i types.Instance) string {
		if aws.ToString(i.PublicIpAddress) != "" {
			return "The instance has a public address."
		}
		return ""
	})
}

func (s *State) profileAttached(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachInstance(ctx, func(i types.Instance) string {
		if i.IamInstanceProfile == nil {
			return "The instance has no role."
		}
		return ""
	})
}

// stoppedAt is in the reason of an instance's last change of state: User initiated (2026-11-22 03:00:00 GMT).
var stoppedAt = regexp.MustCompile(`\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:GMT|UTC)\)`)

func (s *State) stopped(ctx context.Context, r Rule) ([]Outcome, error) {
	allowed := number(r, "AllowedDays", 30)
	return s.eachInstance(ctx, func(i types.Instance) string {
		at := stoppedAt.FindStringSubmatch(aws.ToString(i.StateTransitionReason))
		if i.State == nil || i.State.Name != types.InstanceStateNameStopped || at == nil {
			return ""
		}
		if when, err := time.Parse(time.DateTime, at[1]); err == nil && time.Since(when) > allowed {
			return "The instance has been stopped for longer than the rule allows."
		}
		return ""
	})
}

// usedVolumes looks at all volumes: those of nobody cost and are forgotten.
func (s *State) usedVolumes(ctx context.Context, r Rule) ([]Outcome, error) {
	all, err := s.volumes(ctx)
	outcomes := []Outcome{}
	for _, volume := range all {
		o := Outcome{Type: "AWS::EC2::Volume", ID: aws.ToString(volume.VolumeId), Compliant: len(volume.Attachments) > 0}
		kept := slices.ContainsFunc(volume.Attachments, func(a types.VolumeAttachment) bool { return !aws.ToBool(a.DeleteOnTermination) })
		switch {
		case !o.Compliant:
			o.Annotation = "The volume is not attached."
		case r.Parameters["deleteOnTermination"] == "true" && kept:
			o.Compliant, o.Annotation = false, "The volume stays when its instance goes."
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, err
}

// tagged are the ids and tags of instances and volumes, by type.
func (s *State) tagged(ctx context.Context) (map[[2]string][]types.Tag, error) {
	all := map[[2]string][]types.Tag{}
	volumes, err := s.volumes(ctx)
	if err != nil {
		return nil, err
	}
	for _, volume := range volumes {
		all[[2]string{"AWS::EC2::Volume", aws.ToString(volume.VolumeId)}] = volume.Tags
	}
	instances, err := s.instances(ctx)
	for _, instance := range instances {
		all[[2]string{"AWS::EC2::Instance", aws.ToString(instance.InstanceId)}] = instance.Tags
	}
	return all, err
}
