package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"assetguard/internal/policygate"
	"assetguard/internal/strict"
)

// validate returns what is missing, and what was found already or what AWS or this program would refuse later.
// A field that could not be read is empty, but not missing.
func (s *Settings) validate(stack string, found []Fault) (missing, wrong []Fault) {
	missing = s.missing(stack)
	wrong = slices.Concat(
		s.account(stack),
		s.regions(),
		s.network(),
		s.classification(),
		s.people(),
		oneOf("language", s.Language, LanguageKorean, LanguageEnglish),
		shaped("repository", s.Repository),
		shaped("trail.existingArn", s.Trail.ExistingARN),
		s.retention(),
		s.inspection(),
		s.alerting(),
		s.remediation(),
		s.goldenImage(),
		policygate.Validate("policyGate.exceptions", s.PolicyGate.Exceptions),
	)
	wrong = uncovered(wrong, slices.Concat(missing, found))
	return uncovered(missing, found), append(wrong, found...)
}

// uncovered leaves out the faults of fields that one of others is about.
func uncovered(faults, others []Fault) []Fault {
	return slices.DeleteFunc(slices.Clone(faults), func(f Fault) bool {
		return slices.ContainsFunc(others, func(o Fault) bool { return covers(o.Path, f.Path) })
	})
}

// covers tells whether path is outer, or in it.
func covers(outer, path string) bool {
	rest, found := strings.CutPrefix(path, outer)
	return found && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// required is a value without which the stack cannot work. The example has the elements of a list parted by
// spaces.
type required struct {
	path    string
	absent  bool
	meaning string
	example string
}

func (s *Settings) missing(stack string) []Fault {
	wanted := []required{
		{"account.id", s.Account.ID == "", "the AWS account", "111122223333"},
		{"account.role", s.Account.Role == "", "owner or guest of the account", "guest"},
		{"regions.home", s.Regions.Home == "", "the stack's region", "ap-northeast-2"},
		{"network.mode", s.Network.Mode == "", "existing, new or default", "existing"},
		{"classification.environment", s.Classification.Environment == "", "value of the tag Environment", "DEV"},
		{"classification.owner", s.Classification.Owner == "", "value of the tag Owner", "DevOps"},
		{"classification.assetTypes", len(s.Classification.AssetTypes) == 0, "the company's asset types", ""},
		{"people.security", len(s.People.Security) == 0, "e-mails of the security team", "security@example.com"},
		{"people.devops", len(s.People.DevOps) == 0, "e-mails of the DevOps team", "devops@example.com"},
		{"people.purchasing", len(s.People.Purchasing) == 0, "e-mails of the purchasing team", "purchasing@example.com"},
		{"language", s.Language == "", "ko or en", "ko"},
		{"repository", s.Repository == "", "the GitHub repository that deploys", "example/assetguard"},
	}
	wanted = append(wanted, s.Network.required()...)
	var faults []Fault
	for _, value := range wanted {
		if value.absent {
			faults = append(faults, value.fault(stack))
		}
	}
	return faults
}

func (n Network) required() []required {
	switch n.Mode {
	case NetworkExisting:
		return []required{
			{"network.vpcId", n.VPCID == "", "the existing VPC", "vpc-0123456789abcdef0"},
			{"network.publicSubnetIds", len(n.PublicSubnetIDs) == 0, "at least two public subnets", "subnet-0123456789abcdef0 subnet-0123456789abcdef1"},
			{"network.privateSubnetIds", len(n.PrivateSubnetIDs) == 0, "at least two private subnets", "subnet-0123456789abcdef2 subnet-0123456789abcdef3"},
		}
	case NetworkNew:
		return []required{{"network.cidr", n.CIDR == "", "the range of the new VPC", "10.20.0.0/16"}}
	default:
		return nil
	}
}

func (r required) fault(stack string) Fault {
	fault := Fault{Path: r.path, Problem: "missing: " + r.meaning}
	if r.example == "" {
		fault.Mend = fmt.Sprintf("write them into Pulumi.%s.yaml; docs/configuration.md shows an example", stack)
		return fault
	}
	isList := typeAt(r.path).Kind() == reflect.Slice
	var commands []string
	for i, example := range strings.Fields(r.example) {
		path := Key + "." + r.path
		if isList {
			path = strict.Element(path, i)
		}
		commands = append(commands, fmt.Sprintf("pulumi config set --path '%s' %s -s %s", path, example, stack))
	}
	fault.Mend = strings.Join(commands, "\n")
	return fault
}

func (s *Settings) account(stack string) []Fault {
	faults := slices.Concat(
		shaped("account.id", s.Account.ID),
		oneOf("account.role", s.Account.Role, RoleOwner, RoleGuest),
	)
	if stack == StackLocal && s.Account.ID != "" && s.Account.ID != LocalAccountID {
		faults = append(faults, Fault{
			Path:    "account.id",
			Problem: fmt.Sprintf("the sandbox has the account %s, got %s", LocalAccountID, s.Account.ID),
			Mend:    "leave Pulumi.local.yaml as it is and configure another stack for a real account",
		})
	}
	return faults
}

func (s *Settings) regions() []Fault {
	faults := slices.Concat(shaped("regions.home", s.Regions.Home), list("regions.others", s.Regions.Others))
	if i := slices.Index(s.Regions.Others, s.Regions.Home); i >= 0 {
		faults = append(faults, Fault{
			Path:    strict.Element("regions.others", i),
			Problem: s.Regions.Home + " is the home region already",
			Mend:    "name only further regions here",
		})
	}
	return faults
}

func (s *Settings) network() []Fault {
	n := s.Network
	faults := slices.Concat(
		oneOf("network.mode", n.Mode, NetworkExisting, NetworkNew, NetworkDefault),
		n.foreign("network.vpcId", n.VPCID != "", NetworkExisting),
		n.foreign("network.publicSubnetIds", len(n.PublicSubnetIDs) > 0, NetworkExisting),
		n.foreign("network.privateSubnetIds", len(n.PrivateSubnetIDs) > 0, NetworkExisting),
		n.foreign("network.cidr", n.CIDR != "", NetworkNew),
		shaped("network.vpcId", n.VPCID),
		subnets("network.publicSubnetIds", n.PublicSubnetIDs),
		subnets("network.privateSubnetIds", n.PrivateSubnetIDs),
		cidr("network.cidr", n.CIDR),
	)
	for i, id := range n.PrivateSubnetIDs {
		if slices.Contains(n.PublicSubnetIDs, id) {
			faults = append(faults, Fault{
				Path:    strict.Element("network.privateSubnetIds", i),
				Problem: id + " is among publicSubnetIds too",
				Mend:    "a subnet is public when its route table leads to an internet gateway; name it once",
			})
		}
	}
	return faults
}

// foreign is the fault of a field that is set though another mode reads it.
func (n Network) foreign(path string, set bool, mode string) []Fault {
	modes := []string{NetworkExisting, NetworkNew, NetworkDefault}
	if !set || n.Mode == mode || !slices.Contains(modes, n.Mode) {
		return nil
	}
	return []Fault{{
		Path:    path,
		Problem: fmt.Sprintf("belongs to mode %s, but network.mode is %s", mode, n.Mode),
		Mend:    fmt.Sprintf("remove it, or set network.mode to %s", mode),
	}}
}

func subnets(path string, ids []string) []Fault {
	faults := list(path, ids)
	if len(ids) == 1 {
		faults = append(faults, Fault{
			Path:    path,
			Problem: "one subnet only",
			Mend:    "name at least two, in different availability zones: load balancers and databases need them",
		})
	}
	return faults
}

func cidr(path, value string) []Fault {
	if value == "" {
		return nil
	}
	mend := "write an IPv4 range from /16 to /24 out of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, such as 10.20.0.0/16"
	prefix, err := netip.ParsePrefix(value)
	switch {
	case err != nil || !prefix.Addr().Is4():
		return []Fault{{Path: path, Problem: fmt.Sprintf("%q is no IPv4 range", value), Mend: mend}}
	case prefix.Bits() < 16 || prefix.Bits() > 24:
		return []Fault{{Path: path, Problem: value + " is not between /16 and /24", Mend: mend}}
	case prefix.Masked() != prefix:
		return []Fault{{Path: path, Problem: fmt.Sprintf("%s is not the start of its range, %s is", value, prefix.Masked()), Mend: mend}}
	case !prefix.Addr().IsPrivate():
		return []Fault{{Path: path, Problem: value + " is a public range", Mend: mend}}
	}
	return nil
}

func (s *Settings) people() []Fault {
	return slices.Concat(
		list("people.security", s.People.Security),
		list("people.devops", s.People.DevOps),
		list("people.purchasing", s.People.Purchasing),
		shaped("people.slack.channel", s.People.Slack.Channel),
	)
}

func (s *Settings) retention() []Fault {
	var faults []Fault
	if days := s.Retention.LogDays; !slices.Contains(LogRetentionDays, days) {
		faults = append(faults, Fault{
			Path:    "retention.logDays",
			Problem: fmt.Sprintf("CloudWatch Logs has no retention of %d days", days),
			Mend:    "write one of " + numbers(LogRetentionDays),
		})
	}
	if days := s.Retention.TrailDays; days < 90 || days > 3653 {
		faults = append(faults, Fault{
			Path:    "retention.trailDays",
			Problem: fmt.Sprintf("%d days are not between 90 and 3653", days),
			Mend:    "CloudTrail's own event history holds 90 days; auditors ask for one to three years",
		})
	}
	return faults
}

func numbers(values []int) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = strconv.Itoa(value)
	}
	return strings.Join(texts, ", ")
}

// typeAt returns the type of the field that a path without indexes names.
func typeAt(path string) reflect.Type {
	t := reflect.TypeFor[Settings]()
	for key := range strings.SplitSeq(path, ".") {
		t = strict.Fields(t)[key]
	}
	return t
}

// shaped checks the form of a text that is there. An index in the path stands for any element.
func shaped(path, value string) []Fault {
	form, ok := shapes[pattern(path)]
	if !ok || value == "" || form.pattern.MatchString(value) {
		return nil
	}
	return []Fault{{Path: path, Problem: fmt.Sprintf("%q does not fit", value), Mend: "want " + form.want}}
}

// pattern is a path as the shapes have it: [] for any element, * for the name of a region.
func pattern(path string) string {
	path = indexes.ReplaceAllString(path, "[]")
	if rest, found := strings.CutPrefix(path, "inspection.existing."); found {
		_, key, _ := strings.Cut(rest, ".")
		return "inspection.existing.*." + key
	}
	return path
}

// list checks the form of every element, and that none is there twice or empty.
func list(path string, values []string) []Fault {
	var faults []Fault
	for i, value := range values {
		at := strict.Element(path, i)
		if value == "" {
			faults = append(faults, Fault{Path: at, Problem: "empty", Mend: "remove the element"})
			continue
		}
		faults = append(faults, shaped(at, value)...)
		if first := slices.Index(values, value); first < i {
			faults = append(faults, Fault{
				Path:    at,
				Problem: fmt.Sprintf("%s stands at [%d] already", value, first),
				Mend:    "name it once",
			})
		}
	}
	return faults
}

func oneOf(path, value string, valid ...string) []Fault {
	if value == "" || slices.Contains(valid, value) {
		return nil
	}
	return []Fault{{Path: path, Problem: fmt.Sprintf("%q is not known", value), Mend: strict.Suggest(value, valid)}}
}
