// Package emf writes metrics as CloudWatch embedded metric format: a line of JSON on standard output, which
// CloudWatch Logs turns into metrics without an API call.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package emf

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Count is a number of things that happened.
type Count struct {
	Namespace string
	Name      string
	Value     int
	// Dimensions are the dimension values by name; no value may be empty.
	Dimensions map[string]string
	// Sets are the combinations of dimension names to publish under; none means without dimensions.
	Sets [][]string
}

// Write writes one count as one line.
func Write(w io.Writer, at time.Time, c Count) error {
	sets := c.Sets
	if len(sets) == 0 {
		sets = [][]string{{}}
	}
	line := map[string]any{
		"_aws": map[string]any{
			"Timestamp": at.UnixMilli(),
			"CloudWatchMetrics": []any{map[string]any{
				"Namespace":  c.Namespace,
				"Dimensions": sets,
				"Metrics":    []any{map[string]any{"Name": c.Name, "Unit": "Count"}},
			}},
		},
		c.Name: c.Value,
	}
	for name, value := range c.Dimensions {
		line[name] = value
	}
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("metric %s: %w", c.Name, err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
