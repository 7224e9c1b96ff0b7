package ledger

import (
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

var update = flag.Bool("update", false, "write the golden files")

func record(values ...float64) *Histogram {
	h := NewHistogram()
	for _, v := range values {
		h.Record(v)
	}
	return h
}

func encoded(t *testing.T, h *Histogram) string {
	t.Helper()
	text, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestHistogramHoldsThreeDigits(t *testing.T) {
	values := []float64{0, 0.001, 0.0014, 0.5, 1.234567, 59.99, 1500, 3_600_000}
	h, err := hdrhistogram.Decode([]byte(encoded(t, record(values...))))
	if err != nil {
		t.Fatal(err)
	}
	if h.TotalCount() != int64(len(values)) || h.SignificantFigures() != SignificantDigits {
		t.Errorf("%d values, %d digits", h.TotalCount(), h.SignificantFigures())
	}
	for _, v := range values {
		scaled := int64(math.Round(v * HistogramScale))
		if n, err := h.CumulativeDistribution(), h.HighestTrackableValue(); len(n) == 0 || err < scaled {
			t.Errorf("%v does not fit the header's range %d", v, err)
		}
	}
	worst := float64(h.ValueAtPercentile(100)) / HistogramScale
	if math.Abs(worst/3_600_000-1) > 0.001 {
		t.Errorf("greatest value %v", worst)
	}
}

func TestHeaderRangeFitsTheValues(t *testing.T) {
	for _, c := range []struct {
		value   float64
		highest int64
	}{{0, 2047}, {2.047, 2047}, {2.048, 4095}, {1000, 1<<20 - 1}, {maxTracked / HistogramScale, maxTracked}} {
		h, err := hdrhistogram.Decode([]byte(encoded(t, record(c.value))))
		if err != nil || h.HighestTrackableValue() != c.highest || h.TotalCount() != 1 {
			t.Errorf("%v: highest %d, want %d (%v)", c.value, h.HighestTrackableValue(), c.highest, err)
		}
	}
}

func TestValuesThatNoBucketHoldsAreCounted(t *testing.T) {
	h := record(-1, 1, 1e18)
	if h.Outside() != 2 {
		t.Error(h.Outside())
	}
}

// goldenHistogram is read by test/k6/ledger-histogram.test.ts, which decodes it with hdr-histogram-js.
type goldenHistogram struct {
	Name      string  `json:"name"`
	Histogram string  `json:"histogram"`
	Scale     int     `json:"scale"`
	Count     int64   `json:"count"`
	Min       int64   `json:"min"`
	Max       int64   `json:"max"`
	P50       int64   `json:"p50"`
	P95       int64   `json:"p95"`
	P999      int64   `json:"p999"`
	Mean      float64 `json:"mean"`
}

func TestGoldenHistograms(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	spread := make([]float64, 10_000)
	for i := range spread {
		spread[i] = math.Exp(random.NormFloat64()*1.5) * 3
	}
	var all []goldenHistogram
	for _, c := range []struct {
		name   string
		values []float64
	}{
		{"empty", nil}, {"zeros", []float64{0, 0, 0}}, {"one", []float64{12.345}}, {"latencies", spread},
		{"bytes", []float64{512, 1 << 20, 1 << 30, 5e12}},
	} {
		text := encoded(t, record(c.values...))
		h, err := hdrhistogram.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, goldenHistogram{
			c.name, text, HistogramScale, h.TotalCount(), h.Min(), h.Max(),
			h.ValueAtPercentile(50), h.ValueAtPercentile(95), h.ValueAtPercentile(99.9), h.Mean(),
		})
	}
	content, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "testdata/histograms.json", append(content, '\n'))
}

func TestDocument(t *testing.T) {
	document := Document{
		Schema: Schema, K6: "2.2.0", StartedMs: 1000, EndedMs: 2000, PushIntervalMs: 100, TagsEnabled: true,
		Statsd: Statsd{Address: "unix:///run/statsd/statsd.sock", Payloads: 2, Bytes: 300, Samples: 5,
			Lost: Lost{Payloads: 1, Samples: 2, LastError: "connection refused"}, LongestPushMs: 1.5},
		Stopped: &Stopped{Reason: "series-limit", Limit: 2, Series: 3, Tag: "name", Values: 3, Examples: []string{"<a> & b"}},
		Metrics: []Metric{{"http_reqs", "counter", "default"}, {"checks", "rate", "default"}},
		Series: []Series{
			{Metric: "http_reqs", Tags: map[string]string{"name": "b", "method": "GET"}, Count: 2, Sum: 2, Min: 1, Max: 1},
			{Metric: "http_reqs", Tags: map[string]string{"name": "a", "method": "GET"}, Count: 3, Sum: 3, Min: 1, Max: 1},
			{Metric: "checks", Tags: map[string]string{}, Count: 1},
			{Metric: "http_req_duration", Tags: map[string]string{"name": "価格, \"x\""}, Count: 1, Sum: 0.1, Min: 0.1, Max: 0.1,
				Histogram: "HISTF", HistogramScale: HistogramScale, HistogramOutside: 1},
		},
	}
	content, err := document.Encode()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "testdata/ledger.json", content)
	var back Document
	if err := json.Unmarshal(content, &back); err != nil || !reflect.DeepEqual(back, document) {
		t.Errorf("reads back as %+v (%v)", back, err)
	}
}

func TestDocumentWithoutSeriesIsJSON(t *testing.T) {
	document := Document{Metrics: []Metric{}, Series: []Series{}}
	content, err := document.Encode()
	if err != nil || !json.Valid(content) {
		t.Errorf("%s %v", content, err)
	}
}

func TestWriteReplacesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Document{Series: []Series{}}).Write(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	entries, _ := os.ReadDir(filepath.Dir(path))
	if err != nil || info.Mode().Perm() != 0o644 || len(entries) != 1 {
		t.Error(info, err, entries)
	}
	if err := (&Document{}).Write(filepath.Join(path, "no-such-folder", "x")); err == nil {
		t.Error("an impossible path was written")
	}
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != string(got) {
		t.Errorf("%s differs (run with -update to accept):\n%s", path, got)
	}
}
