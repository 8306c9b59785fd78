package securityhub

import (
	"cmp"
	"slices"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// insight counts findings by a field. Its filters are kept as they came.
type insight struct {
	InsightArn       string
	Name             string
	Filters          map[string]any
	GroupByAttribute string

	conditions map[string][]condition
}

func (i *insight) check() error {
	if i.Name == "" || i.GroupByAttribute == "" || i.Filters == nil {
		return invalid("Name, Filters and GroupByAttribute are required")
	}
	if _, known := fields[i.GroupByAttribute]; !known {
		return invalid("Invalid GroupByAttribute %s", i.GroupByAttribute)
	}
	i.conditions = nil
	if err := api.Read(&api.Call{Input: i.Filters}, &i.conditions); err != nil {
		return err
	}
	return checkFilters(i.conditions)
}

// insightOf finds the insight that a call names.
func insightOf(h *hub, c *api.Call) (*insight, error) {
	arn, _ := c.Input["InsightArn"].(string)
	i := slices.IndexFunc(h.insights, func(i *insight) bool { return i.InsightArn == arn })
	if i < 0 {
		return nil, notFound("The insight %s does not exist", arn)
	}
	return h.insights[i], nil
}

func (s *Service) createInsight(h *hub, c *api.Call) (any, error) {
	var made insight
	if err := api.Read(c, &made); err != nil {
		return nil, err
	}
	if err := made.check(); err != nil {
		return nil, err
	}
	made.InsightArn = s.arn(h, "insight/"+s.AccountID+"/custom/"+uuid.NewString())
	h.insights = append(h.insights, &made)
	return map[string]any{"InsightArn": made.InsightArn}, nil
}

func (s *Service) getInsights(h *hub, c *api.Call) (any, error) {
	var in struct{ InsightArns []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	all := []*insight{}
	for _, known := range h.insights {
		if len(in.InsightArns) == 0 || slices.Contains(in.InsightArns, known.InsightArn) {
			all = append(all, known)
		}
	}
	if len(in.InsightArns) > len(all) {
		return nil, notFound("One of the insights %v does not exist", in.InsightArns)
	}
	return paged("Insights", all, c, 100)
}

func (s *Service) updateInsight(h *hub, c *api.Call) (any, error) {
	known, err := insightOf(h, c)
	if err != nil {
		return nil, err
	}
	fresh := *known
	fresh.Filters = nil
	if err := api.Read(c, &fresh); err != nil {
		return nil, err
	}
	if fresh.Filters == nil {
		fresh.Filters = known.Filters
	}
	if err := fresh.check(); err != nil {
		return nil, err
	}
	*known = fresh
	return map[string]any{}, nil
}

func (s *Service) deleteInsight(h *hub, c *api.Call) (any, error) {
	known, err := insightOf(h, c)
	if err != nil {
		return nil, err
	}
	h.insights = slices.DeleteFunc(h.insights, func(i *insight) bool { return i == known })
	return map[string]any{"InsightArn": known.InsightArn}, nil
}

// insightResults counts the findings of each value, the most first.
func (s *Service) insightResults(h *hub, c *api.Call) (any, error) {
	known, err := insightOf(h, c)
	if err != nil {
		return nil, err
	}
	found, err := s.matching(h, known.conditions)
	if err != nil {
		return nil, err
	}
	type result struct {
		GroupByAttributeValue string
		Count                 int
	}
	counts := []result{}
	for _, d := range found {
		for _, value := range fieldValues(d, known.GroupByAttribute) {
			text, _ := value.(string)
			i := slices.IndexFunc(counts, func(r result) bool { return r.GroupByAttributeValue == text })
			if i < 0 {
				i, counts = len(counts), append(counts, result{GroupByAttributeValue: text})
			}
			counts[i].Count++
		}
	}
	slices.SortStableFunc(counts, func(a, b result) int { return cmp.Compare(b.Count, a.Count) })
	return map[string]any{"InsightResults": map[string]any{
		"InsightArn": known.InsightArn, "GroupByAttribute": known.GroupByAttribute, "ResultValues": counts,
	}}, nil
}
