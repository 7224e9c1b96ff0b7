// Package k6test makes k6's metrics, tag sets and samples for tests.
package k6test

import (
	"time"

	"go.k6.io/k6/v2/metrics"
)

// Bench holds a registry as a test run has it.
type Bench struct {
	Registry *metrics.Registry
	Builtin  *metrics.BuiltinMetrics
}

// New makes an empty registry with k6's own metrics.
func New() Bench {
	registry := metrics.NewRegistry()
	return Bench{registry, metrics.RegisterBuiltinMetrics(registry)}
}

// Tags makes a tag set of name, value, name, value...
func (b Bench) Tags(pairs ...string) *metrics.TagSet {
	set := b.Registry.RootTagSet()
	for i := 0; i+1 < len(pairs); i += 2 {
		set = set.With(pairs[i], pairs[i+1])
	}
	return set
}

// Metric registers a script's own metric.
func (b Bench) Metric(name string, kind metrics.MetricType, contains ...metrics.ValueType) *metrics.Metric {
	return b.Registry.MustNewMetric(name, kind, contains...)
}

// Samples makes one container of samples that share metric and tags.
func Samples(metric *metrics.Metric, tags *metrics.TagSet, values ...float64) metrics.Samples {
	samples := make(metrics.Samples, len(values))
	for i, value := range values {
		samples[i] = metrics.Sample{
			TimeSeries: metrics.TimeSeries{Metric: metric, Tags: tags}, Time: time.Unix(0, 0), Value: value,
		}
	}
	return samples
}
