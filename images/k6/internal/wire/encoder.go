// Package wire writes intervals as DogStatsD lines: a counter's sum, a gauge's last value, a rate's trues and samples,
// checks as one metric with labels, and a Trend's values packed behind one name and one set of tags.
package wire

import (
	"slices"

	"go.k6.io/k6/v2/metrics"

	"kafka-load-lab/k6/internal/aggregate"
	"kafka-load-lab/k6/internal/tagging"
)

// Options say how lines look.
type Options struct {
	Namespace  string
	EnableTags bool
	// MaxBytes bounds a payload; MaxValues bounds the values in it, 0: not.
	MaxBytes, MaxValues int
	// Blocked metrics are not sent.
	Blocked []string
}

// Encoder is used from one goroutine.
type Encoder struct {
	options Options
	packer  packer
	names   map[*aggregate.Series]*names
	line    []byte
	blocked int64
}

// names are the fixed parts of a series' lines.
type names struct {
	blocked bool
	// metric and tags of the lines; tags starts with |# or is empty.
	metric, tags string
	// a rate's second line: the number of samples, or for checks the failed ones, with tags of its own
	second, secondTags string
	// debt is what a counter fell by and could not be sent: StatsD counters only grow.
	debt        float64
	debtSamples int64
}

// NewEncoder hands finished payloads to emit.
func NewEncoder(options Options, emit func(Payload)) *Encoder {
	return &Encoder{
		options: options,
		names:   map[*aggregate.Series]*names{},
		packer:  packer{maxBytes: options.MaxBytes, maxValues: options.MaxValues, emit: emit},
	}
}

// Add writes an interval's lines.
func (e *Encoder) Add(interval aggregate.Interval) {
	n := e.namesOf(interval.Series)
	if n.blocked {
		e.blocked += interval.Samples
		return
	}
	switch interval.Series.Metric.Type {
	case metrics.Counter:
		e.counter(n, interval)
	case metrics.Gauge:
		e.gauge(n, interval)
	case metrics.Rate:
		e.rate(n, interval)
	case metrics.Trend:
		kind := "|h"
		if interval.Series.Metric.Contains == metrics.Time {
			kind = "|ms"
		}
		e.trend(n, kind, interval.Values)
	}
}

// Flush emits what is left.
func (e *Encoder) Flush() { e.packer.flush() }

// BlockedSamples is how many samples belonged to metrics that are kept off the wire.
func (e *Encoder) BlockedSamples() int64 { return e.blocked }

// Unsendable is the number of samples of counters that fell and never rose again.
func (e *Encoder) Unsendable() int64 {
	var samples int64
	for _, n := range e.names {
		samples += n.debtSamples
	}
	return samples
}

func (e *Encoder) counter(n *names, interval aggregate.Interval) {
	sum, samples := interval.Sum+n.debt, interval.Samples+n.debtSamples
	n.debt, n.debtSamples = 0, 0
	if sum < 0 {
		n.debt, n.debtSamples = sum, samples
		return
	}
	e.single(n.metric, sum, "|c", n.tags)
	e.packer.add(e.line, samples, 1)
}

func (e *Encoder) gauge(n *names, interval aggregate.Interval) {
	e.line = e.line[:0]
	if interval.Sum < 0 {
		// A sign means "change by" to StatsD: go to zero first.
		e.appendSingle(n.metric, 0, "|g", n.tags)
		e.line = append(e.line, '\n')
	}
	e.appendSingle(n.metric, interval.Sum, "|g", n.tags)
	e.packer.add(e.line, interval.Samples, 1)
}

// rate writes both lines into one payload, so that they arrive or are lost together.
func (e *Encoder) rate(n *names, interval aggregate.Interval) {
	trues, second := interval.Sum, float64(interval.Samples)
	e.line = e.line[:0]
	if isCheck(interval.Series.Metric) {
		// checks: passed and failed, each only when there were any
		second -= trues
		if trues > 0 {
			e.appendSingle(n.metric, trues, "|c", n.tags)
		}
		if trues > 0 && second > 0 {
			e.line = append(e.line, '\n')
		}
		if second > 0 {
			e.appendSingle(n.second, second, "|c", n.secondTags)
		}
	} else {
		e.appendSingle(n.metric, trues, "|c", n.tags)
		e.line = append(e.line, '\n')
		e.appendSingle(n.second, second, "|c", n.secondTags)
	}
	e.packer.add(e.line, interval.Samples, 2)
}

func (e *Encoder) trend(n *names, kind string, values []float64) {
	tail := len(kind) + len(n.tags)
	count := 0
	end := func() {
		if count > 0 {
			e.line = append(append(e.line, kind...), n.tags...)
			e.packer.add(e.line, int64(count), count)
			count = 0
		}
	}
	for _, v := range values {
		if count > 0 && (len(e.line)+tail+maxNumber > e.packer.room() || e.tooMany(count)) {
			end()
		}
		if count == 0 {
			if len(n.metric)+2*maxNumber+tail > e.packer.room() {
				e.packer.flush()
			}
			e.line = append(e.line[:0], n.metric...)
		}
		e.line = appendNumber(append(e.line, ':'), v)
		count++
	}
	end()
}

// maxNumber is more than any number's length, its colon included.
const maxNumber = 26

func (e *Encoder) tooMany(count int) bool {
	return e.packer.maxValues > 0 && e.packer.values+count >= e.packer.maxValues
}

func (e *Encoder) single(metric string, value float64, kind, tags string) {
	e.line = e.line[:0]
	e.appendSingle(metric, value, kind, tags)
}

func (e *Encoder) appendSingle(metric string, value float64, kind, tags string) {
	e.line = append(append(e.line, metric...), ':')
	e.line = append(appendNumber(e.line, value), kind...)
	e.line = append(e.line, tags...)
}

func isCheck(metric *metrics.Metric) bool { return metric.Name == metrics.ChecksName }

func (e *Encoder) namesOf(s *aggregate.Series) *names {
	if n, ok := e.names[s]; ok {
		return n
	}
	metric := MetricName(e.options.Namespace + s.Metric.Name)
	n := &names{
		blocked: slices.Contains(e.options.Blocked, s.Metric.Name),
		metric:  metric,
		tags:    e.tags(s.Tags),
		second:  metric + "_samples",
	}
	n.secondTags = n.tags
	switch {
	case !isCheck(s.Metric):
	case e.options.EnableTags:
		n.second = metric
		n.tags, n.secondTags = e.tags(withResult(s.Tags, "pass")), e.tags(withResult(s.Tags, "fail"))
	default:
		// Without tags the name must say it, as upstream's output does.
		check := MetricName(e.options.Namespace + "check." + s.Tags.Get("check"))
		n.metric, n.second = check+".pass", check+".fail"
	}
	e.names[s] = n
	return n
}

func withResult(tags tagging.Tags, result string) tagging.Tags {
	with := tagging.Tags{}
	for _, tag := range tags {
		if tag.Key != "result" {
			with = append(with, tag)
		}
	}
	return append(with, tagging.Tag{Key: "result", Value: result})
}

func (e *Encoder) tags(tags tagging.Tags) string {
	if !e.options.EnableTags || len(tags) == 0 {
		return ""
	}
	text := []byte("|#")
	for i, tag := range tags {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, tag.Key...), ':'), EscapeValue(tag.Value)...)
	}
	return string(text)
}
