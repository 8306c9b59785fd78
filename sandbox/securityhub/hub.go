package securityhub

import (
	"assetguard/sandbox/api"
)

// enable turns the hub on. AWS enables two standards by default; control findings are consolidated unless said. The
// services of AWS may send findings from then on, except Patch Manager.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_EnableSecurityHub.html
func (s *Service) enable(h *hub, c *api.Call) (any, error) {
	if h.enabled {
		return nil, conflict("Account is already subscribed to Security Hub")
	}
	var in struct {
		EnableDefaultStandards  *bool
		ControlFindingGenerator string
		Tags                    map[string]string
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	generator, err := generatorOf(in.ControlFindingGenerator, "SECURITY_CONTROL")
	if err != nil {
		return nil, err
	}
	fresh := newHub(h.region)
	fresh.admin, fresh.organization = h.admin, h.organization
	fresh.enabled, fresh.subscribedAt, fresh.autoEnable, fresh.generator = true, stamp(s.now()), true, generator
	*h = *fresh
	h.tags[s.hubARN(h)] = in.Tags
	for _, product := range awsProducts {
		if product.path != patchManager {
			h.products = append(h.products, s.arn(h, "product-subscription/aws/"+product.path))
		}
	}
	if in.EnableDefaultStandards == nil || *in.EnableDefaultStandards {
		for _, standard := range standards {
			if standard.byDefault {
				s.subscribe(h, standard.arn(h.region))
			}
		}
	}
	return map[string]any{}, nil
}

func generatorOf(wanted, otherwise string) (string, error) {
	switch wanted {
	case "":
		return otherwise, nil
	case "SECURITY_CONTROL", "STANDARD_CONTROL":
		return wanted, nil
	default:
		return "", invalid("ControlFindingGenerator %s is neither SECURITY_CONTROL nor STANDARD_CONTROL", wanted)
	}
}

func (s *Service) hubARN(h *hub) string { return s.arn(h, "hub/default") }

// disable turns the hub off; its findings, rules and settings are gone.
func (s *Service) disable(h *hub, _ *api.Call) (any, error) {
	fresh := newHub(h.region)
	fresh.admin, fresh.organization = h.admin, h.organization
	*h = *fresh
	return map[string]any{}, nil
}

func (s *Service) describe(h *hub, c *api.Call) (any, error) {
	if named, _ := c.Input["HubArn"].(string); named != "" && named != s.hubARN(h) {
		return nil, notFound("The hub %s does not exist", named)
	}
	return map[string]any{
		"HubArn": s.hubARN(h), "SubscribedAt": h.subscribedAt, "AutoEnableControls": h.autoEnable, "ControlFindingGenerator": h.generator,
	}, nil
}

func (s *Service) configure(h *hub, c *api.Call) (any, error) {
	var in struct {
		AutoEnableControls      *bool
		ControlFindingGenerator string
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	generator, err := generatorOf(in.ControlFindingGenerator, h.generator)
	if err != nil {
		return nil, err
	}
	h.generator = generator
	if in.AutoEnableControls != nil {
		h.autoEnable = *in.AutoEnableControls
	}
	return map[string]any{}, nil
}

// Tags are those of the hub and of automation rules.

func (s *Service) tagged(h *hub, c *api.Call) (string, error) {
	arn, _ := c.Input["ResourceArn"].(string)
	if arn == s.hubARN(h) {
		return arn, nil
	}
	if h.rule(arn) == nil {
		return "", notFound("The resource %s does not exist", arn)
	}
	return arn, nil
}

func (s *Service) tag(h *hub, c *api.Call) (any, error) {
	arn, err := s.tagged(h, c)
	if err != nil {
		return nil, err
	}
	var in struct{ Tags map[string]string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if h.tags[arn] == nil {
		h.tags[arn] = map[string]string{}
	}
	for key, value := range in.Tags {
		h.tags[arn][key] = value
	}
	return map[string]any{}, nil
}

func (s *Service) untag(h *hub, c *api.Call) (any, error) {
	arn, err := s.tagged(h, c)
	if err != nil {
		return nil, err
	}
	var in struct{ TagKeys []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(h.tags[arn], key)
	}
	return map[string]any{}, nil
}

func (s *Service) listTags(h *hub, c *api.Call) (any, error) {
	arn, err := s.tagged(h, c)
	if err != nil {
		return nil, err
	}
	tags := h.tags[arn]
	if tags == nil {
		tags = map[string]string{}
	}
	return map[string]any{"Tags": tags}, nil
}
