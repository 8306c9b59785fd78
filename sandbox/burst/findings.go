package burst

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/contract"
	"assetguard/sandbox/client"
)

const (
	perImport = 100 // findings that Security Hub takes in one call
	oneIn     = 20  // findings is imported twice
)

// finding is one of the account's own product about a bucket of a run. Every other one carries the classification tags,
// as findings of Security Hub's own checks do; for the rest the function asks the tagging API.
func (r *run) finding(id string, number int, at time.Time) types.AwsSecurityFinding {
	stamp := aws.String(at.UTC().Format("2006-01-02T15:04:05.000Z"))
	account, region := r.findings.Account, r.AWS.Region
	label := types.SeverityLabelHigh
	if number%50 == 0 {
		label = types.SeverityLabelCritical
	}
	resource := types.Resource{Type: aws.String("AwsS3Bucket"), Id: aws.String("arn:aws:s3:::" + id), Region: &region}
	if number%2 == 0 {
		resource.Tags = map[string]string{contract.TagEnvironment: "PRD", contract.TagAssetType: "Web Server", contract.TagPersonalInformation: "N", contract.TagOwner: "DevOps"}
	}
	return types.AwsSecurityFinding{
		SchemaVersion: aws.String("2018-10-08"), Id: &id, ProductArn: aws.String("arn:aws:securityhub:" + region + ":" + account + ":product/" + account + "/default"),
		GeneratorId: aws.String("assetguard-burst"), AwsAccountId: &account, Types: []string{"Software and Configuration Checks"}, CreatedAt: stamp, UpdatedAt: stamp,
		Severity: &types.Severity{Label: label}, Title: aws.String("A finding of a burst " + id + " to be told"), Description: aws.String("It is imported to see what becomes of it."),
		Resources: []types.Resource{resource}, Compliance: &types.Compliance{Status: types.ComplianceStatusFailed},
	}
}

func (r *run) importAll(ctx context.Context, ids []string, at time.Time) error {
	var batch []types.AwsSecurityFinding
	for i, id := range ids {
		batch = append(batch, r.finding(id, i, at))
	}
	return r.send(ctx, batch)
}

func (r *run) send(ctx context.Context, batch []types.AwsSecurityFinding) error {
	out, err := r.hub.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: batch})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if aws.ToInt32(out.FailedCount) > 0 {
		return fmt.Errorf("import: %d findings were refused: %s", aws.ToInt32(out.FailedCount), aws.ToString(out.FailedFindings[0].ErrorMessage))
	}
	return nil
}

// findingID names one of the findings that come at once.
func (r *run) findingID(number int) string { return fmt.Sprintf("%s-%d", r.id, number) }

// singleID names one of those that come one by one.
func (r *run) singleID(number int) string { return fmt.Sprintf("%s.single-%d", r.id, number) }

// importMany imports all findings as fast as they are taken. The first of each call that come twice are in the next call
// again, a moment later by their time.
func (r *run) importMany(ctx context.Context) error {
	calls := (r.Findings + perImport - 1) / perImport
	return client.Each(ctx, calls, func(i int) error {
		var batch, again []types.AwsSecurityFinding
		at := time.Now()
		for number := i * perImport; number < min((i+1)*perImport, r.Findings); number++ {
			batch = append(batch, r.finding(r.findingID(number), number, at))
			if number%oneIn == 0 {
				again = append(again, r.finding(r.findingID(number), number, at.Add(time.Millisecond)))
			}
		}
		if err := r.send(ctx, batch); err != nil {
			return err
		}
		return r.send(ctx, again)
	})
}

// notified is how many of the findings that came at once people have been told of, by Security Hub's word.
func (r *run) notified(ctx context.Context) (int, error) {
	n := 0
	pages := securityhub.NewGetFindingsPaginator(r.hub, &securityhub.GetFindingsInput{MaxResults: aws.Int32(perImport), Filters: &types.AwsSecurityFindingFilters{
		Id:             []types.StringFilter{{Comparison: types.StringFilterComparisonPrefix, Value: aws.String(r.id + "-")}},
		WorkflowStatus: []types.StringFilter{{Comparison: types.StringFilterComparisonEquals, Value: aws.String(string(types.WorkflowStatusNotified))}},
	}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		n += len(page.Findings)
	}
	return n, nil
}

// archive closes the findings of the run, as their product would.
func (r *run) archive(ctx context.Context) error {
	return client.Each(ctx, (r.Findings+r.Singles+perImport-1)/perImport, func(i int) error {
		var batch []types.AwsSecurityFinding
		for number := i * perImport; number < min((i+1)*perImport, r.Findings+r.Singles); number++ {
			id := r.findingID(number)
			if number >= r.Findings {
				id = r.singleID(number - r.Findings)
			}
			closed := r.finding(id, number, time.Now().Add(time.Minute))
			closed.RecordState = types.RecordStateArchived
			batch = append(batch, closed)
		}
		return r.send(ctx, batch)
	})
}
