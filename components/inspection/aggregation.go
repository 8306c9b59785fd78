package inspection

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"assetguard/internal/argument"
	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/securityhub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// maxInsights is how many insights of one's own an account and region takes.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub_limits.html
const maxInsights = 100

// AggregationArgs of an Aggregation. Security Hub must be on in all regions: give pulumi.DependsOn, or it is on already.
type AggregationArgs struct {
	Place place.Place // the home region
	// Linked are the other regions, whose findings arrive here too. Optional: none, and nothing is aggregated.
	Linked []string
	// Existing is what is done about the finding aggregator. Optional: Make.
	Existing Existing
	// AggregatorArn is the ARN of an aggregator to import. Optional: none, for one that is made.
	AggregatorArn string
	AssetTypes    []string // values of the tag AssetType, each of which gets an insight. Optional: none
	Owners        []string // values of the tag Owner, each of which gets an insight. Optional: none
	Language      string   // of the insights' names: ko or en
}

// Aggregation brings the findings of all regions into the home region, and shows what is open there: by asset type, by
// owner and by code of KISA.
type Aggregation struct {
	pulumi.ResourceState
}

func (a *AggregationArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), a.Existing.fault("Existing"), a.Existing.importable("AggregatorArn", a.AggregatorArn)}
	if slices.Contains(a.Linked, a.Place.Region) {
		errs = append(errs, fmt.Errorf("linked has the home region %s", a.Place.Region))
	}
	if n := len(a.insights()); n > maxInsights {
		errs = append(errs, fmt.Errorf("AssetTypes and Owners make %d insights, and Security Hub takes %d", n, maxInsights))
	}
	if a.Existing == Import && len(a.Linked) == 0 {
		errs = append(errs, errors.New("an aggregator is imported, but Linked is empty"))
	}
	if a.Language == "" {
		errs = append(errs, errors.New("language is required"))
	}
	return argument.Check("aggregation "+name, errs...)
}

// NewAggregation declares the finding aggregator and the insights.
func NewAggregation(ctx *pulumi.Context, name string, args *AggregationArgs, opts ...pulumi.ResourceOption) (*Aggregation, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	a := &Aggregation{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Aggregation", name, a, opts...); err != nil {
		return nil, err
	}
	if len(args.Linked) > 0 && args.Existing != Leave {
		if _, err := securityhub.NewFindingAggregator(ctx, name, &securityhub.FindingAggregatorArgs{
			LinkingMode: pulumi.String("SPECIFIED_REGIONS"), SpecifiedRegions: pulumi.ToStringArray(args.Linked),
		}, args.Existing.options(a, args.AggregatorArn)...); err != nil {
			return nil, fmt.Errorf("aggregation %s: %w", name, err)
		}
	}
	for _, i := range args.insights() {
		filters := openFindings()
		i.narrow(filters)
		if _, err := securityhub.NewInsight(ctx, name+"-"+i.name, &securityhub.InsightArgs{
			Name: pulumi.String(i.title), GroupByAttribute: pulumi.String(i.groupBy), Filters: filters,
		}, pulumi.Parent(a)); err != nil {
			return nil, fmt.Errorf("aggregation %s: insight %s: %w", name, i.name, err)
		}
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{})
}

// insight is a list of open findings that belong together. Security Hub cannot group by a tag or a field of ours, so
// there is one for each value.
type insight struct {
	name, title, groupBy string
	narrow               func(*securityhub.InsightFiltersArgs)
}

func (a *AggregationArgs) insights() []insight {
	var all []insight
	title := compliance.Text{En: "Open findings: ", Ko: "미조치 항목: "}.In(a.Language)
	tagged := func(kind, key string, values []string) {
		for _, value := range values {
			all = append(all, insight{kind + "-" + value, title + key + " " + value, "SeverityLabel", func(f *securityhub.InsightFiltersArgs) {
				f.ResourceTags = securityhub.InsightFiltersResourceTagArray{&securityhub.InsightFiltersResourceTagArgs{
					Comparison: comparisonEquals, Key: pulumi.String(key), Value: pulumi.String(value),
				}}
			}})
		}
	}
	tagged("asset-type", contract.TagAssetType, a.AssetTypes)
	tagged("owner", contract.TagOwner, a.Owners)
	for _, mapping := range compliance.MapOf(compliance.KISACloud2026) {
		if !mapping.Automated() {
			continue
		}
		code := mapping.Code
		all = append(all, insight{"kisa-" + strings.ToLower(code.ID), title + code.String() + " " + code.Title.In(a.Language), "ResourceId", func(f *securityhub.InsightFiltersArgs) {
			f.UserDefinedValues = securityhub.InsightFiltersUserDefinedValueArray{&securityhub.InsightFiltersUserDefinedValueArgs{
				Comparison: comparisonContains, Key: pulumi.String(compliance.FieldKISACloud2026), Value: pulumi.String(code.ID),
			}}
		}})
	}
	return all
}

// openFindings match what is there still and neither resolved, suppressed nor passed.
func openFindings() *securityhub.InsightFiltersArgs {
	var statuses securityhub.InsightFiltersWorkflowStatusArray
	for _, status := range openStatuses {
		statuses = append(statuses, &securityhub.InsightFiltersWorkflowStatusArgs{Comparison: comparisonEquals, Value: pulumi.String(status)})
	}
	return &securityhub.InsightFiltersArgs{
		RecordStates: securityhub.InsightFiltersRecordStateArray{
			&securityhub.InsightFiltersRecordStateArgs{Comparison: comparisonEquals, Value: pulumi.String("ACTIVE")},
		},
		WorkflowStatuses: statuses,
		ComplianceStatuses: securityhub.InsightFiltersComplianceStatusArray{
			&securityhub.InsightFiltersComplianceStatusArgs{Comparison: pulumi.String("NOT_EQUALS"), Value: pulumi.String("PASSED")},
		},
	}
}
