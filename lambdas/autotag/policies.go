package autotag

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"
	"assetguard/lambdas/internal/emf"
)

// policyAge is how long the two documents are kept: an edit is in force at most this much later.
const policyAge = 60 * time.Second

// Parameters is what is asked of Parameter Store.
type Parameters interface {
	GetParameters(context.Context, *ssm.GetParametersInput, ...func(*ssm.Options)) (*ssm.GetParametersOutput, error)
	GetParameterHistory(context.Context, *ssm.GetParameterHistoryInput, ...func(*ssm.Options)) (*ssm.GetParameterHistoryOutput, error)
}

// Policies reads the two tag policy documents and keeps them for policyAge.
type Policies struct {
	client                Parameters
	policyPath, overrides string
	out                   io.Writer
	log                   *slog.Logger
	now                   func() time.Time

	read   time.Time
	loaded [2]*tagpolicy.Policy // policy, overrides
}

// NewPolicies makes a source that reads the parameters at the two paths; out takes metrics and logs.
func NewPolicies(client Parameters, policyPath, overridesPath string, out io.Writer) *Policies {
	return &Policies{client: client, policyPath: policyPath, overrides: overridesPath, out: out,
		log: slog.New(slog.NewJSONHandler(out, nil)), now: time.Now}
}

// Load returns both documents, valid. Overrides that are absent or {} override nothing; invalid ones are
// replaced by the newest valid version in the parameter's history, with a metric and a log line. A policy
// that is absent or invalid is an error.
func (p *Policies) Load(ctx context.Context) (policy, overrides *tagpolicy.Policy, err error) {
	if p.loaded[0] != nil && p.now().Sub(p.read) < policyAge {
		return p.loaded[0], p.loaded[1], nil
	}
	out, err := p.client.GetParameters(ctx, &ssm.GetParametersInput{
		Names: []string{p.policyPath, p.overrides}, WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil, nil, fmt.Errorf("read parameters %s and %s: %w", p.policyPath, p.overrides, err)
	}
	documents := map[string]string{}
	for _, parameter := range out.Parameters {
		documents[aws.ToString(parameter.Name)] = aws.ToString(parameter.Value)
	}
	document, there := documents[p.policyPath]
	if !there {
		return nil, nil, fmt.Errorf("parameter %s does not exist: deploy the stack that owns it", p.policyPath)
	}
	if policy, err = tagpolicy.Parse([]byte(document)); err != nil {
		return nil, nil, fmt.Errorf("parameter %s: %w", p.policyPath, err)
	}
	if overrides, err = p.parseOverrides(ctx, documents[p.overrides], policy); err != nil {
		return nil, nil, err
	}
	p.read, p.loaded = p.now(), [2]*tagpolicy.Policy{policy, overrides}
	return policy, overrides, nil
}

func (p *Policies) parseOverrides(ctx context.Context, document string, policy *tagpolicy.Policy) (*tagpolicy.Policy, error) {
	overrides, faults := tagpolicy.ParseOverrides([]byte(document), policy)
	if faults == nil {
		return overrides, nil
	}
	overrides, version, err := p.lastValidOverrides(ctx, policy)
	if err != nil {
		return nil, fmt.Errorf("parameter %s is invalid and its history cannot be read: %w", p.overrides, errors.Join(err, faults))
	}
	p.log.Error("overrides are invalid: the last valid version stays in force", "parameter", p.overrides,
		"versionInForce", version, "faults", faults.Error())
	metric := emf.Count{Namespace: contract.MetricNamespace, Name: contract.MetricOverridesInvalid, Value: 1}
	if err := emf.Write(p.out, p.now(), metric); err != nil {
		p.log.Error("metric lost", "metric", metric.Name, "error", err.Error())
	}
	return overrides, nil
}

// lastValidOverrides returns the newest valid version, or version 0 and no overrides if there was none.
func (p *Policies) lastValidOverrides(ctx context.Context, policy *tagpolicy.Policy) (*tagpolicy.Policy, int64, error) {
	var history []types.ParameterHistory
	pages := ssm.NewGetParameterHistoryPaginator(p.client, &ssm.GetParameterHistoryInput{Name: &p.overrides, WithDecryption: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, 0, err
		}
		history = append(history, page.Parameters...)
	}
	slices.SortFunc(history, func(a, b types.ParameterHistory) int { return int(b.Version - a.Version) })
	for _, h := range history {
		if overrides, err := tagpolicy.ParseOverrides([]byte(aws.ToString(h.Value)), policy); err == nil {
			return overrides, h.Version, nil
		}
	}
	return &tagpolicy.Policy{Version: tagpolicy.Version}, 0, nil
}
