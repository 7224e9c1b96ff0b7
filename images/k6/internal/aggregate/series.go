package aggregate

import (
	"go.k6.io/k6/v2/metrics"

	"kafka-load-lab/k6/internal/ledger"
	"kafka-load-lab/k6/internal/tagging"
)

// Series is one metric with one set of tags: exact totals over the run, and what came since the last push.
type Series struct {
	Metric *metrics.Metric
	Tags   tagging.Tags
	// Histogram is kept for Trends; only the goroutine that pushes touches it.
	Histogram *ledger.Histogram

	total   Totals
	pending Interval
	dirty   bool
	// spare is the slice of values of the push before, used again for the next.
	spare []float64
}

// Totals are exact over the run. Sum is the total for counters, the number of trues for rates, the last value for gauges.
type Totals struct {
	Count         int64
	Sum, Min, Max float64
}

// Interval is what came to a series since the last push.
type Interval struct {
	Series  *Series
	Samples int64
	// Sum has the meaning of Totals.Sum.
	Sum float64
	// Values are a Trend's, in order; empty for other types.
	Values []float64
}

func (s *Series) add(value float64) {
	t, p := &s.total, &s.pending
	if t.Count == 0 || value < t.Min {
		t.Min = value
	}
	if t.Count == 0 || value > t.Max {
		t.Max = value
	}
	t.Count++
	p.Samples++
	switch s.Metric.Type {
	case metrics.Trend:
		t.Sum += value
		p.Values = append(p.Values, value)
	case metrics.Counter:
		t.Sum += value
		p.Sum += value
	case metrics.Rate:
		if value != 0 {
			t.Sum++
			p.Sum++
		}
	case metrics.Gauge:
		t.Sum = value
		p.Sum = value
	}
}

func (s *Series) take() Interval {
	taken := s.pending
	taken.Series = s
	s.pending = Interval{Values: s.spare}
	s.spare = nil
	s.dirty = false
	return taken
}

// Recycle gives an interval's values back for the next one; call it from the goroutine that pushes, when done with them.
func (i Interval) Recycle() {
	if i.Values != nil {
		i.Series.spare = i.Values[:0]
	}
}
