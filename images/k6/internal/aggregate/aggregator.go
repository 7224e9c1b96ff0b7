// Package aggregate sums k6's samples into series. Adding a sample costs a map lookup per request, not per sample,
// and builds no strings; no sample is kept.
package aggregate

import (
	"math"
	"sync"

	"go.k6.io/k6/v2/metrics"

	"kafka-load-lab/k6/internal/ledger"
	"kafka-load-lab/k6/internal/tagging"
)

// A dynamic URL that has a proper `name` makes a new tag set per request, all leading to the same series:
// the cache from tag sets to groups starts anew at this size.
const maxCachedTagSets = 100_000

// OverflowTag marks the series that collect what came after the limit was exceeded.
const OverflowTag = "beyond_series_limit"

// group is all series with the same tags. A request's samples share one tag set, so finding the group once serves them all.
type group struct {
	tags   tagging.Tags
	series []*Series
}

func (g *group) find(metric *metrics.Metric) *Series {
	for _, s := range g.series {
		if s.Metric == metric {
			return s
		}
	}
	return nil
}

// Aggregator is safe for concurrent use.
type Aggregator struct {
	rules tagging.Rules
	limit int

	mu       sync.Mutex
	cache    map[*metrics.TagSet]*group
	groups   map[string]*group
	series   []*Series
	dirty    []*Series
	overflow *group
	exceeded *SeriesLimit
	refused  int64
}

// New makes an empty aggregator; limit 0 means none.
func New(rules tagging.Rules, limit int) *Aggregator {
	return &Aggregator{
		rules:  rules,
		limit:  limit,
		cache:  map[*metrics.TagSet]*group{},
		groups: map[string]*group{},
	}
}

// Add sums the samples. The first call that brings more series than the limit returns what exceeded it, later ones nil.
func (a *Aggregator) Add(containers []metrics.SampleContainer) *SeriesLimit {
	a.mu.Lock()
	defer a.mu.Unlock()
	wasExceeded := a.exceeded != nil
	var lastSet *metrics.TagSet
	var last *group
	for _, container := range containers {
		samples := container.GetSamples()
		for i := range samples {
			sample := &samples[i]
			if math.IsNaN(sample.Value) || math.IsInf(sample.Value, 0) {
				a.refused++
				continue
			}
			if last == nil || sample.Tags != lastSet {
				last, lastSet = a.group(sample.Tags), sample.Tags
			}
			s := last.find(sample.Metric)
			if s == nil {
				s = a.newSeries(last, sample.Metric)
			}
			s.add(sample.Value)
			if !s.dirty {
				s.dirty = true
				a.dirty = append(a.dirty, s)
			}
		}
	}
	if wasExceeded {
		return nil
	}
	return a.exceeded
}

func (a *Aggregator) group(set *metrics.TagSet) *group {
	if g, ok := a.cache[set]; ok {
		return g
	}
	if len(a.cache) >= maxCachedTagSets {
		clear(a.cache)
	}
	tags := a.rules.Apply(set)
	identity := tags.Identity()
	g, ok := a.groups[identity]
	switch {
	case ok:
	case a.exceeded != nil:
		g = a.overflow
	default:
		g = &group{tags: tags}
		a.groups[identity] = g
	}
	a.cache[set] = g
	return g
}

func (a *Aggregator) newSeries(g *group, metric *metrics.Metric) *Series {
	s := &Series{Metric: metric, Tags: g.tags}
	if metric.Type == metrics.Trend {
		s.Histogram = ledger.NewHistogram()
	}
	g.series = append(g.series, s)
	a.series = append(a.series, s)
	if a.limit > 0 && len(a.series) > a.limit && a.exceeded == nil {
		a.exceeded = newSeriesLimit(a.limit, a.series)
		a.overflow = &group{tags: a.rules.Only(OverflowTag, "true")}
	}
	return s
}

// Take appends what came since the last call to into, one interval per series that got samples, and forgets it.
func (a *Aggregator) Take(into []Interval) []Interval {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.dirty {
		into = append(into, s.take())
	}
	a.dirty = a.dirty[:0]
	return into
}

// Refused is the number of samples whose value is not a finite number: neither wire nor ledger can hold them.
func (a *Aggregator) Refused() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused
}

// Exceeded is what exceeded the limit, nil if nothing did.
func (a *Aggregator) Exceeded() *SeriesLimit {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.exceeded
}

// Count is the number of series.
func (a *Aggregator) Count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.series)
}

// Each calls visit with every series and its totals, in the order of birth. visit must be quick: samples wait meanwhile.
func (a *Aggregator) Each(visit func(*Series, Totals)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.series {
		visit(s, s.total)
	}
}
