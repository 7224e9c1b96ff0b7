package aggregate

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"go.k6.io/k6/v2/metrics"

	"kafka-load-lab/k6/internal/k6test"
	"kafka-load-lab/k6/internal/tagging"
)

var rules = tagging.NewRules([]string{"url"}, nil)

func add(a *Aggregator, containers ...metrics.SampleContainer) *SeriesLimit { return a.Add(containers) }

func totals(a *Aggregator) map[string]Totals {
	found := map[string]Totals{}
	a.Each(func(s *Series, total Totals) { found[fmt.Sprint(s.Metric.Name, s.Tags)] = total })
	return found
}

func TestTotalsByType(t *testing.T) {
	k6 := k6test.New()
	tags := k6.Tags("name", "a")
	a := New(rules, 0)
	add(a, k6test.Samples(k6.Builtin.DataSent, tags, 10, 5), k6test.Samples(k6.Builtin.HTTPReqFailed, tags, 0, 1, 0),
		k6test.Samples(k6.Builtin.VUs, tags, 3, 9, 4), k6test.Samples(k6.Builtin.HTTPReqDuration, tags, 2.5, 0.5, 1))
	want := map[string]Totals{
		"data_sent[{name a}]":         {Count: 2, Sum: 15, Min: 5, Max: 10},
		"http_req_failed[{name a}]":   {Count: 3, Sum: 1, Min: 0, Max: 1},
		"vus[{name a}]":               {Count: 3, Sum: 4, Min: 3, Max: 9},
		"http_req_duration[{name a}]": {Count: 3, Sum: 4, Min: 0.5, Max: 2.5},
	}
	if got := totals(a); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestTakeGivesOnlyWhatIsNew(t *testing.T) {
	k6 := k6test.New()
	tags := k6.Tags("name", "a")
	a := New(rules, 0)
	add(a, k6test.Samples(k6.Builtin.HTTPReqDuration, tags, 1, 2), k6test.Samples(k6.Builtin.HTTPReqs, tags, 1, 1))
	first := a.Take(nil)
	if len(first) != 2 || !reflect.DeepEqual(first[0].Values, []float64{1, 2}) || first[1].Sum != 2 || first[1].Samples != 2 {
		t.Fatalf("first push: %+v", first)
	}
	if again := a.Take(nil); len(again) != 0 {
		t.Fatalf("nothing came, yet: %+v", again)
	}
	first[0].Recycle()
	add(a, k6test.Samples(k6.Builtin.HTTPReqDuration, tags, 3))
	if second := a.Take(nil); len(second) != 1 || !reflect.DeepEqual(second[0].Values, []float64{3}) {
		t.Fatalf("second push: %+v", second)
	}
}

func TestBlockedTagsDoNotMultiplySeries(t *testing.T) {
	k6 := k6test.New()
	a := New(rules, 0)
	for i := range 1000 {
		add(a, k6test.Samples(k6.Builtin.HTTPReqs, k6.Tags("name", "GET /orders/{id}", "url", fmt.Sprint("http://x/", i)), 1))
	}
	if got := totals(a); !reflect.DeepEqual(got, map[string]Totals{
		"http_reqs[{name GET /orders/{id}}]": {Count: 1000, Sum: 1000, Min: 1, Max: 1},
	}) {
		t.Error(got)
	}
}

func TestCacheOfTagSetsIsBounded(t *testing.T) {
	k6 := k6test.New()
	a := New(rules, 0)
	const more = maxCachedTagSets + 10
	for i := range more {
		add(a, k6test.Samples(k6.Builtin.HTTPReqs, k6.Tags("name", "a", "url", fmt.Sprint(i)), 1))
	}
	if len(a.cache) > maxCachedTagSets {
		t.Errorf("%d tag sets cached", len(a.cache))
	}
	if got := totals(a)["http_reqs[{name a}]"].Count; got != more {
		t.Errorf("%d samples counted", got)
	}
}

func TestSeriesLimitNamesTheTagAndKeepsTheCounts(t *testing.T) {
	k6 := k6test.New()
	a := New(rules, 20)
	var found []*SeriesLimit
	for i := range 100 {
		tags := k6.Tags("method", "GET", "name", fmt.Sprint("http://x/orders/", i))
		if exceeded := add(a, k6test.Samples(k6.Builtin.HTTPReqs, tags, 1)); exceeded != nil {
			found = append(found, exceeded)
		}
	}
	if len(found) != 1 {
		t.Fatalf("said %d times", len(found))
	}
	want := SeriesLimit{Limit: 20, Series: 21, Tag: "name", Values: 21, Examples: []string{
		"http://x/orders/16", "http://x/orders/17", "http://x/orders/18", "http://x/orders/19", "http://x/orders/20",
	}}
	if !reflect.DeepEqual(*found[0], want) {
		t.Errorf("got  %+v\nwant %+v", *found[0], want)
	}
	if text := found[0].Error(); !strings.Contains(text, `tag "name" has 21 values, for example http://x/orders/16`) {
		t.Error(text)
	}
	if got := totals(a)["http_reqs[{beyond_series_limit true}]"].Count; got != 79 || a.Count() != 22 {
		t.Errorf("%d samples beyond the limit in %d series", got, a.Count())
	}
}

func TestValuesThatAreNoNumbersAreCounted(t *testing.T) {
	k6 := k6test.New()
	a := New(rules, 0)
	add(a, k6test.Samples(k6.Metric("own", metrics.Trend), k6.Tags(), 1, math.NaN(), math.Inf(1), 2))
	if a.Refused() != 2 || totals(a)["own[]"].Sum != 3 {
		t.Error(a.Refused(), totals(a))
	}
}

func TestConcurrentSamplesAndPushesLoseNothing(t *testing.T) {
	k6 := k6test.New()
	a := New(rules, 0)
	const senders, each = 8, 2000
	var senderGroup, pusher sync.WaitGroup
	done := make(chan struct{})
	var pushed, observed int64
	push := func() {
		for _, interval := range a.Take(nil) {
			pushed += int64(interval.Sum)
			observed += int64(len(interval.Values))
			interval.Recycle()
		}
	}
	pusher.Go(func() {
		for {
			select {
			case <-done:
				push()
				return
			default:
				push()
			}
		}
	})
	for sender := range senders {
		senderGroup.Go(func() {
			tags := k6.Tags("name", fmt.Sprint(sender%3))
			for range each {
				add(a, k6test.Samples(k6.Builtin.HTTPReqs, tags, 1), k6test.Samples(k6.Builtin.HTTPReqDuration, tags, 0.25))
			}
		})
	}
	senderGroup.Wait()
	close(done)
	pusher.Wait()
	var counted int64
	a.Each(func(_ *Series, total Totals) { counted += total.Count })
	if pushed != senders*each || observed != senders*each || counted != 2*senders*each {
		t.Errorf("pushed %d, observed %d, counted %d", pushed, observed, counted)
	}
}

func BenchmarkAdd(b *testing.B) {
	k6 := k6test.New()
	a := New(rules, 0)
	tags := k6.Tags("name", "a", "method", "GET", "status", "200", "scenario", "default", "url", "http://x")
	m := k6.Builtin
	request := metrics.Samples{}
	for _, metric := range []*metrics.Metric{
		m.HTTPReqs, m.HTTPReqDuration, m.HTTPReqBlocked, m.HTTPReqConnecting, m.HTTPReqTLSHandshaking,
		m.HTTPReqSending, m.HTTPReqWaiting, m.HTTPReqReceiving, m.HTTPReqFailed,
	} {
		request = append(request, k6test.Samples(metric, tags, 0.125)...)
	}
	batch := make([]metrics.SampleContainer, 500)
	for i := range batch {
		batch[i] = request
	}
	var taken []Interval
	b.ReportAllocs()
	for b.Loop() {
		a.Add(batch)
		taken = a.Take(taken[:0])
		for _, interval := range taken {
			interval.Recycle()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)*len(request)), "ns/sample")
}
