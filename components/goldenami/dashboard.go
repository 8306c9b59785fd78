package goldenami

import (
	"encoding/json"
	"fmt"

	"assetguard/internal/contract"
	"assetguard/internal/naming"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The grid of a dashboard is 24 wide. Period in seconds.
const (
	graphWidth  = 8
	graphHeight = 6
	graphPeriod = 300
)

// A dashboard's body.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type board struct {
	Widgets []widget `json:"widgets"`
}

type widget struct {
	Type       string `json:"type"`
	X          int    `json:"x"`
	Y          int    `json:"y"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties any    `json:"properties"`
}

type graph struct {
	Title   string `json:"title"`
	Region  string `json:"region"`
	View    string `json:"view"`
	Stat    string `json:"stat"`
	Period  int    `json:"period"` // seconds
	Metrics []any  `json:"metrics"`
}

type logTable struct {
	Title  string `json:"title"`
	Region string `json:"region"`
	View   string `json:"view"`
	Query  string `json:"query"`
}

// newDashboard declares the dashboard <project>-<stack>-<name> of the instances born from the image.
func (l *Logs) newDashboard(ctx *pulumi.Context, name string, args *LogsArgs) (*cloudwatch.Dashboard, error) {
	body, err := json.Marshal(args.board())
	if err != nil {
		return nil, err
	}
	return cloudwatch.NewDashboard(ctx, name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(naming.Of(ctx, naming.Board, name)), DashboardBody: pulumi.String(body),
	}, pulumi.Parent(l))
}

// board shows the instances' use by instance, what the log metrics count, the image's age, and the last lines of each
// log group.
func (a *LogsArgs) board() board {
	var graphs []graph
	for _, m := range []struct{ title, metric, stat string }{
		{"CPU in use, percent", "cpu_usage_active", "Average"},
		{"Memory in use, percent", "mem_used_percent", "Average"},
		{"Root volume in use, percent", "disk_used_percent", "Maximum"},
		{"Bytes sent", "net_bytes_sent", "Sum"},
		{"Bytes received", "net_bytes_recv", "Sum"},
	} {
		graphs = append(graphs, graph{Title: m.title, Stat: m.stat, Metrics: []any{a.byInstance(m.metric, m.stat)}})
	}
	for _, m := range a.Metrics {
		graphs = append(graphs, graph{Title: m.Name, Stat: "Sum", Metrics: []any{[]any{a.Namespace, m.Name}}})
	}
	graphs = append(graphs, graph{Title: "Age of the newest golden image, days", Stat: "Maximum", Metrics: []any{
		[]any{contract.MetricNamespace, contract.MetricImageAge}, []any{contract.MetricNamespace, contract.MetricImages, map[string]string{"label": "images"}},
	}})
	var b board
	for i, g := range graphs {
		g.Region, g.View, g.Period = a.Place.Region, "timeSeries", graphPeriod
		b.Widgets = append(b.Widgets, widget{Type: "metric", X: i % 3 * graphWidth, Y: i / 3 * graphHeight, Width: graphWidth, Height: graphHeight, Properties: g})
	}
	top := (len(graphs) + 2) / 3 * graphHeight
	for i, group := range a.LogGroups {
		b.Widgets = append(b.Widgets, widget{Type: "log", X: 0, Y: top + i*graphHeight, Width: 3 * graphWidth, Height: graphHeight, Properties: logTable{
			Title: group, Region: a.Place.Region, View: "table",
			Query: fmt.Sprintf("SOURCE '%s' | fields @timestamp, @logStream, @message | sort @timestamp desc | limit 20", group),
		}})
	}
	return b
}

// byInstance are the values of a metric for each instance that reports.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
func (a *LogsArgs) byInstance(metric, stat string) []any {
	search := fmt.Sprintf("SEARCH('{%s,ImageId,InstanceId} MetricName=\"%s\"', '%s', %d)", a.Namespace, metric, stat, graphPeriod)
	return []any{map[string]string{"expression": search}}
}
