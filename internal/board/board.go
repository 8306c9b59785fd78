// Package board writes the body of a CloudWatch dashboard: graphs of metrics, two in a row.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
package board

import "encoding/json"

// Graph shows metrics over time.
type Graph struct {
	Title   string   `json:"title"`
	Region  string   `json:"region"` // by Body
	View    string   `json:"view"`   // by Body
	Stacked bool     `json:"stacked"`
	Stat    string   `json:"stat"`
	Period  int      `json:"period"` // seconds
	Metrics []Metric `json:"metrics"`
}

// Metric is either a metric by its name and dimensions, or an expression that finds metrics.
type Metric struct {
	Namespace, Name string
	Dimensions      []string // name, value, name, value, ...
	Search          string   // instead of all before
	Options         Options
}

// Options of a metric in a graph.
type Options struct {
	Expression string `json:"expression,omitempty"`
	Label      string `json:"label,omitempty"`
	Region     string `json:"region,omitempty"` // where that is not the graph's
	Stat       string `json:"stat,omitempty"`   // where that is not the graph's
}

// MarshalJSON writes the metric as the list that CloudWatch reads: names and dimensions, then the options.
func (m Metric) MarshalJSON() ([]byte, error) {
	list := []any{}
	if m.Search == "" {
		list = append(list, m.Namespace, m.Name)
		for _, text := range m.Dimensions {
			list = append(list, text)
		}
	}
	options := m.Options
	options.Expression = m.Search
	return json.Marshal(append(list, options))
}

// The grid is 24 wide.
const (
	width  = 12
	height = 6
)

type body struct {
	Widgets []widget `json:"widgets"`
}

type widget struct {
	Type       string `json:"type"`
	X          int    `json:"x"`
	Y          int    `json:"y"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties Graph  `json:"properties"`
}

// Body lays the graphs out. They show metrics of the region, but for those that name another.
func Body(region string, graphs []Graph) (string, error) {
	var b body
	for i, g := range graphs {
		g.Region, g.View = region, "timeSeries"
		b.Widgets = append(b.Widgets, widget{
			Type: "metric", X: i % 2 * width, Y: i / 2 * height, Width: width, Height: height, Properties: g,
		})
	}
	text, err := json.Marshal(b)
	return string(text), err
}
