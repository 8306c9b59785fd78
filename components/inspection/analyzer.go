package inspection

import (
	"cmp"
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/accessanalyzer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AnalyzerArgs of an Analyzer.
type AnalyzerArgs struct {
	Place place.Place // the region
	// Organization makes the organisation the zone of trust instead of the account: for its delegated administrator.
	// Optional: false.
	Organization bool
	// Existing is what is done about the analyzer: one is made or imported. To leave it alone, make no Analyzer. A
	// second analyzer finds everything twice. Optional: Make.
	Existing Existing
	// AnalyzerName is the name of an analyzer to import. Optional: <project>-<stack>-external.
	AnalyzerName string
}

// Analyzer finds what is shared with others outside the account or organisation. Analyzers of external access are free
// of charge. https://aws.amazon.com/iam/access-analyzer/pricing/
type Analyzer struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"` // of the analyzer
}

func (a *AnalyzerArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), a.Existing.fault("Existing"), a.Existing.importable("AnalyzerName", a.AnalyzerName)}
	if a.Existing == Leave {
		errs = append(errs, errors.New("to leave the analyzer alone, make no Analyzer"))
	}
	return argument.Check("analyzer "+name, errs...)
}

// NewAnalyzer declares the analyzer.
func NewAnalyzer(ctx *pulumi.Context, name string, args *AnalyzerArgs, opts ...pulumi.ResourceOption) (*Analyzer, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	a := &Analyzer{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Analyzer", name, a, opts...); err != nil {
		return nil, err
	}
	zone := "ACCOUNT"
	if args.Organization {
		zone = "ORGANIZATION"
	}
	physical := cmp.Or(args.AnalyzerName, naming.Of(ctx, naming.Analyzer, "external"))
	analyzer, err := accessanalyzer.NewAnalyzer(ctx, name, &accessanalyzer.AnalyzerArgs{
		AnalyzerName: pulumi.String(physical), Type: pulumi.String(zone),
	}, args.Existing.options(a, physical)...)
	if err != nil {
		return nil, fmt.Errorf("analyzer %s: %w", name, err)
	}
	a.Arn = analyzer.Arn
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"arn": a.Arn})
}
