package securityhub

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/awsconfig/evaluation"
)

// Options say for which account the service is and where its events go.
type Options struct {
	AccountID string
	Bus       api.Bus
	// Link has AWS Config evaluate these controls in a region, and no others; what it finds comes to Judge. Optional: nil,
	// and controls give no findings.
	Link func(region string, controls []evaluation.Linked)
}

// Service is Security Hub in all regions of one account. It is safe for concurrent use.
type Service struct {
	Options
	mu     sync.Mutex // guards everything below
	hubs   map[string]*hub
	linked map[string][]evaluated // by region: what Link was last told
	outbox []event                // made under the lock, put on the bus after it
	now    func() time.Time
}

type event struct {
	region   string
	envelope map[string]any
}

// New returns a service whose hubs are all off.
func New(o Options) *Service {
	return &Service{Options: o, hubs: map[string]*hub{}, linked: map[string][]evaluated{}, now: time.Now}
}

// hub is Security Hub in one region.
type hub struct {
	region        string
	enabled       bool
	subscribedAt  string
	autoEnable    bool
	generator     string
	tags          map[string]map[string]string // by ARN
	subscriptions map[string]*subscription     // by the standard's ARN
	products      []string                     // ARNs of product subscriptions
	findings      []*finding                   // in the order of their first import
	index         map[identifier]*finding      // the same
	actions       []*customAction
	insights      []*insight
	rules         []*rule
	aggregator    *aggregator
	admin         string // account that is the organisation's administrator, "" for none
	organization  organizationConfiguration
}

func newHub(region string) *hub {
	return &hub{region: region, tags: map[string]map[string]string{}, index: map[identifier]*finding{}, subscriptions: map[string]*subscription{}}
}

// hub returns the region's hub, which may be off. The lock is held.
func (s *Service) hub(region string) *hub {
	if s.hubs[region] == nil {
		s.hubs[region] = newHub(region)
	}
	return s.hubs[region]
}

// operation answers one call; its result is the JSON of the answer.
type operation func(h *hub, c *api.Call) (any, error)

// always makes a handler that works also while the hub is off.
func (s *Service) always(do operation) api.Handler {
	return func(ctx context.Context, c *api.Call) (*api.Answer, error) {
		s.mu.Lock()
		h := s.hub(c.Region)
		out, err := do(h, c)
		s.relink(h)
		events := s.outbox
		s.outbox = nil
		s.mu.Unlock()
		for _, e := range events {
			s.Bus.Put(ctx, e.region, "default", e.envelope)
		}
		if err != nil {
			return nil, err
		}
		return api.JSON(http.StatusOK, out), nil
	}
}

// on makes a handler that refuses while the hub is off, as AWS does.
func (s *Service) on(do operation) api.Handler {
	return s.always(func(h *hub, c *api.Call) (any, error) {
		if !h.enabled {
			return nil, s.notSubscribed()
		}
		return do(h, c)
	})
}

func (s *Service) notSubscribed() error {
	return fault("InvalidAccessException", http.StatusUnauthorized, "Account %s is not subscribed to AWS Security Hub", s.AccountID)
}

// Supplements are the operations of Security Hub.
func (s *Service) Supplements() []api.Supplement {
	return []api.Supplement{{Service: "securityhub", Handle: map[string]api.Handler{
		"EnableSecurityHub": s.always(s.enable), "DisableSecurityHub": s.on(s.disable), "DescribeHub": s.on(s.describe),
		"UpdateSecurityHubConfiguration": s.on(s.configure),
		"TagResource":                    s.on(s.tag), "UntagResource": s.on(s.untag), "ListTagsForResource": s.on(s.listTags),

		"DescribeStandards": s.always(s.describeStandards), "BatchEnableStandards": s.on(s.enableStandards),
		"BatchDisableStandards": s.on(s.disableStandards), "GetEnabledStandards": s.on(s.enabledStandards),
		"DescribeStandardsControls": s.on(s.describeControls), "UpdateStandardsControl": s.on(s.updateControl),
		"ListSecurityControlDefinitions": s.always(s.definitions), "GetSecurityControlDefinition": s.always(s.definition),
		"BatchGetSecurityControls":             s.on(s.securityControls),
		"ListStandardsControlAssociations":     s.on(s.listAssociations),
		"BatchGetStandardsControlAssociations": s.on(s.getAssociations), "BatchUpdateStandardsControlAssociations": s.on(s.updateAssociations),

		"DescribeProducts": s.always(s.describeProducts), "EnableImportFindingsForProduct": s.on(s.enableProduct),
		"DisableImportFindingsForProduct": s.on(s.disableProduct), "ListEnabledProductsForImport": s.on(s.enabledProducts),

		"CreateFindingAggregator": s.on(s.createAggregator), "GetFindingAggregator": s.on(s.getAggregator),
		"UpdateFindingAggregator": s.on(s.updateAggregator), "DeleteFindingAggregator": s.on(s.deleteAggregator),
		"ListFindingAggregators": s.on(s.listAggregators),

		"CreateActionTarget": s.on(s.createAction), "DescribeActionTargets": s.on(s.describeActions), "UpdateActionTarget": s.on(s.updateAction),
		"DeleteActionTarget": s.on(s.deleteAction),

		"CreateInsight": s.on(s.createInsight), "GetInsights": s.on(s.getInsights), "UpdateInsight": s.on(s.updateInsight),
		"DeleteInsight": s.on(s.deleteInsight), "GetInsightResults": s.on(s.insightResults),

		"CreateAutomationRule": s.on(s.createRule), "ListAutomationRules": s.on(s.listRules), "BatchGetAutomationRules": s.on(s.getRules),
		"BatchUpdateAutomationRules": s.on(s.updateRules), "BatchDeleteAutomationRules": s.on(s.deleteRules),

		"BatchImportFindings": s.on(s.importFindings), "GetFindings": s.on(s.getFindings), "BatchUpdateFindings": s.on(s.updateFindings),

		"EnableOrganizationAdminAccount": s.always(s.enableAdmin), "DisableOrganizationAdminAccount": s.always(s.disableAdmin),
		"ListOrganizationAdminAccounts":     s.always(s.listAdmins),
		"DescribeOrganizationConfiguration": s.on(s.describeOrganization), "UpdateOrganizationConfiguration": s.on(s.updateOrganization),
	}}}
}

// fault is an error in the words of the service.
func fault(code string, status int, format string, args ...any) error {
	return &api.Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return fault("InvalidInputException", http.StatusBadRequest, format, args...)
}

func notFound(format string, args ...any) error {
	return fault("ResourceNotFoundException", http.StatusNotFound, format, args...)
}

func conflict(format string, args ...any) error {
	return fault("ResourceConflictException", http.StatusConflict, format, args...)
}

// stamp is a time as the Security Finding Format writes it.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// arn is an ARN of the account in a hub's region.
func (s *Service) arn(h *hub, resource string) string {
	return "arn:aws:securityhub:" + h.region + ":" + s.AccountID + ":" + resource
}

// page cuts a list: at most size from where the token says on, which is the token of an earlier page or "".
func page[T any](all []T, token string, size, bound int) (cut []T, next string, err error) {
	start := 0
	if token != "" {
		if start, err = strconv.Atoi(token); err != nil || start < 0 || start > len(all) {
			return nil, "", invalid("Invalid NextToken %s", token)
		}
	}
	if size == 0 {
		size = bound
	}
	if size < 1 || size > bound {
		return nil, "", invalid("MaxResults must be from 1 to %d, it is %d", bound, size)
	}
	end := min(start+size, len(all))
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return append([]T{}, all[start:end]...), next, nil
}

// paged is an answer with one page of a list.
func paged[T any](name string, all []T, c *api.Call, bound int) (any, error) {
	var in struct {
		NextToken  string
		MaxResults int
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	cut, next, err := page(all, in.NextToken, in.MaxResults, bound)
	if err != nil {
		return nil, err
	}
	out := map[string]any{name: cut}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
