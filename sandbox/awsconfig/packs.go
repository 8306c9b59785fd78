package awsconfig

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// pack is a conformance pack.
type pack struct {
	Name        string           `json:"ConformancePackName"`
	ARN         string           `json:"ConformancePackArn"`
	ID          string           `json:"ConformancePackId"`
	Bucket      string           `json:"DeliveryS3Bucket,omitempty"`
	Prefix      string           `json:"DeliveryS3KeyPrefix,omitempty"`
	Parameters  []inputParameter `json:"ConformancePackInputParameters,omitempty"`
	RequestedAt float64          `json:"LastUpdateRequestedTime"`
	CreatedBy   string           `json:",omitempty"`
}

type inputParameter struct{ ParameterName, ParameterValue string }

// packBound is how many packs an account has in a region.
const packBound = 50

// packInput is what PutConformancePack gives.
type packInput struct {
	ConformancePackName            string
	TemplateBody, Fetched          string
	DeliveryS3Bucket               string
	DeliveryS3KeyPrefix            string
	ConformancePackInputParameters []inputParameter
	Tags                           []tag
}

// rules are those of the template that a call gives inline or named in S3.
func (in packInput) rules() ([]map[string]any, error) {
	if (in.TemplateBody == "") == (in.Fetched == "") {
		return nil, fault("InvalidParameterValueException", "Specify either TemplateS3Uri or TemplateBody")
	}
	if len(in.TemplateBody) > inlineBound {
		return nil, fault("ValidationException", "Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", inlineBound)
	}
	given := map[string]string{}
	for _, p := range in.ConformancePackInputParameters {
		given[p.ParameterName] = p.ParameterValue
	}
	return rulesOf(cmp.Or(in.TemplateBody, in.Fetched), given)
}

// putPack makes or replaces a pack; its rules are there at once, where AWS takes minutes.
func (s *Service) putPack(r *region, c *api.Call) (any, error) {
	var in packInput
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	made, err := s.deployPack(r, in, "")
	if err != nil {
		return nil, err
	}
	return map[string]any{"ConformancePackArn": made.ARN}, nil
}

func (s *Service) deployPack(r *region, in packInput, createdBy string) (*pack, error) {
	rules, err := in.rules()
	if err != nil {
		return nil, err
	}
	known := r.pack(in.ConformancePackName)
	if known == nil {
		if len(r.packs) >= packBound {
			return nil, fault("MaxNumberOfConformancePacksExceededException", "The account has %d conformance packs, the most there can be", packBound)
		}
		id := "conformance-pack-" + strings.ReplaceAll(uuid.NewString(), "-", "")[:9]
		known = &pack{Name: in.ConformancePackName, ID: id, CreatedBy: createdBy, ARN: "arn:aws:config:" + r.name + ":" + s.AccountID + ":conformance-pack/" + in.ConformancePackName + "/" + id}
		r.packs = append(r.packs, known)
		r.tags[known.ARN] = tagMap(in.Tags)
	}
	known.Bucket, known.Prefix, known.Parameters, known.RequestedAt = in.DeliveryS3Bucket, in.DeliveryS3KeyPrefix, in.ConformancePackInputParameters, seconds(time.Now())
	s.deploy(r, known, rules)
	return known, nil
}

// deploy makes a pack's rules; one that is there already keeps its identity and results.
func (s *Service) deploy(r *region, p *pack, rules []map[string]any) {
	wanted := map[string]bool{}
	for _, fields := range rules {
		name := field(fields, "ConfigRuleName") + "-" + p.ID
		fields["ConfigRuleName"], fields["CreatedBy"] = name, "config-conforms.amazonaws.com"
		wanted[name] = true
		if known := r.find(name); known != nil {
			for _, same := range []string{"ConfigRuleArn", "ConfigRuleId", "ConfigRuleState"} {
				fields[same] = known.fields[same]
			}
			known.fields = complete(fields)
		} else {
			r.add(s.AccountID, fields, p.Name, "config-rule/aws-service-rule/config-conforms.amazonaws.com/config-rule-"+shortID())
		}
		s.due.add(mark{rule: name, region: r.name})
	}
	r.rules = slices.DeleteFunc(r.rules, func(known *rule) bool { return known.pack == p.Name && !wanted[known.name()] })
}

// pack returns a pack by its name, or nil.
func (r *region) pack(name string) *pack {
	i := slices.IndexFunc(r.packs, func(p *pack) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return r.packs[i]
}

func noPack(name string) error {
	return fault("NoSuchConformancePackException", "Conformance pack '%s' does not exist.", name)
}

func (s *Service) deletePack(r *region, c *api.Call) (any, error) {
	known := r.pack(field(c.Input, "ConformancePackName"))
	if known == nil {
		return nil, noPack(field(c.Input, "ConformancePackName"))
	}
	if known.CreatedBy != "" {
		return nil, fault("AccessDeniedException", "The conformance pack %s belongs to the organization", known.Name)
	}
	r.remove(known)
	return map[string]any{}, nil
}

// remove takes a pack and its rules away.
func (r *region) remove(p *pack) {
	r.packs = slices.DeleteFunc(r.packs, func(other *pack) bool { return other == p })
	r.rules = slices.DeleteFunc(r.rules, func(known *rule) bool { return known.pack == p.Name })
	delete(r.tags, p.ARN)
}

// namedPacks are the packs that a call names; all when it names none.
func (r *region) namedPacks(c *api.Call) ([]*pack, error) {
	var in struct{ ConformancePackNames []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if len(in.ConformancePackNames) == 0 {
		return r.packs, nil
	}
	var packs []*pack
	for _, name := range in.ConformancePackNames {
		known := r.pack(name)
		if known == nil {
			return nil, noPack(name)
		}
		packs = append(packs, known)
	}
	return packs, nil
}

func (s *Service) describePacks(r *region, c *api.Call) (any, error) {
	packs, err := r.namedPacks(c)
	if err != nil {
		return nil, err
	}
	return page("ConformancePackDetails", packs, c, 20)
}

// packStatus leaves packs out that do not exist, as AWS does: clients wait for a deletion that way.
func (s *Service) packStatus(r *region, c *api.Call) (any, error) {
	var in struct{ ConformancePackNames []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	shown := []any{}
	for _, p := range r.packs {
		if len(in.ConformancePackNames) > 0 && !slices.Contains(in.ConformancePackNames, p.Name) {
			continue
		}
		shown = append(shown, map[string]any{
			"ConformancePackName": p.Name, "ConformancePackId": p.ID, "ConformancePackArn": p.ARN, "ConformancePackState": "CREATE_COMPLETE",
			"StackArn":                "arn:aws:cloudformation:" + r.name + ":" + s.AccountID + ":stack/awsconfigconforms-" + p.Name + "-" + p.ID + "/" + p.ID,
			"LastUpdateRequestedTime": p.RequestedAt, "LastUpdateCompletedTime": p.RequestedAt,
		})
	}
	return page("ConformancePackStatusDetails", shown, c, 20)
}
