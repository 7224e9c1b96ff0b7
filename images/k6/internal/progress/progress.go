// Package progress tells a watcher once a second how the run goes, in a small file.
package progress

import (
	"encoding/json"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"go.k6.io/k6/v2/metrics"

	"kafka-load-lab/k6/internal/aggregate"
	"kafka-load-lab/k6/internal/files"
)

const (
	// Period is the time between two writes.
	Period = time.Second
	// windowPeriods is how far p95 looks back.
	windowPeriods = 5
	longestMicros = int64(60 * time.Second / time.Microsecond)
)

// Report is the file's content; counts are since the start.
type Report struct {
	ElapsedMs      int64 `json:"elapsedMs"`
	Iterations     int64 `json:"iterations"`
	Requests       int64 `json:"requests"`
	FailedRequests int64 `json:"failedRequests"`
	ChecksFailed   int64 `json:"checksFailed"`
	Vus            int64 `json:"vus"`
	Dropped        int64 `json:"dropped"`
	// P95Ms is of http_req_duration over the last seconds; null when there were no requests.
	P95Ms       *float64 `json:"p95Ms"`
	Series      int      `json:"series"`
	LostSamples int64    `json:"lostSamples"`
}

// Tracker gathers what a report needs beyond the totals. It belongs to the goroutine that pushes.
type Tracker struct {
	started time.Time
	window  *hdrhistogram.WindowedHistogram
}

// NewTracker starts the clock.
func NewTracker(started time.Time) *Tracker {
	return &Tracker{started, hdrhistogram.NewWindowed(windowPeriods, 1, longestMicros, 3)}
}

// Observe takes in the durations of an interval, if it has any.
func (t *Tracker) Observe(interval aggregate.Interval) {
	if interval.Series.Metric.Name != metrics.HTTPReqDurationName {
		return
	}
	for _, ms := range interval.Values {
		micros := min(longestMicros, int64(math.Max(0, ms*1000)))
		_ = t.window.Current.RecordValue(micros)
	}
}

// Report sums up, and moves the window on by a period.
func (t *Tracker) Report(totals *aggregate.Aggregator, now time.Time, lostSamples int64) Report {
	r := Report{ElapsedMs: now.Sub(t.started).Milliseconds(), LostSamples: lostSamples}
	totals.Each(func(s *aggregate.Series, total aggregate.Totals) {
		r.Series++
		switch s.Metric.Name {
		case metrics.IterationsName:
			r.Iterations += int64(total.Sum)
		case metrics.HTTPReqsName:
			r.Requests += int64(total.Sum)
		case metrics.HTTPReqFailedName:
			r.FailedRequests += int64(total.Sum)
		case metrics.ChecksName:
			r.ChecksFailed += total.Count - int64(total.Sum)
		case metrics.VUsName:
			r.Vus = int64(total.Sum)
		case metrics.DroppedIterationsName:
			r.Dropped += int64(total.Sum)
		}
	})
	if recent := t.window.Merge(); recent.TotalCount() > 0 {
		p95 := float64(recent.ValueAtPercentile(95)) / 1000
		r.P95Ms = &p95
	}
	t.window.Rotate()
	return r
}

// Write replaces the file at path.
func (r Report) Write(path string) error {
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return files.Replace(path, append(content, '\n'))
}
