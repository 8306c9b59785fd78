package images

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// Lister lists machine images.
type Lister interface {
	DescribeImages(context.Context, *ec2.DescribeImagesInput, ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error)
}

// Handler measures the images of one name.
type Handler struct {
	name    string
	since   time.Time
	images  Lister
	metrics io.Writer
	log     *slog.Logger
	now     func() time.Time
}

// New makes a handler for images whose tag Name is name and whose pipeline was made at since; out takes metrics and logs, a
// JSON object a line.
func New(name string, since time.Time, images Lister, out io.Writer) *Handler {
	return &Handler{name: name, since: since, images: images, metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)), now: time.Now}
}

// Report is what a run found.
type Report struct {
	Images  int    `json:"images"`            // that can be launched
	Newest  string `json:"newest,omitempty"`  // AMI id
	AgeDays int    `json:"ageDays,omitempty"` // of the newest, or of the pipeline that has made none, whole days
}

// Handle does a run. The event does not matter.
func (h *Handler) Handle(ctx context.Context) (Report, error) {
	images, err := h.list(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{Images: len(images)}
	newest := time.Time{}
	if len(images) == 0 {
		newest = h.since
	}
	for _, image := range images {
		made, err := time.Parse(time.RFC3339, aws.ToString(image.CreationDate))
		if err != nil {
			return Report{}, fmt.Errorf("image %s: creation date: %w", aws.ToString(image.ImageId), err)
		}
		if made.After(newest) {
			newest, report.Newest = made, aws.ToString(image.ImageId)
		}
	}
	at := h.now()
	report.AgeDays = int(at.Sub(newest).Hours() / 24)
	for _, count := range []emf.Count{
		{Namespace: contract.MetricNamespace, Name: contract.MetricImages, Value: report.Images},
		{Namespace: contract.MetricNamespace, Name: contract.MetricImageAge, Value: report.AgeDays},
	} {
		if err := emf.Write(h.metrics, at, count); err != nil {
			return Report{}, err
		}
	}
	h.log.Info("golden images", "name", h.name, "images", report.Images, "newest", report.Newest, "ageDays", report.AgeDays)
	return report, nil
}

func (h *Handler) list(ctx context.Context) ([]types.Image, error) {
	var all []types.Image
	pages := ec2.NewDescribeImagesPaginator(h.images, &ec2.DescribeImagesInput{
		Owners: []string{"self"},
		Filters: []types.Filter{
			{Name: aws.String("tag:" + contract.TagName), Values: []string{h.name}},
			{Name: aws.String("tag:" + contract.TagHardened), Values: []string{contract.HardenedGoldenImage}},
			{Name: aws.String("state"), Values: []string{string(types.ImageStateAvailable)}},
		},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list images: %w", err)
		}
		all = append(all, page.Images...)
	}
	return all, nil
}
