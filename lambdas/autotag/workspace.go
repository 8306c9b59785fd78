package autotag

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/amp"
	"github.com/aws/aws-sdk-go-v2/service/grafana"
)

// Prometheus is what is asked of Amazon Managed Service for Prometheus.
type Prometheus interface {
	TagResource(context.Context, *amp.TagResourceInput, ...func(*amp.Options)) (*amp.TagResourceOutput, error)
}

// Grafana is what is asked of Amazon Managed Grafana.
type Grafana interface {
	TagResource(context.Context, *grafana.TagResourceInput, ...func(*grafana.Options)) (*grafana.TagResourceOutput, error)
}

// tagPrometheus gives a workspace of Prometheus the tags that it lacks.
func tagPrometheus(ctx context.Context, region Region, a *asset) error {
	_, err := region.Prometheus.TagResource(ctx, &amp.TagResourceInput{ResourceArn: &a.ARN, Tags: a.missing})
	return err
}

// tagGrafana gives a workspace of Grafana the tags that it lacks.
func tagGrafana(ctx context.Context, region Region, a *asset) error {
	_, err := region.Grafana.TagResource(ctx, &grafana.TagResourceInput{ResourceArn: &a.ARN, Tags: a.missing})
	return err
}
