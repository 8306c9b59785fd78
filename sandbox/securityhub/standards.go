package securityhub

import (
	"slices"
	"strings"
	"time"

	"assetguard/internal/compliance"

	"assetguard/sandbox/api"
)

// standard is a security standard that AWS offers.
// https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html
type standard struct {
	path      string // the end of its ARN: cis-aws-foundations-benchmark/v/3.0.0
	name      string
	byDefault bool
	ruleset   bool // the oldest one has an ARN without a region
	known     compliance.Standard
}

var standards = []standard{
	{path: "aws-foundational-security-best-practices/v/1.0.0", name: "AWS Foundational Security Best Practices v1.0.0", byDefault: true, known: compliance.StandardFSBP},
	{path: "cis-aws-foundations-benchmark/v/1.2.0", name: "CIS AWS Foundations Benchmark v1.2.0", byDefault: true, ruleset: true},
	{path: "cis-aws-foundations-benchmark/v/1.4.0", name: "CIS AWS Foundations Benchmark v1.4.0"},
	{path: "cis-aws-foundations-benchmark/v/3.0.0", name: "CIS AWS Foundations Benchmark v3.0.0", known: compliance.StandardCIS3},
	{path: "cis-aws-foundations-benchmark/v/5.0.0", name: "CIS AWS Foundations Benchmark v5.0.0"},
	{path: "nist-800-53/v/5.0.0", name: "NIST Special Publication 800-53 Revision 5", known: compliance.StandardNIST},
	{path: "nist-800-171/v/2.0.0", name: "NIST Special Publication 800-171 Revision 2"},
	{path: "pci-dss/v/3.2.1", name: "PCI DSS v3.2.1"},
	{path: "pci-dss/v/4.0.1", name: "PCI DSS v4.0.1"},
	{path: "aws-resource-tagging-standard/v/1.0.0", name: "AWS Resource Tagging Standard v1.0.0", known: compliance.StandardResourceTagging},
}

func (s standard) arn(region string) string {
	if s.ruleset {
		return "arn:aws:securityhub:::ruleset/" + s.path
	}
	return "arn:aws:securityhub:" + region + "::standards/" + s.path
}

// standardOf finds a standard of a region by its ARN.
func standardOf(region, arn string) (standard, bool) {
	i := slices.IndexFunc(standards, func(s standard) bool { return s.arn(region) == arn })
	if i < 0 {
		return standard{}, false
	}
	return standards[i], true
}

// subscription is a standard that is on.
type subscription struct {
	standard standard
	disabled map[string]association // by the control's id; a control that is not here is on
}

// association is why and since when a control is off in a standard.
type association struct {
	reason string
	at     time.Time
}

func (s *Service) subscriptionARN(h *hub, of standard) string {
	return s.arn(h, "subscription/"+of.path)
}

func (s *Service) subscribe(h *hub, arn string) {
	if known, ok := standardOf(h.region, arn); ok && h.subscriptions[arn] == nil {
		h.subscriptions[arn] = &subscription{standard: known, disabled: map[string]association{}}
	}
}

// shown is a subscription as the API has it. It is READY at once, where AWS takes minutes.
func (s *Service) shown(h *hub, of standard, status string) map[string]any {
	return map[string]any{
		"StandardsSubscriptionArn": s.subscriptionARN(h, of), "StandardsArn": of.arn(h.region),
		"StandardsInput": map[string]string{}, "StandardsStatus": status, "StandardsControlsUpdatable": "READY_FOR_UPDATES",
	}
}

func (s *Service) describeStandards(h *hub, c *api.Call) (any, error) {
	all := []any{}
	for _, known := range standards {
		all = append(all, map[string]any{
			"StandardsArn": known.arn(h.region), "Name": known.name, "EnabledByDefault": known.byDefault,
			"StandardsManagedBy": map[string]string{"Company": "AWS", "Product": "Security Hub"},
		})
	}
	return paged("Standards", all, c, 100)
}

func (s *Service) enableStandards(h *hub, c *api.Call) (any, error) {
	var in struct {
		StandardsSubscriptionRequests []struct{ StandardsArn string }
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	for _, wanted := range in.StandardsSubscriptionRequests {
		if _, ok := standardOf(h.region, wanted.StandardsArn); !ok {
			return nil, invalid("Invalid standards ARN %s", wanted.StandardsArn)
		}
	}
	on := []any{}
	for _, wanted := range in.StandardsSubscriptionRequests {
		s.subscribe(h, wanted.StandardsArn)
		on = append(on, s.shown(h, h.subscriptions[wanted.StandardsArn].standard, "READY"))
	}
	return map[string]any{"StandardsSubscriptions": on}, nil
}

func (s *Service) disableStandards(h *hub, c *api.Call) (any, error) {
	var in struct{ StandardsSubscriptionArns []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	off := []any{}
	for _, arn := range in.StandardsSubscriptionArns {
		known := s.subscribed(h, arn)
		if known == nil {
			return nil, notFound("The standards subscription %s does not exist", arn)
		}
		delete(h.subscriptions, known.standard.arn(h.region))
		off = append(off, s.shown(h, known.standard, "DELETING"))
	}
	return map[string]any{"StandardsSubscriptions": off}, nil
}

// subscribed finds a subscription by its own ARN; nil when there is none.
func (s *Service) subscribed(h *hub, arn string) *subscription {
	for _, known := range h.subscriptions {
		if s.subscriptionARN(h, known.standard) == arn {
			return known
		}
	}
	return nil
}

func (s *Service) enabledStandards(h *hub, c *api.Call) (any, error) {
	var in struct{ StandardsSubscriptionArns []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	all := []any{}
	for _, known := range standards {
		arn := s.subscriptionARN(h, known)
		if h.subscriptions[known.arn(h.region)] != nil && (len(in.StandardsSubscriptionArns) == 0 || slices.Contains(in.StandardsSubscriptionArns, arn)) {
			all = append(all, s.shown(h, known, "READY"))
		}
	}
	return paged("StandardsSubscriptions", all, c, 100)
}

// controlsOf are the controls of a standard that are known here.
func controlsOf(of standard) []compliance.Control {
	var all []compliance.Control
	for _, control := range compliance.Controls() {
		if of.known != "" && slices.Contains(control.Standards, of.known) {
			all = append(all, control)
		}
	}
	return all
}

// controlARN is the ARN of a control within a standard.
func (s *Service) controlARN(h *hub, of standard, id string) string {
	return s.arn(h, "control/"+of.path+"/"+id)
}

// controlByARN finds a control within a subscribed standard.
func (s *Service) controlByARN(h *hub, arn string) (*subscription, string) {
	for _, known := range h.subscriptions {
		id, found := strings.CutPrefix(arn, s.controlARN(h, known.standard, ""))
		if found && slices.ContainsFunc(controlsOf(known.standard), func(c compliance.Control) bool { return c.ID == id }) {
			return known, id
		}
	}
	return nil, ""
}
