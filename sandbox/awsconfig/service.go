package awsconfig

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/awsconfig/evaluation"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Options say for which account the service is, where it looks and where its events go. All but Judged and Settle are required.
type Options struct {
	AccountID string
	Bus       api.Bus
	Log       *slog.Logger
	// Emulator makes the configuration of clients in a region that ask moto itself.
	Emulator func(region string) aws.Config
	// Gateway makes the configuration of clients in a region that see what the gateway adds: bucket policies.
	Gateway func(region string) aws.Config
	// Judged takes what was found for a control of Security Hub. Optional: nil, and nobody is told.
	Judged func(ctx context.Context, region, control string, outcomes []evaluation.Outcome)
	// Settle is how long changes are gathered before they are evaluated; 0 means two seconds, where AWS takes minutes.
	Settle time.Duration
}

// Service is AWS Config in all regions of one account. It is safe for concurrent use. Run evaluates.
type Service struct {
	Options
	mu      sync.Mutex // guards regions and what is in them
	regions map[string]*region
	due     *due
}

// region is what is kept of one region.
type region struct {
	name         string
	rules        []*rule
	packs        []*pack
	organization []*organizationPack
	remediations map[string]map[string]any    // by the rule's name
	tags         map[string]map[string]string // by ARN
}

// New returns a service without rules.
func New(o Options) *Service {
	if o.Settle == 0 {
		o.Settle = 2 * time.Second
	}
	return &Service{Options: o, regions: map[string]*region{}, due: newDue()}
}

// region returns what is kept of a region. The lock is held.
func (s *Service) region(name string) *region {
	if s.regions[name] == nil {
		s.regions[name] = &region{name: name, remediations: map[string]map[string]any{}, tags: map[string]map[string]string{}}
	}
	return s.regions[name]
}

// locked makes a handler of a function that works under the lock.
func (s *Service) locked(do func(r *region, c *api.Call) (any, error)) api.Handler {
	return func(_ context.Context, c *api.Call) (*api.Answer, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		out, err := do(s.region(c.Region), c)
		if err != nil {
			return nil, err
		}
		return api.JSON(http.StatusOK, out), nil
	}
}

// recorded makes such a handler that refuses in a region without a configuration recorder.
func (s *Service) recorded(prepare func(ctx context.Context, c *api.Call) error, do func(r *region, c *api.Call) (any, error)) api.Handler {
	return func(ctx context.Context, c *api.Call) (*api.Answer, error) {
		recorders, err := configservice.NewFromConfig(s.Emulator(c.Region)).DescribeConfigurationRecorders(ctx, nil)
		if err != nil {
			return nil, fmt.Errorf("configuration recorders of %s: %w", c.Region, err)
		}
		if len(recorders.ConfigurationRecorders) == 0 {
			return nil, fault("NoAvailableConfigurationRecorderException", "Configuration recorder is not available to put config rules or conformance packs.")
		}
		if prepare != nil {
			if err := prepare(ctx, c); err != nil {
				return nil, err
			}
		}
		return s.locked(do)(ctx, c)
	}
}

// Supplements are the operations of AWS Config that are answered here, and the calls after which rules are evaluated.
func (s *Service) Supplements() []api.Supplement {
	all := []api.Supplement{{Service: "config", Handle: map[string]api.Handler{
		"PutConfigRule": s.recorded(nil, s.putRule), "DescribeConfigRules": s.locked(s.describeRules), "DeleteConfigRule": s.locked(s.deleteRule),
		"DescribeConfigRuleEvaluationStatus": s.locked(s.ruleStatus), "StartConfigRulesEvaluation": s.locked(s.start),

		"DescribeComplianceByConfigRule": s.locked(s.complianceByRule), "DescribeComplianceByResource": s.locked(s.complianceByResource),
		"GetComplianceDetailsByConfigRule": s.locked(s.detailsByRule), "GetComplianceDetailsByResource": s.locked(s.detailsByResource),
		"GetComplianceSummaryByConfigRule": s.locked(s.summaryByRule),

		"PutConformancePack": s.recorded(s.fetchTemplate, s.putPack), "DeleteConformancePack": s.locked(s.deletePack),
		"DescribeConformancePacks": s.locked(s.describePacks), "DescribeConformancePackStatus": s.locked(s.packStatus),
		"DescribeConformancePackCompliance": s.locked(s.packCompliance), "GetConformancePackComplianceDetails": s.locked(s.packDetails),
		"GetConformancePackComplianceSummary": s.locked(s.packSummary),

		"PutOrganizationConformancePack": s.recorded(s.fetchTemplate, s.putOrganizationPack), "DeleteOrganizationConformancePack": s.locked(s.deleteOrganizationPack),
		"DescribeOrganizationConformancePacks": s.locked(s.describeOrganizationPacks), "DescribeOrganizationConformancePackStatuses": s.locked(s.organizationStatuses),
		"GetOrganizationConformancePackDetailedStatus": s.locked(s.organizationStatus),

		"PutRemediationConfigurations": s.locked(s.putRemediations), "DescribeRemediationConfigurations": s.locked(s.describeRemediations),
		"DeleteRemediationConfiguration": s.locked(s.deleteRemediation), "DescribeRemediationExecutionStatus": s.locked(s.noExecutions),

		"TagResource": s.tagged(s.tag), "UntagResource": s.tagged(s.untag), "ListTagsForResource": s.tagged(s.listTags),
	}}}
	for service, operations := range evaluation.Changes {
		watch := map[string]api.Observe{}
		for _, operation := range operations {
			watch[operation] = func(_ context.Context, c *api.Call, a *api.Answer) {
				if a.OK() {
					s.due.add(mark{service: service, region: c.Region})
				}
			}
		}
		all = append(all, api.Supplement{Service: service, Observe: watch})
	}
	return all
}

// fault is an error of AWS Config.
func fault(code, format string, args ...any) error {
	return &api.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// seconds is a time as the JSON protocol writes it.
func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

// page is an answer with one page of a list; bound is the largest page and the one that is taken when none is asked for.
func page[T any](name string, all []T, c *api.Call, bound int) (map[string]any, error) {
	var in struct {
		NextToken string
		Limit     int
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	start := 0
	if in.NextToken != "" {
		at, err := strconv.Atoi(in.NextToken)
		if err != nil || at < 0 || at > len(all) {
			return nil, fault("InvalidNextTokenException", "The nextToken provided is invalid")
		}
		start = at
	}
	if in.Limit < 0 || in.Limit > bound {
		return nil, fault("InvalidLimitException", "The limit must be from 0 to %d", bound)
	}
	if in.Limit == 0 {
		in.Limit = bound
	}
	end := min(start+in.Limit, len(all))
	out := map[string]any{name: append([]T{}, all[start:end]...)}
	if end < len(all) {
		out["NextToken"] = strconv.Itoa(end)
	}
	return out, nil
}

// fetchTemplate puts the template that a pack names in S3 in the place of one that is given.
func (s *Service) fetchTemplate(ctx context.Context, c *api.Call) error {
	uri, _ := c.Input["TemplateS3Uri"].(string)
	if uri == "" {
		return nil
	}
	bucket, key, ok := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if !ok || !strings.HasPrefix(uri, "s3://") {
		return fault("InvalidParameterValueException", "TemplateS3Uri %s is not s3://bucket/key", uri)
	}
	objects := s3.NewFromConfig(s.Emulator(c.Region), func(o *s3.Options) { o.UsePathStyle = true })
	object, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return fault("InsufficientPermissionsException", "The template %s cannot be read: %v", uri, err)
	}
	defer object.Body.Close()
	body, err := readTemplate(object.Body)
	if err != nil {
		return err
	}
	c.Input["fetched"] = body
	return nil
}
