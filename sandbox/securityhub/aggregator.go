package securityhub

import (
	"maps"
	"slices"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// aggregator links regions to the home region in which it was made.
type aggregator struct {
	arn, mode string
	regions   []string
}

// home is the hub that has the aggregator; nil when there is none.
func (s *Service) home() *hub {
	for _, h := range s.hubs {
		if h.aggregator != nil {
			return h
		}
	}
	return nil
}

// links says whether an aggregator covers another region.
func (a *aggregator) links(region string) bool {
	named := slices.Contains(a.regions, region)
	switch a.mode {
	case "ALL_REGIONS":
		return true
	case "ALL_REGIONS_EXCEPT_SPECIFIED":
		return !named
	default:
		return named
	}
}

// homeOf is the home of a linked region; nil for a region that is itself home or is not linked.
func (s *Service) homeOf(h *hub) *hub {
	home := s.home()
	if home == nil || home == h || !home.aggregator.links(h.region) {
		return nil
	}
	return home
}

// seen are the hubs whose findings a hub shows: its own first, in its home region also those of the linked regions.
func (s *Service) seen(h *hub) []*hub {
	hubs := []*hub{h}
	if h.aggregator == nil {
		return hubs
	}
	for _, region := range slices.Sorted(maps.Keys(s.hubs)) {
		if region != h.region && s.hubs[region].enabled && h.aggregator.links(region) {
			hubs = append(hubs, s.hubs[region])
		}
	}
	return hubs
}

type aggregation struct {
	FindingAggregatorArn, RegionLinkingMode string
	Regions                                 []string
}

func (in aggregation) check(h *hub) error {
	specified := in.RegionLinkingMode == "SPECIFIED_REGIONS" || in.RegionLinkingMode == "ALL_REGIONS_EXCEPT_SPECIFIED"
	switch {
	case !specified && in.RegionLinkingMode != "ALL_REGIONS" && in.RegionLinkingMode != "NO_REGIONS":
		return invalid("Invalid RegionLinkingMode %s", in.RegionLinkingMode)
	case specified && len(in.Regions) == 0:
		return invalid("Regions are required for %s", in.RegionLinkingMode)
	case !specified && len(in.Regions) > 0:
		return invalid("Regions are not allowed for %s", in.RegionLinkingMode)
	case slices.Contains(in.Regions, h.region):
		return invalid("Regions must not contain the home Region %s", h.region)
	}
	return nil
}

func (s *Service) shownAggregator(h *hub) map[string]any {
	return map[string]any{
		"FindingAggregatorArn": h.aggregator.arn, "FindingAggregationRegion": h.region,
		"RegionLinkingMode": h.aggregator.mode, "Regions": h.aggregator.regions,
	}
}

func (s *Service) createAggregator(h *hub, c *api.Call) (any, error) {
	var in aggregation
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if err := in.check(h); err != nil {
		return nil, err
	}
	if home := s.home(); home != nil {
		return nil, invalid("Finding Aggregator already exists in %s", home.region)
	}
	h.aggregator = &aggregator{arn: s.arn(h, "finding-aggregator/"+uuid.NewString()), mode: in.RegionLinkingMode, regions: in.Regions}
	return s.shownAggregator(h), nil
}

// aggregatorOf finds the aggregator that a call names; only its home region changes it.
func (s *Service) aggregatorOf(h *hub, c *api.Call) (*hub, error) {
	arn, _ := c.Input["FindingAggregatorArn"].(string)
	home := s.home()
	if home == nil || home.aggregator.arn != arn {
		return nil, notFound("The finding aggregator %s does not exist", arn)
	}
	if home != h && c.Operation != "GetFindingAggregator" {
		return nil, fault("AccessDeniedException", 403, "The finding aggregator can be changed in its home Region %s only", home.region)
	}
	return home, nil
}

func (s *Service) getAggregator(h *hub, c *api.Call) (any, error) {
	home, err := s.aggregatorOf(h, c)
	if err != nil {
		return nil, err
	}
	return s.shownAggregator(home), nil
}

func (s *Service) updateAggregator(h *hub, c *api.Call) (any, error) {
	home, err := s.aggregatorOf(h, c)
	if err != nil {
		return nil, err
	}
	var in aggregation
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if err := in.check(h); err != nil {
		return nil, err
	}
	home.aggregator.mode, home.aggregator.regions = in.RegionLinkingMode, in.Regions
	return s.shownAggregator(home), nil
}

func (s *Service) deleteAggregator(h *hub, c *api.Call) (any, error) {
	home, err := s.aggregatorOf(h, c)
	if err != nil {
		return nil, err
	}
	home.aggregator = nil
	return map[string]any{}, nil
}

func (s *Service) listAggregators(_ *hub, c *api.Call) (any, error) {
	all := []any{}
	if home := s.home(); home != nil {
		all = append(all, map[string]string{"FindingAggregatorArn": home.aggregator.arn})
	}
	return paged("FindingAggregators", all, c, 100)
}
