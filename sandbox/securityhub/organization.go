package securityhub

import (
	"net/http"

	"assetguard/sandbox/api"
)

// organizationConfiguration is what the administrator sets for new accounts of the organisation.
type organizationConfiguration struct {
	autoEnable bool
	standards  string // DEFAULT or NONE
	kind       string // LOCAL or CENTRAL
}

// enableAdmin makes an account the organisation's administrator in the region.
func (s *Service) enableAdmin(h *hub, c *api.Call) (any, error) {
	account, _ := c.Input["AdminAccountId"].(string)
	if h.admin != "" && h.admin != account {
		return nil, conflict("The organization already has the administrator %s", h.admin)
	}
	if h.admin == "" {
		h.organization = organizationConfiguration{standards: "DEFAULT", kind: "LOCAL"}
	}
	h.admin = account
	return map[string]any{"AdminAccountId": account}, nil
}

func (s *Service) disableAdmin(h *hub, c *api.Call) (any, error) {
	account, _ := c.Input["AdminAccountId"].(string)
	if h.admin != account {
		return nil, invalid("The account %s is not the administrator", account)
	}
	h.admin, h.organization = "", organizationConfiguration{}
	return map[string]any{}, nil
}

func (s *Service) listAdmins(h *hub, c *api.Call) (any, error) {
	all := []any{}
	if h.admin != "" {
		all = append(all, map[string]string{"AccountId": h.admin, "Status": "ENABLED"})
	}
	return paged("AdminAccounts", all, c, 10)
}

// administered refuses an account that is not the administrator.
func (s *Service) administered(h *hub) error {
	if h.admin != s.AccountID {
		return fault("AccessDeniedException", http.StatusForbidden, "The account %s is not the Security Hub administrator of an organization", s.AccountID)
	}
	return nil
}

func (s *Service) describeOrganization(h *hub, _ *api.Call) (any, error) {
	if err := s.administered(h); err != nil {
		return nil, err
	}
	return map[string]any{
		"AutoEnable": h.organization.autoEnable, "AutoEnableStandards": h.organization.standards, "MemberAccountLimitReached": false,
		"OrganizationConfiguration": map[string]string{"ConfigurationType": h.organization.kind, "Status": "ENABLED"},
	}, nil
}

// updateOrganization sets what new accounts get. Central configuration leaves nothing to the account itself and needs
// a home region.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_UpdateOrganizationConfiguration.html
func (s *Service) updateOrganization(h *hub, c *api.Call) (any, error) {
	if err := s.administered(h); err != nil {
		return nil, err
	}
	var in struct {
		AutoEnable                bool
		AutoEnableStandards       string
		OrganizationConfiguration struct{ ConfigurationType string }
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	wanted := organizationConfiguration{in.AutoEnable, in.AutoEnableStandards, in.OrganizationConfiguration.ConfigurationType}
	if wanted.standards == "" {
		wanted.standards = h.organization.standards
	}
	if wanted.kind == "" {
		wanted.kind = h.organization.kind
	}
	switch {
	case wanted.standards != "DEFAULT" && wanted.standards != "NONE":
		return nil, invalid("Invalid AutoEnableStandards %s", wanted.standards)
	case wanted.kind != "LOCAL" && wanted.kind != "CENTRAL":
		return nil, invalid("Invalid ConfigurationType %s", wanted.kind)
	case wanted.kind == "CENTRAL" && (wanted.autoEnable || wanted.standards != "NONE"):
		return nil, invalid("AutoEnable must be false and AutoEnableStandards NONE with central configuration")
	case wanted.kind == "CENTRAL" && h.aggregator == nil:
		return nil, invalid("Central configuration needs a finding aggregator in this Region")
	}
	h.organization = wanted
	return map[string]any{}, nil
}
