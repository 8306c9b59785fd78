package images

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"
)

// account lists its images, two a page.
type account struct {
	images []types.Image
	asked  *ec2.DescribeImagesInput
	err    error
}

func (a *account) DescribeImages(_ context.Context, in *ec2.DescribeImagesInput, _ ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error) {
	a.asked = in
	if a.err != nil {
		return nil, a.err
	}
	from := 0
	if in.NextToken != nil {
		from = 2
	}
	out := &ec2.DescribeImagesOutput{Images: a.images[from:min(from+2, len(a.images))]}
	if from+2 < len(a.images) {
		out.NextToken = aws.String("2")
	}
	return out, nil
}

func made(id, at string) types.Image {
	return types.Image{ImageId: aws.String(id), CreationDate: aws.String(at)}
}

func TestAgeOfTheNewestImage(t *testing.T) {
	for name, c := range map[string]struct {
		images  []types.Image
		want    Report
		metrics map[string]float64
	}{
		"no image since the pipeline was made": {nil, Report{AgeDays: 51}, map[string]float64{"GoldenImages": 0, "GoldenImageAgeDays": 51}},
		"newest is on the second page": {
			[]types.Image{made("ami-1", "2026-10-01T17:00:00.000Z"), made("ami-2", "2026-09-01T17:00:00.000Z"), made("ami-3", "2026-11-01T17:00:00.000Z")},
			Report{Images: 3, Newest: "ami-3", AgeDays: 20}, map[string]float64{"GoldenImages": 3, "GoldenImageAgeDays": 20},
		},
		"made today": {
			[]types.Image{made("ami-1", "2026-11-22T00:00:00.000Z")},
			Report{Images: 1, Newest: "ami-1"}, map[string]float64{"GoldenImages": 1, "GoldenImageAgeDays": 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			a := &account{images: c.images}
			h := New("assetguard-prod-golden-ami", time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC), a, &out)
			h.now = func() time.Time { return time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC) }
			got, err := h.Handle(t.Context())
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.metrics, published(t, &out))
			require.Equal(t, []string{"self"}, a.asked.Owners, "nobody else's image of the same name counts")
			require.Equal(t, []string{"assetguard-prod-golden-ami"}, a.asked.Filters[0].Values)
		})
	}
}

func TestFailuresAreTriedAgain(t *testing.T) {
	var out bytes.Buffer
	_, err := New("a", time.Time{}, &account{err: errors.New("throttled")}, &out).Handle(t.Context())
	require.ErrorContains(t, err, "list images: throttled")
	_, err = New("a", time.Time{}, &account{images: []types.Image{made("ami-1", "yesterday")}}, &out).Handle(t.Context())
	require.ErrorContains(t, err, "image ami-1: creation date")
	require.Empty(t, published(t, &out), "nothing is measured that is not known")
}

// published are the metrics among the lines.
func published(t *testing.T, out *bytes.Buffer) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for line := range bytes.Lines(out.Bytes()) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal(line, &fields))
		for name, value := range fields {
			if number, ok := value.(float64); ok && fields["_aws"] != nil {
				found[name] = number
			}
		}
	}
	return found
}
