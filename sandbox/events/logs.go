package events

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrictypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"assetguard/sandbox/functions"
)

const (
	logBuffer   = 10000
	logInterval = 200 * time.Millisecond
	logTimeout  = 10 * time.Second
)

// logShipper sends log lines of functions to CloudWatch Logs, and the metrics in
// them (embedded metric format) to CloudWatch. A log group that does not exist
// gets nothing, as on AWS where a function's role may not create it.
type logShipper struct {
	aws   *services
	log   *slog.Logger
	lines chan shipped
	done  chan struct{}

	mu      sync.Mutex
	closed  bool
	sent    int
	dropped int
	streams map[streamKey]bool // known to exist
}

type streamKey struct{ region, group, stream string }

type shipped struct {
	to   streamKey
	line functions.Line
}

func newLogShipper(aws *services, log *slog.Logger) *logShipper {
	s := &logShipper{aws: aws, log: log, lines: make(chan shipped, logBuffer), done: make(chan struct{}), streams: map[streamKey]bool{}}
	go s.run()
	return s
}

// Write queues a line; when too many wait, it is dropped and counted.
func (s *logShipper) Write(region, group, stream string, line functions.Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	select {
	case s.lines <- shipped{to: streamKey{region, group, stream}, line: line}:
	default:
		s.dropped++
	}
}

func (s *logShipper) counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]int{"lines": s.sent, "dropped": s.dropped}
}

// close sends what waits and ends the shipper.
func (s *logShipper) close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.lines)
	}
	s.mu.Unlock()
	<-s.done
}

// run collects lines for a moment and sends them by stream.
func (s *logShipper) run() {
	defer close(s.done)
	for first := range s.lines {
		batches := map[streamKey][]functions.Line{first.to: {first.line}}
		timer := time.NewTimer(logInterval)
		for collecting := true; collecting; {
			select {
			case next, ok := <-s.lines:
				if !ok {
					collecting = false
					break
				}
				batches[next.to] = append(batches[next.to], next.line)
			case <-timer.C:
				collecting = false
			}
		}
		timer.Stop()
		ctx, cancel := context.WithTimeout(context.Background(), logTimeout)
		for to, lines := range batches {
			s.ship(ctx, to, lines)
		}
		cancel()
	}
}

// ship sends the lines of one stream.
func (s *logShipper) ship(ctx context.Context, to streamKey, lines []functions.Line) {
	for _, line := range lines {
		s.shipMetrics(ctx, to.region, line)
	}
	err := s.put(ctx, to, lines)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.dropped += len(lines)
		s.log.Debug("log lines not sent", "group", to.group, "error", err)
		return
	}
	s.sent += len(lines)
}

// put writes to a stream that it makes first; one that was there may be gone with its group.
func (s *logShipper) put(ctx context.Context, to streamKey, lines []functions.Line) error {
	logs := s.aws.in(to.region).logs
	events := make([]types.InputLogEvent, len(lines))
	for i, line := range lines {
		events[i] = types.InputLogEvent{Message: aws.String(line.Text), Timestamp: aws.Int64(line.At.UnixMilli())}
	}
	for {
		known := s.streams[to]
		if !known {
			_, err := logs.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String(to.group), LogStreamName: aws.String(to.stream)})
			var exists *types.ResourceAlreadyExistsException
			if err != nil && !errors.As(err, &exists) {
				return err
			}
			s.streams[to] = true
		}
		_, err := logs.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String(to.group), LogStreamName: aws.String(to.stream), LogEvents: events})
		if err == nil || !known {
			return err
		}
		delete(s.streams, to)
	}
}

// embedded is the part of a line in embedded metric format that says what its
// metrics are.
type embedded struct {
	Meta struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
}

// shipMetrics sends the metrics of a line, if it has any.
func (s *logShipper) shipMetrics(ctx context.Context, region string, line functions.Line) {
	for namespace, data := range embeddedMetrics(line) {
		_, err := s.aws.in(region).metrics.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String(namespace), MetricData: data})
		if err != nil {
			s.log.Warn("metrics not sent", "namespace", namespace, "error", err)
		}
	}
}

// embeddedMetrics reads the metrics in a line, by namespace.
func embeddedMetrics(line functions.Line) map[string][]metrictypes.MetricDatum {
	var meta embedded
	if json.Unmarshal([]byte(line.Text), &meta) != nil || len(meta.Meta.CloudWatchMetrics) == 0 {
		return nil
	}
	var values map[string]any
	_ = json.Unmarshal([]byte(line.Text), &values) // it has just been read as an object
	at := line.At
	if meta.Meta.Timestamp > 0 {
		at = time.UnixMilli(meta.Meta.Timestamp)
	}
	data := map[string][]metrictypes.MetricDatum{}
	for _, directive := range meta.Meta.CloudWatchMetrics {
		sets := directive.Dimensions
		if len(sets) == 0 {
			sets = [][]string{nil}
		}
		for _, set := range sets {
			for _, metric := range directive.Metrics {
				datum := metrictypes.MetricDatum{MetricName: aws.String(metric.Name), Timestamp: aws.Time(at), Unit: metrictypes.StandardUnit(metric.Unit), Dimensions: dimensions(set, values)}
				for _, n := range numbers(values[metric.Name]) {
					one := datum
					one.Value = aws.Float64(n)
					data[directive.Namespace] = append(data[directive.Namespace], one)
				}
			}
		}
	}
	return data
}

func dimensions(names []string, values map[string]any) []metrictypes.Dimension {
	var out []metrictypes.Dimension
	for _, name := range names {
		if text, ok := values[name].(string); ok {
			out = append(out, metrictypes.Dimension{Name: aws.String(name), Value: aws.String(text)})
		}
	}
	return out
}

// numbers are the values of a metric: one number or a list.
func numbers(value any) []float64 {
	switch v := value.(type) {
	case float64:
		return []float64{v}
	case []any:
		var all []float64
		for _, item := range v {
			all = append(all, numbers(item)...)
		}
		return all
	}
	return nil
}
