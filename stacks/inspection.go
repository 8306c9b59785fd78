package stacks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assetguard/components/inspection"
	"assetguard/components/tagging"
	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The daily import follows the sweep, whose tags its findings show; a day of accepted risks ends at midnight before.
const (
	importSchedule      = "cron(0 6 * * ? *)"
	suppressionSchedule = "cron(15 0 * * ? *)"
	companyTimezone     = sweepTimezone
)

// passwords are the password policy that the checks of CIS and of the K-ISMS pack ask for.
var passwords = inspection.Passwords{MinimumLength: 14, MaximumDays: 90, Remembered: 24}

// inspected is what the inspection of all regions shares.
type inspected struct {
	settings *config.Settings
	traits   traits
	home     region
	others   []region
	zone     *time.Location
	now      time.Time
	history  *inspection.History // nil where no recorder is made
	hubs     []pulumi.Resource   // of all regions
	packName pulumi.StringOutput // of the home region's pack
	rules    []inspection.SuppressedBy
	off      map[string][]string // controls that are switched off, by region
}

// newInspection declares what looks for vulnerabilities and misconfigurations in the configured regions, which only the
// owner of an account makes. It returns what stands once Security Hub is on.
func newInspection(ctx *pulumi.Context, home region, others []region, settings *config.Settings, t traits) ([]pulumi.Resource, error) {
	zone, err := time.LoadLocation(companyTimezone)
	if err != nil {
		return nil, err
	}
	in := &inspected{settings: settings, traits: t, home: home, zone: zone, now: time.Now(), off: map[string][]string{}}
	for _, there := range others { // that of the global services is covered for tags only
		if slices.Contains(settings.Regions.Others, there.Region) {
			in.others = append(in.others, there)
		}
	}
	if err := in.newHistory(ctx); err != nil {
		return nil, err
	}
	for _, r := range in.regions() {
		if err := in.newRegion(ctx, r); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Region, err)
		}
	}
	if err := in.newAggregation(ctx); err != nil {
		return nil, err
	}
	if err := in.newAccountBaseline(ctx); err != nil {
		return nil, err
	}
	return in.hubs, in.newFunctions(ctx)
}

func (in *inspected) regions() []region { return append([]region{in.home}, in.others...) }

func (in *inspected) existing(r region) config.Existing {
	return in.settings.Inspection.Existing[r.Region]
}

// at are the options of a component in a region: every one is a singleton.
func (in *inspected) at(r region, after ...pulumi.Resource) []pulumi.ResourceOption {
	opts := r.with(in.traits.singleton()...)
	if len(after) > 0 {
		opts = append(opts, pulumi.DependsOn(after))
	}
	return opts
}

// name is that of a component in a region; the home region's carry none.
func (in *inspected) name(base string, r region) string {
	if r.Region == in.home.Region {
		return base
	}
	return base + "-" + r.Region
}

// newHistory declares the bucket and the role of the recorders, unless all recorders are somebody else's.
func (in *inspected) newHistory(ctx *pulumi.Context) error {
	left := func(r region) bool { return in.existing(r).Recorder == config.ExistingLeave }
	if !slices.ContainsFunc(in.regions(), func(r region) bool { return !left(r) }) {
		return nil
	}
	history, err := inspection.NewHistory(ctx, "config", &inspection.HistoryArgs{
		Place: in.home.Place, KeyArn: in.home.key.Arn,
		KeepDays:     in.settings.Inspection.Config.HistoryDays,
		Role:         inspection.Existing(in.existing(in.home).ConfigRole),
		ForceDestroy: in.traits.forceDestroy,
	}, in.at(in.home)...)
	if err != nil {
		return err
	}
	in.history = history
	ctx.Export("configBucket", history.BucketName)
	return nil
}

// newRegion is the table of contents of a region.
func (in *inspected) newRegion(ctx *pulumi.Context, r region) error {
	recorder, err := in.newRecorder(ctx, r)
	if err != nil {
		return err
	}
	pack, err := in.newPack(ctx, r, recorder)
	if err != nil {
		return err
	}
	hub, err := in.newHub(ctx, r, pack, recorder)
	if err != nil {
		return err
	}
	if err := in.newAutomation(ctx, r, hub); err != nil {
		return err
	}
	inspector, err := in.newInspector(ctx, r)
	if err != nil {
		return err
	}
	if err := in.newAnalyzer(ctx, r); err != nil {
		return err
	}
	detector, err := in.newDetector(ctx, r)
	if err != nil {
		return err
	}
	if err := in.newMembers(ctx, r, pack, detector, slices.Concat(hub.Standing, inspector)); err != nil {
		return err
	}
	return in.newRegionBaseline(ctx, r)
}

// recordings are the frequencies in the words of AWS Config.
var recordings = map[string]string{
	config.RecordingContinuous: inspection.RecordingContinuous, config.RecordingDaily: inspection.RecordingDaily,
}

// newRecorder returns what must stand before rules evaluate: the recorder, or nothing where it is somebody else's.
func (in *inspected) newRecorder(ctx *pulumi.Context, r region) ([]pulumi.Resource, error) {
	existing := in.existing(r)
	if existing.Recorder == config.ExistingLeave {
		return nil, nil
	}
	recorder, err := inspection.NewRecorder(ctx, in.name("recorder", r), &inspection.RecorderArgs{
		Place: r.Place, TopicArn: r.operations.Arn,
		RoleArn: in.history.RoleArn, BucketName: in.history.BucketName, BucketKeyArn: in.home.key.Arn,
		Global:    r.Region == in.home.Region,
		Recording: recordings[in.settings.Inspection.Config.Recording],
		Existing:  inspection.Existing(existing.Recorder), RecorderName: existing.RecorderName, ChannelName: existing.ChannelName,
	}, in.at(r)...)
	if err != nil {
		return nil, err
	}
	return []pulumi.Resource{recorder.Started}, nil
}

// newPack declares the conformance pack of a region, and says what it does not evaluate.
func (in *inspected) newPack(ctx *pulumi.Context, r region, after []pulumi.Resource) (compliance.Pack, error) {
	checks := in.settings.Inspection.Checks
	pack, err := compliance.Render(checks.Settings(), compliance.ClassificationTags(in.settings.TagPolicy()), compliance.Target{
		Region: r.Region, Home: r.Region == in.home.Region,
	})
	if err != nil {
		return compliance.Pack{}, fmt.Errorf("conformance pack: %w", err)
	}
	for _, line := range packReport(r.Region, pack) {
		if err := ctx.Log.Info(line, nil); err != nil {
			return compliance.Pack{}, err
		}
	}
	declared, err := inspection.NewPack(ctx, in.name("pack", r), &inspection.PackArgs{
		Place: r.Place, Pack: pack, KeyArn: r.key.Arn, ForceDestroy: in.traits.forceDestroy,
	}, in.at(r, after...)...)
	if err != nil {
		return compliance.Pack{}, err
	}
	if r.Region == in.home.Region {
		in.packName = declared.Name
		ctx.Export("conformancePack", declared.Name)
	}
	return pack, nil
}

// packReport says for the reader of a preview who evaluates how many checks, and which nothing evaluates.
func packReport(region string, pack compliance.Pack) []string {
	elsewhere := 0
	var nowhere []string
	for _, left := range pack.LeftOut {
		if len(left.Controls) > 0 {
			elsewhere++
			continue
		}
		nowhere = append(nowhere, left.Check.ID+" ("+left.Reason+")")
	}
	line := fmt.Sprintf("checks in %s: %d by the conformance pack, %d by Security Hub", region, len(pack.Rules), elsewhere)
	if len(nowhere) > 0 {
		line += fmt.Sprintf(", %d not: %s", len(nowhere), strings.Join(nowhere, ", "))
	}
	lines := []string{line}
	for _, note := range pack.Notes {
		lines = append(lines, "checks in "+region+": "+note)
	}
	return lines
}

func (in *inspected) newHub(ctx *pulumi.Context, r region, pack compliance.Pack, after []pulumi.Resource) (*inspection.Hub, error) {
	hub, err := inspection.NewHub(ctx, in.name("hub", r), &inspection.HubArgs{
		Place:     r.Place,
		Standards: in.settings.Inspection.Checks.Enabled(), SwitchOff: pack.SwitchOff,
		Products: in.settings.Inspection.Products,
		Existing: inspection.Existing(in.existing(r).SecurityHub),
	}, in.at(r, after...)...)
	if err != nil {
		return nil, err
	}
	in.hubs = append(in.hubs, hub.Standing...)
	in.off[r.Region] = []string{}
	for _, off := range pack.SwitchOff {
		in.off[r.Region] = append(in.off[r.Region], off.Control)
	}
	return hub, nil
}

func (in *inspected) newAutomation(ctx *pulumi.Context, r region, hub *inspection.Hub) error {
	automation, err := inspection.NewAutomation(ctx, in.name("automation", r), &inspection.AutomationArgs{
		Place: r.Place, Now: in.now, Accepted: in.accepted(),
		Groups:   compliance.ControlGroups(in.settings.Inspection.Checks.Enabled()),
		Language: in.settings.Language,
	}, in.at(r, hub.Standing...)...)
	if err != nil {
		return err
	}
	in.rules = append(in.rules, automation.Rules...)
	if len(automation.LeftOut) == 0 {
		return nil
	}
	var controls []string
	for _, group := range automation.LeftOut {
		controls = append(controls, group.Controls...)
	}
	return ctx.Log.Warn(fmt.Sprintf("findings in %s get no codes for %s: Security Hub takes %d automation rules; accept fewer risks, or enable fewer standards",
		r.Region, strings.Join(controls, ", "), compliance.MaxAutomationRules), nil)
}

func (in *inspected) accepted() []inspection.Accepted {
	var accepted []inspection.Accepted
	for _, a := range in.settings.Inspection.Accepted {
		accepted = append(accepted, inspection.Accepted{
			ID: a.ID, Reason: a.Reason, LastDay: a.LastDay(in.zone),
			Controls: a.Controls, Checks: a.Checks, Titles: a.Titles,
			Resources: a.Resources, Tags: a.Tags, Accounts: a.Accounts,
		})
	}
	return accepted
}

// newInspector returns the Inspector, or nothing where it is somebody else's or looks at nothing.
func (in *inspected) newInspector(ctx *pulumi.Context, r region) ([]pulumi.Resource, error) {
	scans := in.settings.Inspection.Inspector.Scans()
	if len(scans) == 0 || in.existing(r).Inspector == config.ExistingLeave {
		return nil, nil
	}
	inspector, err := inspection.NewInspector(ctx, in.name("inspector", r), &inspection.InspectorArgs{
		Place: r.Place, Scans: scans,
	}, in.at(r)...)
	if err != nil {
		return nil, err
	}
	return []pulumi.Resource{inspector.Enabled}, nil
}

func (in *inspected) newAnalyzer(ctx *pulumi.Context, r region) error {
	existing := in.existing(r)
	if existing.Analyzer == config.ExistingLeave {
		return nil
	}
	_, err := inspection.NewAnalyzer(ctx, in.name("analyzer", r), &inspection.AnalyzerArgs{
		Place: r.Place, Organization: in.administrator(),
		Existing: inspection.Existing(existing.Analyzer), AnalyzerName: existing.AnalyzerName,
	}, in.at(r)...)
	return err
}

// newDetector returns the region's detector, or nil where GuardDuty is off or somebody else's.
func (in *inspected) newDetector(ctx *pulumi.Context, r region) (*inspection.Detector, error) {
	guardDuty, existing := in.settings.Inspection.GuardDuty, in.existing(r)
	if !guardDuty.Enabled || existing.GuardDuty == config.ExistingLeave {
		return nil, nil
	}
	return inspection.NewDetector(ctx, in.name("detector", r), &inspection.DetectorArgs{
		Place: r.Place, Features: guardDuty.Features,
		Existing: inspection.Existing(existing.GuardDuty), DetectorID: existing.DetectorID,
	}, in.at(r)...)
}

// administrator tells whether the account is the organisation's delegated administrator.
func (in *inspected) administrator() bool {
	return in.settings.Inspection.Organization.Role == config.OrganizationAdministrator
}

// newMembers declares what the organisation's other accounts get in a region.
func (in *inspected) newMembers(ctx *pulumi.Context, r region, pack compliance.Pack, detector *inspection.Detector, after []pulumi.Resource) error {
	if !in.administrator() {
		return nil
	}
	args := &inspection.MembersArgs{Place: r.Place}
	if in.existing(r).Inspector != config.ExistingLeave {
		args.Scans = in.settings.Inspection.Inspector.Scans()
	}
	if detector != nil {
		args.DetectorID = detector.DetectorID
	}
	if _, err := inspection.NewMembers(ctx, in.name("members", r), args, in.at(r, after...)...); err != nil {
		return err
	}
	_, err := inspection.NewOrganizationPack(ctx, in.name("organization-pack", r), &inspection.OrganizationPackArgs{
		Place: r.Place, Pack: pack, KeyArn: r.key.Arn, OrganizationID: in.settings.Inspection.Organization.ID,
		Excluded: []string{in.settings.Account.ID}, ForceDestroy: in.traits.forceDestroy,
	}, in.at(r)...)
	return err
}

func (in *inspected) newRegionBaseline(ctx *pulumi.Context, r region) error {
	baseline := in.settings.Inspection.Baseline
	args := &inspection.RegionBaselineArgs{Place: r.Place, EncryptVolumes: baseline.EBSEncryption, RequireTokens: baseline.MetadataTokens}
	if baseline.CloseDefaultSecurityGroup {
		vpcs, err := ec2.GetVpcs(ctx, &ec2.GetVpcsArgs{
			Filters: []ec2.GetVpcsFilter{{Name: "is-default", Values: []string{"true"}}},
		}, pulumi.Provider(r.provider))
		if err != nil {
			return fmt.Errorf("default VPC: %w", err)
		}
		if len(vpcs.Ids) > 0 { // a region has one at most
			args.CloseDefaultGroup = vpcs.Ids[0]
		}
	}
	if !args.EncryptVolumes && !args.RequireTokens && args.CloseDefaultGroup == "" {
		return nil
	}
	_, err := inspection.NewRegionBaseline(ctx, in.name("region-baseline", r), args, in.at(r)...)
	return err
}

func (in *inspected) newAccountBaseline(ctx *pulumi.Context) error {
	baseline := in.settings.Inspection.Baseline
	if !baseline.S3PublicAccessBlock && !baseline.PasswordPolicy {
		return nil
	}
	args := &inspection.AccountBaselineArgs{Place: in.home.Place, BlockPublicBuckets: baseline.S3PublicAccessBlock}
	if baseline.PasswordPolicy {
		args.Passwords = &passwords
	}
	_, err := inspection.NewAccountBaseline(ctx, "account-baseline", args, in.at(in.home)...)
	return err
}

// newAggregation declares what the home region shows of all regions, and of all accounts.
func (in *inspected) newAggregation(ctx *pulumi.Context) error {
	existing := in.existing(in.home)
	policy := in.settings.TagPolicy()
	var linked []string
	for _, r := range in.others {
		linked = append(linked, r.Region)
	}
	if _, err := inspection.NewAggregation(ctx, "aggregation", &inspection.AggregationArgs{
		Place: in.home.Place, Linked: linked,
		Existing: inspection.Existing(existing.FindingAggregator), AggregatorArn: existing.FindingAggregatorARN,
		AssetTypes: assetTypes(policy), Owners: owners(policy), Language: in.settings.Language,
	}, in.at(in.home, in.hubs...)...); err != nil {
		return err
	}
	if !in.administrator() {
		return nil
	}
	_, err := inspection.NewAggregator(ctx, "organization", &inspection.AggregatorArgs{
		Place: in.home.Place, Regions: append([]string{in.home.Region}, linked...),
	}, in.at(in.home)...)
	return err
}

func assetTypes(policy *tagpolicy.Policy) []string {
	var values []string
	for _, t := range policy.AssetTypes {
		values = append(values, t.Value)
	}
	return append(values, contract.Unclassified)
}

// owners are the values that the policy gives to the tag Owner, the default first.
func owners(policy *tagpolicy.Policy) []string {
	values := []string{policy.Defaults[contract.TagOwner]}
	for _, rule := range policy.Rules {
		if owner := rule.Tags[contract.TagOwner]; owner != "" && !slices.Contains(values, owner) {
			values = append(values, owner)
		}
	}
	return values
}

// newFunctions declares the import of the packs' results, also from the other regions, and the end of accepted risks.
func (in *inspected) newFunctions(ctx *pulumi.Context) error {
	regions := []string{in.home.Region}
	for _, r := range in.others {
		regions = append(regions, r.Region)
		if _, err := tagging.NewForward(ctx, "compliance-"+r.Region, &tagging.ForwardArgs{
			Place: r.Place, Home: in.home.Place, KeyArn: r.key.Arn, TopicArn: r.operations.Arn,
			Patterns: []string{inspection.CompliancePattern(r.Place)}, Description: "Changed results of the conformance pack",
		}, in.at(r)...); err != nil {
			return err
		}
	}
	importer, err := inspection.NewImporter(ctx, contract.FunctionImporter, &inspection.ImporterArgs{
		Place: in.home.Place, KeyArn: in.home.key.Arn, TopicArn: in.home.operations.Arn,
		Zip: in.traits.zip(contract.FunctionImporter), Architecture: in.traits.architecture(),
		LogDays: in.settings.Retention.LogDays, Language: in.settings.Language,
		Regions: regions, PackName: in.packName,
		Schedule: importSchedule, Timezone: companyTimezone,
	}, in.at(in.home, in.hubs...)...)
	if err != nil {
		return err
	}
	suppression, err := inspection.NewSuppression(ctx, contract.FunctionSuppression, &inspection.SuppressionArgs{
		Place: in.home.Place, KeyArn: in.home.key.Arn, TopicArn: in.home.operations.Arn,
		Zip: in.traits.zip(contract.FunctionSuppression), Architecture: in.traits.architecture(),
		LogDays: in.settings.Retention.LogDays, Language: in.settings.Language,
		Rules: in.rules, ControlsOff: in.off, Schedule: suppressionSchedule, Timezone: companyTimezone,
	}, in.at(in.home, in.hubs...)...)
	if err != nil {
		return err
	}
	ctx.Export("importerFunction", importer.FunctionName)
	ctx.Export("importerQueueUrl", importer.QueueURL)
	ctx.Export("suppressionFunction", suppression.FunctionName)
	return nil
}
