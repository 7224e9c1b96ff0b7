package wire

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/statsd_exporter/pkg/event"
	"github.com/prometheus/statsd_exporter/pkg/line"

	"go.k6.io/k6/v2/metrics"

	"kafka-load-lab/k6/internal/aggregate"
	"kafka-load-lab/k6/internal/k6test"
	"kafka-load-lab/k6/internal/tagging"
)

var update = flag.Bool("update", false, "write the golden files")

var rules = tagging.NewRules([]string{"url"}, map[string]string{"testid": "t1"})

// encode gives the payloads of what the samples sum up to.
func encode(options Options, pushes ...[]metrics.SampleContainer) ([]Payload, *Encoder) {
	var payloads []Payload
	if options.MaxBytes == 0 {
		options.MaxBytes = 8192
	}
	options.Namespace = "k6."
	encoder := NewEncoder(options, func(p Payload) { payloads = append(payloads, p) })
	samples := aggregate.New(rules, 0)
	for _, push := range pushes {
		samples.Add(push)
		for _, interval := range samples.Take(nil) {
			encoder.Add(interval)
		}
		encoder.Flush()
	}
	return payloads, encoder
}

// parse reads payloads as statsd_exporter does, and fails on any line that it would refuse.
func parse(t *testing.T, payloads []Payload) []event.Event {
	t.Helper()
	parser := line.NewParser()
	parser.EnableDogstatsdParsing()
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "refused"}, []string{"reason"})
	tagErrors := &counter{Counter: prometheus.NewCounter(prometheus.CounterOpts{Name: "tag_errors"})}
	ignored := prometheus.NewCounter(prometheus.CounterOpts{Name: "ignored"})
	var events []event.Event
	for _, payload := range payloads {
		for _, text := range strings.Split(string(payload.Data), "\n") {
			found := parser.LineToEvents(text, *refused, ignored, tagErrors, ignored, slog.New(slog.NewTextHandler(io.Discard, nil)))
			if len(found) == 0 || tagErrors.n > 0 {
				t.Fatalf("statsd_exporter refuses the line %q", text)
			}
			events = append(events, found...)
		}
	}
	reasons := make(chan prometheus.Metric, 10)
	refused.Collect(reasons)
	if len(reasons) > 0 {
		t.Fatal("statsd_exporter refused a sample")
	}
	return events
}

type counter struct {
	prometheus.Counter
	n int
}

func (c *counter) Inc() { c.n++ }

func TestLines(t *testing.T) {
	k6 := k6test.New()
	b := k6.Builtin
	tags := k6.Tags("name", "POST /orders", "method", "POST", "status", "201", "url", "http://x/orders", "group", "")
	bytes := k6.Metric("order_bytes", metrics.Trend, metrics.Data)
	fell, rate := k6.Metric("balance", metrics.Counter), k6.Metric("cache_hit", metrics.Rate)
	level := k6.Metric("temperature", metrics.Gauge)
	first := []metrics.SampleContainer{
		k6test.Samples(b.HTTPReqs, tags, 1, 1, 1),
		k6test.Samples(b.HTTPReqDuration, tags, 1.25, 0.5, 12.000001),
		k6test.Samples(b.HTTPReqConnecting, tags, 0, 0.75, 0, 0, 0, 0),
		k6test.Samples(b.HTTPReqFailed, tags, 0, 0, 0),
		k6test.Samples(bytes, tags, 512, 1024),
		k6test.Samples(rate, tags, 1, 0, 1),
		k6test.Samples(b.VUs, k6.Tags(), 5, 7),
		k6test.Samples(level, k6.Tags(), -3.5),
		k6test.Samples(b.Checks, k6.Tags("check", "status is 201"), 1, 1, 0),
		k6test.Samples(b.Checks, k6.Tags("check", "body: {a,b}", "result", "the script's own"), 1),
		k6test.Samples(b.Checks, k6.Tags("check", "never"), 0),
		k6test.Samples(fell, k6.Tags(), 2, -5),
	}
	second := []metrics.SampleContainer{k6test.Samples(fell, k6.Tags(), 10)}

	golden(t, "tags.txt", Options{EnableTags: true}, first, second)
	golden(t, "no-tags.txt", Options{}, first, second)
}

func golden(t *testing.T, name string, options Options, pushes ...[]metrics.SampleContainer) {
	t.Helper()
	payloads, _ := encode(options, pushes...)
	parse(t, payloads)
	var got strings.Builder
	for _, p := range payloads {
		fmt.Fprintf(&got, "# %d samples\n%s\n", p.Samples, p.Data)
	}
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got.String() != string(want) {
		t.Errorf("%s differs (run with -update to accept):\n%s", path, got.String())
	}
}

var hostile = []string{
	"a:b", "a,b", "a#b", "a|b", "|c|#x:y", "#first", ":", "@0.1", "with space", " ", "größe", "価格 🚀", "two\nlines",
	"bad \xff utf8", `quote " back\slash`, "100%", "%2C", "{\"json\":[1,2]}", "http://h:1/p?q=1&r=2#f", strings.Repeat("ü,", 200),
}

func TestHostileTagValuesArrive(t *testing.T) {
	k6 := k6test.New()
	for _, value := range hostile {
		payloads, _ := encode(Options{EnableTags: true}, []metrics.SampleContainer{
			k6test.Samples(k6.Builtin.HTTPReqs, k6.Tags("name", value, "method", "GET"), 1, 1),
			k6test.Samples(k6.Builtin.HTTPReqDuration, k6.Tags("name", value, "method", "GET"), 1, 2, 3),
			k6test.Samples(k6.Builtin.Checks, k6.Tags("check", value), 1, 0),
		})
		events := parse(t, payloads)
		if len(events) != 6 {
			t.Errorf("%q: %d events", value, len(events))
		}
		for _, e := range events {
			label, method := "name", "GET"
			if e.MetricName() == "k6.checks" {
				label, method = "check", ""
			}
			if got := decode(e.Labels()[label]); got != value || e.Labels()["method"] != method || e.Labels()["testid"] != "t1" {
				t.Errorf("%q arrived as %v", value, e.Labels())
			}
		}
	}
}

func TestHostileTagNamesAndCheckNamesWithoutTagsArrive(t *testing.T) {
	k6 := k6test.New()
	for _, name := range hostile {
		payloads, _ := encode(Options{EnableTags: true}, []metrics.SampleContainer{
			k6test.Samples(k6.Builtin.HTTPReqs, k6.Tags(name, "value"), 1),
		})
		events := parse(t, payloads)
		if events[0].Labels()[tagging.LabelName(name)] != "value" {
			t.Errorf("tag %q: %v", name, events[0].Labels())
		}
		payloads, _ = encode(Options{}, []metrics.SampleContainer{k6test.Samples(k6.Builtin.Checks, k6.Tags("check", name), 0)})
		if events := parse(t, payloads); len(events) != 1 || !strings.HasSuffix(events[0].MetricName(), ".fail") {
			t.Errorf("check %q: %v", name, events)
		}
	}
}

func TestEveryValueOfATrendArrivesOnceInPayloadsOfBoundedSize(t *testing.T) {
	k6 := k6test.New()
	random := rand.New(rand.NewPCG(3, 4))
	values := make([]float64, 20_000)
	sum := 0.0
	for i := range values {
		if random.IntN(3) > 0 {
			values[i] = float64(random.Int64N(50_000_000)) / 1e6
		}
		sum += values[i]
	}
	tags := k6.Tags("name", strings.Repeat("long name ", 20))
	for _, limit := range []int{1432, 8192} {
		payloads, _ := encode(Options{EnableTags: true, MaxBytes: limit}, []metrics.SampleContainer{
			k6test.Samples(k6.Builtin.HTTPReqDuration, tags, values...),
			k6test.Samples(k6.Metric(fmt.Sprint("own", limit), metrics.Trend), tags, values...),
		})
		var samples int64
		for _, p := range payloads {
			samples += p.Samples
			if len(p.Data) > limit {
				t.Errorf("a payload of %d bytes, %d allowed", len(p.Data), limit)
			}
		}
		got := map[string]float64{}
		count := map[string]int{}
		for _, e := range parse(t, payloads) {
			got[e.MetricName()] += e.Value()
			count[e.MetricName()]++
		}
		own := fmt.Sprint("k6.own", limit)
		if samples != 40_000 || count["k6.http_req_duration"] != 20_000 || count[own] != 20_000 {
			t.Errorf("%d samples in payloads, %v arrived", samples, count)
		}
		if math.Abs(got["k6.http_req_duration"]*1000/sum-1) > 1e-9 || math.Abs(got[own]/sum-1) > 1e-9 {
			t.Errorf("sums %v, want %v; times arrive in seconds, other values as they are", got, sum)
		}
	}
}

func TestPacketsHoldNoMoreValuesThanAllowed(t *testing.T) {
	k6 := k6test.New()
	values := make([]float64, 95)
	for i := range values {
		values[i] = float64(i + 1)
	}
	payloads, _ := encode(Options{MaxValues: 20}, []metrics.SampleContainer{
		k6test.Samples(k6.Builtin.HTTPReqDuration, k6.Tags(), values...), k6test.Samples(k6.Builtin.HTTPReqs, k6.Tags(), values...),
	})
	if len(payloads) != 5 || len(parse(t, payloads)) != 96 {
		t.Errorf("%d payloads with %d values", len(payloads), len(parse(t, payloads)))
	}
	for _, p := range payloads[:4] {
		if n := strings.Count(string(p.Data), ":"); n != 20 {
			t.Errorf("a packet holds %d values", n)
		}
	}
}

func TestALineLongerThanAPayloadIsSentAlone(t *testing.T) {
	k6 := k6test.New()
	tags := k6.Tags("name", strings.Repeat("x", 3000))
	payloads, _ := encode(Options{EnableTags: true, MaxBytes: 1432}, []metrics.SampleContainer{
		k6test.Samples(k6.Builtin.HTTPReqs, k6.Tags(), 1), k6test.Samples(k6.Builtin.HTTPReqDuration, tags, 1, 2),
		k6test.Samples(k6.Builtin.Iterations, k6.Tags(), 1),
	})
	if events := parse(t, payloads); len(events) != 4 {
		t.Errorf("%d values arrived", len(events))
	}
}

func TestNegativeGaugeIsSetNotSubtracted(t *testing.T) {
	k6 := k6test.New()
	payloads, _ := encode(Options{}, []metrics.SampleContainer{k6test.Samples(k6.Metric("level", metrics.Gauge), k6.Tags(), -4)})
	events := parse(t, payloads)
	zero, down := events[0].(*event.GaugeEvent), events[1].(*event.GaugeEvent)
	if zero.GRelative || zero.GValue != 0 || !down.GRelative || down.GValue != -4 {
		t.Errorf("%+v %+v", zero, down)
	}
}

func TestBlockedMetricsAndFallenCountersAreAccountedFor(t *testing.T) {
	k6 := k6test.New()
	payloads, encoder := encode(Options{Blocked: []string{"http_req_blocked"}}, []metrics.SampleContainer{
		k6test.Samples(k6.Builtin.HTTPReqBlocked, k6.Tags(), 1, 2, 3), k6test.Samples(k6.Metric("fell", metrics.Counter), k6.Tags(), -1, -1),
	})
	if len(payloads) != 0 || encoder.BlockedSamples() != 3 || encoder.Unsendable() != 2 {
		t.Error(payloads, encoder.BlockedSamples(), encoder.Unsendable())
	}
}

func BenchmarkTrend(b *testing.B) {
	k6 := k6test.New()
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i*7919%5_000_000) / 1e6
	}
	samples := aggregate.New(rules, 0)
	samples.Add([]metrics.SampleContainer{k6test.Samples(k6.Builtin.HTTPReqDuration, k6.Tags("name", "a"), values...)})
	interval := samples.Take(nil)[0]
	encoder := NewEncoder(Options{EnableTags: true, MaxBytes: 8192}, func(Payload) {})
	for b.Loop() {
		encoder.Add(interval)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(values)), "ns/value")
}
