package awsconfig

import (
	"slices"
	"strings"
	"time"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// organizationPack is a pack that the organisation's administrator gives to all accounts: here to the only one.
type organizationPack struct {
	Name       string           `json:"OrganizationConformancePackName"`
	ARN        string           `json:"OrganizationConformancePackArn"`
	Bucket     string           `json:"DeliveryS3Bucket,omitempty"`
	Prefix     string           `json:"DeliveryS3KeyPrefix,omitempty"`
	Parameters []inputParameter `json:"ConformancePackInputParameters,omitempty"`
	Excluded   []string         `json:"ExcludedAccounts,omitempty"`
	UpdatedAt  float64          `json:"LastUpdateTime"`

	id     string
	status string // CREATE_SUCCESSFUL or UPDATE_SUCCESSFUL
}

// deployed is the name of the pack in an account.
func (o *organizationPack) deployed() string { return "OrgConformsPack-" + o.Name + "-" + o.id }

// putOrganizationPack makes or replaces an organisation's pack. Its bucket must have a name of AWS's choice.
// https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
func (s *Service) putOrganizationPack(r *region, c *api.Call) (any, error) {
	var in packInput
	var own struct {
		OrganizationConformancePackName string
		ExcludedAccounts                []string
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if err := api.Read(c, &own); err != nil {
		return nil, err
	}
	if in.DeliveryS3Bucket != "" && !strings.HasPrefix(in.DeliveryS3Bucket, "awsconfigconforms") {
		return nil, fault("InvalidParameterValueException", "The delivery bucket's name must begin with awsconfigconforms: %s", in.DeliveryS3Bucket)
	}
	known := r.organizationPack(own.OrganizationConformancePackName)
	fresh := known == nil
	if fresh {
		id := strings.ReplaceAll(uuid.NewString(), "-", "")[:8]
		known = &organizationPack{
			Name: own.OrganizationConformancePackName, id: id, status: "CREATE_SUCCESSFUL",
			ARN: "arn:aws:config:" + r.name + ":" + s.AccountID + ":organization-conformance-pack/" + own.OrganizationConformancePackName + "-" + id,
		}
	}
	in.ConformancePackName = known.deployed()
	if slices.Contains(own.ExcludedAccounts, s.AccountID) {
		if _, err := in.rules(); err != nil {
			return nil, err
		}
		if deployed := r.pack(known.deployed()); deployed != nil {
			r.remove(deployed)
		}
	} else if _, err := s.deployPack(r, in, "config-multiaccountsetup.amazonaws.com"); err != nil {
		return nil, err
	}
	known.Bucket, known.Prefix, known.Parameters, known.Excluded = in.DeliveryS3Bucket, in.DeliveryS3KeyPrefix, in.ConformancePackInputParameters, own.ExcludedAccounts
	known.UpdatedAt = seconds(time.Now())
	if fresh {
		r.organization = append(r.organization, known)
	} else {
		known.status = "UPDATE_SUCCESSFUL"
	}
	return map[string]any{"OrganizationConformancePackArn": known.ARN}, nil
}

func (r *region) organizationPack(name string) *organizationPack {
	i := slices.IndexFunc(r.organization, func(o *organizationPack) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return r.organization[i]
}

func noOrganizationPack(name string) error {
	return fault("NoSuchOrganizationConformancePackException", "Organization conformance pack '%s' does not exist.", name)
}

func (s *Service) deleteOrganizationPack(r *region, c *api.Call) (any, error) {
	known := r.organizationPack(field(c.Input, "OrganizationConformancePackName"))
	if known == nil {
		return nil, noOrganizationPack(field(c.Input, "OrganizationConformancePackName"))
	}
	if deployed := r.pack(known.deployed()); deployed != nil {
		r.remove(deployed)
	}
	r.organization = slices.DeleteFunc(r.organization, func(o *organizationPack) bool { return o == known })
	return map[string]any{}, nil
}

// named are the organisation's packs that a call names; all when it names none.
func (r *region) namedOrganizationPacks(c *api.Call) ([]*organizationPack, error) {
	var in struct{ OrganizationConformancePackNames []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if len(in.OrganizationConformancePackNames) == 0 {
		return r.organization, nil
	}
	var packs []*organizationPack
	for _, name := range in.OrganizationConformancePackNames {
		known := r.organizationPack(name)
		if known == nil {
			return nil, noOrganizationPack(name)
		}
		packs = append(packs, known)
	}
	return packs, nil
}

func (s *Service) describeOrganizationPacks(r *region, c *api.Call) (any, error) {
	packs, err := r.namedOrganizationPacks(c)
	if err != nil {
		return nil, err
	}
	return page("OrganizationConformancePacks", packs, c, 100)
}

func (s *Service) organizationStatuses(r *region, c *api.Call) (any, error) {
	packs, err := r.namedOrganizationPacks(c)
	if err != nil {
		return nil, err
	}
	shown := []any{}
	for _, o := range packs {
		shown = append(shown, map[string]any{"OrganizationConformancePackName": o.Name, "Status": o.status, "LastUpdateTime": o.UpdatedAt})
	}
	return page("OrganizationConformancePackStatuses", shown, c, 100)
}

// organizationStatus says how an organisation's pack fares in each account that it is not kept from.
func (s *Service) organizationStatus(r *region, c *api.Call) (any, error) {
	name := field(c.Input, "OrganizationConformancePackName")
	o := r.organizationPack(name)
	if o == nil {
		return nil, noOrganizationPack(name)
	}
	shown := []any{}
	if deployed := r.pack(o.deployed()); deployed != nil {
		shown = append(shown, map[string]any{"AccountId": s.AccountID, "ConformancePackName": deployed.Name, "Status": o.status, "LastUpdateTime": o.UpdatedAt})
	}
	return page("OrganizationConformancePackDetailedStatuses", shown, c, 100)
}
