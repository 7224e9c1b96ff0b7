package statsd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/statsd_exporter/pkg/line"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"

	"kafka-load-lab/k6/internal/k6test"
	"kafka-load-lab/k6/internal/ledger"
	"kafka-load-lab/k6/internal/progress"
)

// server is a StatsD server that sums what arrives, read with statsd_exporter's parser.
type server struct {
	conn net.PacketConn
	mu   sync.Mutex
	// values and counts by metric name and the label `name`
	values map[string]float64
	counts map[string]int
	done   chan struct{}
}

func listen(t *testing.T, network, address string) *server {
	t.Helper()
	conn, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{conn: conn, values: map[string]float64{}, counts: map[string]int{}, done: make(chan struct{})}
	go s.run()
	t.Cleanup(func() { _ = conn.Close() })
	return s
}

func (s *server) run() {
	defer close(s.done)
	parser := line.NewParser()
	parser.EnableDogstatsdParsing()
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "refused"}, []string{"reason"})
	ignored := prometheus.NewCounter(prometheus.CounterOpts{Name: "ignored"})
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	buffer := make([]byte, 65536)
	for {
		n, _, err := s.conn.ReadFrom(buffer)
		if err != nil || string(buffer[:n]) == "end" {
			return
		}
		s.mu.Lock()
		for _, text := range strings.Split(string(buffer[:n]), "\n") {
			for _, e := range parser.LineToEvents(text, *refused, ignored, ignored, ignored, logger) {
				key := e.MetricName() + " " + e.Labels()["name"]
				s.values[key] += e.Value()
				s.counts[key]++
			}
		}
		s.mu.Unlock()
	}
}

// finish waits until everything that was sent before has been read.
func (s *server) finish(t *testing.T) {
	t.Helper()
	conn, err := net.Dial(s.conn.LocalAddr().Network(), s.conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("end")); err != nil {
		t.Fatal(err)
	}
	<-s.done
}

type run struct {
	output  *Output
	log     *logtest.Hook
	stopped []error
	folder  string
}

func start(t *testing.T, environment map[string]string) *run {
	t.Helper()
	r := &run{folder: t.TempDir()}
	logger, hook := logtest.NewNullLogger()
	r.log = hook
	environment["K6_STATSD_LEDGER"] = filepath.Join(r.folder, "ledger.json")
	environment["K6_STATSD_PROGRESS"] = filepath.Join(r.folder, "progress.json")
	out, err := New(output.Params{Logger: logger, Environment: environment})
	if err != nil {
		t.Fatal(err)
	}
	r.output = out.(*Output)
	r.output.SetTestRunStopCallback(func(err error) { r.stopped = append(r.stopped, err) })
	if err := r.output.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *run) stop(t *testing.T) (ledger.Document, progress.Report) {
	t.Helper()
	if err := r.output.Stop(); err != nil {
		t.Fatal(err)
	}
	var document ledger.Document
	var report progress.Report
	for name, into := range map[string]any{"ledger.json": &document, "progress.json": &report} {
		content, err := os.ReadFile(filepath.Join(r.folder, name))
		if err == nil {
			err = json.Unmarshal(content, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return document, report
}

func (r *run) warnings() []string {
	var texts []string
	for _, entry := range r.log.AllEntries() {
		if entry.Level <= logrus.WarnLevel {
			texts = append(texts, entry.Message)
		}
	}
	return texts
}

func TestEverySampleIsInTheLedgerAndArrives(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s.sock")
	for network, address := range map[string]string{"unixgram": socket, "udp": "127.0.0.1:0"} {
		t.Run(network, func(t *testing.T) {
			server := listen(t, network, address)
			target := server.conn.LocalAddr().String()
			if network == "unixgram" {
				target = "unix://" + target
			}
			r := start(t, map[string]string{
				"K6_STATSD_ADDR": target, "K6_STATSD_ENABLE_TAGS": "true", "K6_STATSD_PUSH_INTERVAL": "2ms",
				"K6_STATSD_CONST_TAGS": "testid:run-1",
			})
			k6 := k6test.New()
			const senders, each = 4, 500
			var group sync.WaitGroup
			for sender := range senders {
				group.Go(func() {
					for i := range each {
						tags := k6.Tags("name", fmt.Sprint("api ", sender%2), "url", fmt.Sprint("http://x/", sender, "/", i))
						r.output.AddMetricSamples([]metrics.SampleContainer{
							k6test.Samples(k6.Builtin.HTTPReqs, tags, 1),
							k6test.Samples(k6.Builtin.HTTPReqDuration, tags, float64(i)),
							k6test.Samples(k6.Builtin.HTTPReqFailed, tags, float64(i%2)),
						})
					}
				})
			}
			group.Wait()
			document, report := r.stop(t)
			server.finish(t)

			if len(document.Series) != 6 || document.Statsd.Samples != 3*senders*each || document.Statsd.Lost != (ledger.Lost{}) {
				t.Fatalf("%d series, %+v", len(document.Series), document.Statsd)
			}
			const count = senders * each / 2
			for _, s := range document.Series {
				if s.Count != count || s.Tags["testid"] != "run-1" || s.Tags["url"] != "" {
					t.Errorf("%s %v: %d samples", s.Metric, s.Tags, s.Count)
				}
				arrived := "k6." + s.Metric + " " + s.Tags["name"]
				switch s.Metric {
				case "http_reqs":
					if s.Sum != count || server.values[arrived] != count {
						t.Errorf("ledger %v, arrived %v", s.Sum, server.values[arrived])
					}
				case "http_req_failed":
					if s.Sum != count/2 || server.values[arrived] != count/2 ||
						server.values["k6.http_req_failed_samples "+s.Tags["name"]] != count {
						t.Errorf("ledger %v, arrived %v", s.Sum, server.values)
					}
				case "http_req_duration":
					histogram, err := hdrhistogram.Decode([]byte(s.Histogram))
					if err != nil || histogram.TotalCount() != count {
						t.Errorf("histogram of %d values (%v)", histogram.TotalCount(), err)
					}
					if s.Sum != each*(each-1) || s.Min != 0 || s.Max != each-1 || server.counts[arrived] != count {
						t.Errorf("ledger %+v, arrived %d", s, server.counts[arrived])
					}
				}
			}
			if report.Requests != senders*each || report.FailedRequests != senders*each/2 || report.Series != 6 {
				t.Errorf("progress %+v", report)
			}
			if len(r.warnings()) > 0 {
				t.Error(r.warnings())
			}
		})
	}
}

func TestStopPushesWhatNoIntervalHasPushedYet(t *testing.T) {
	server := listen(t, "unixgram", filepath.Join(t.TempDir(), "s.sock"))
	r := start(t, map[string]string{
		"K6_STATSD_ADDR": "unix://" + server.conn.LocalAddr().String(), "K6_STATSD_PUSH_INTERVAL": "1h",
	})
	k6 := k6test.New()
	r.output.AddMetricSamples([]metrics.SampleContainer{
		k6test.Samples(k6.Builtin.Iterations, k6.Tags("scenario", "default"), 1, 1, 1),
		k6test.Samples(k6.Builtin.HTTPReqDuration, k6.Tags("name", "a"), 5),
	})
	document, report := r.stop(t)
	server.finish(t)
	if server.values["k6.iterations "] != 3 || document.TagsEnabled || report.Iterations != 3 {
		t.Errorf("arrived %v, %+v", server.values, report)
	}
	// Without K6_STATSD_ENABLE_TAGS the wire has no tags, and the ledger has them all the same.
	if len(document.Series) != 2 || document.Series[1].Tags["scenario"] != "default" {
		t.Errorf("%+v", document.Series)
	}
	if report.P95Ms == nil || *report.P95Ms < 4.99 || *report.P95Ms > 5.01 {
		t.Errorf("p95 %v", report.P95Ms)
	}
}

func TestTooManySeriesStopTheRunWithACodeOfTheirOwn(t *testing.T) {
	server := listen(t, "unixgram", filepath.Join(t.TempDir(), "s.sock"))
	r := start(t, map[string]string{
		"K6_STATSD_ADDR": "unix://" + server.conn.LocalAddr().String(), "K6_STATSD_MAX_SERIES": "10",
	})
	k6 := k6test.New()
	for i := range 50 {
		r.output.AddMetricSamples([]metrics.SampleContainer{
			k6test.Samples(k6.Builtin.HTTPReqs, k6.Tags("name", fmt.Sprint("http://x/", i)), 1),
		})
	}
	document, _ := r.stop(t)
	if len(r.stopped) != 1 {
		t.Fatalf("stopped %d times", len(r.stopped))
	}
	var coded errext.HasExitCode
	if !errors.As(r.stopped[0], &coded) || coded.ExitCode() != SeriesLimitExitCode {
		t.Errorf("%v has not the exit code %d", r.stopped[0], SeriesLimitExitCode)
	}
	if s := document.Stopped; s == nil || s.Reason != "series-limit" || s.Tag != "name" || s.Limit != 10 || len(s.Examples) == 0 {
		t.Errorf("%+v", s)
	}
	var requests float64
	for _, s := range document.Series {
		requests += s.Sum
	}
	if requests != 50 {
		t.Errorf("the ledger has %v of 50 requests", requests)
	}
}

func TestLossIsSaid(t *testing.T) {
	server := listen(t, "udp", "127.0.0.1:0")
	address := server.conn.LocalAddr().String()
	_ = server.conn.Close()
	<-server.done
	r := start(t, map[string]string{"K6_STATSD_ADDR": address})
	k6 := k6test.New()
	r.output.AddMetricSamples([]metrics.SampleContainer{k6test.Samples(k6.Builtin.Iterations, k6.Tags(), 1, 1)})
	document, report := r.stop(t)
	if document.Statsd.Lost.Samples != 2 || document.Statsd.Samples != 0 || report.LostSamples != 2 {
		t.Errorf("%+v, progress %+v", document.Statsd, report)
	}
	if texts := r.warnings(); len(texts) != 1 || !strings.Contains(texts[0], "2 of 2 samples could not be sent to "+address) {
		t.Error(texts)
	}
}

func TestAServerThatHangsHoldsUpNeitherSamplesNorTheEnd(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s.sock")
	conn, err := net.ListenPacket("unixgram", socket) // never read
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := start(t, map[string]string{
		"K6_STATSD_ADDR": "unix://" + socket, "K6_STATSD_PUSH_INTERVAL": "1ms", "K6_STATSD_WRITE_TIMEOUT": "20ms",
	})
	k6 := k6test.New()
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i) + 0.123456
	}
	const batches = 3000
	for range batches {
		r.output.AddMetricSamples([]metrics.SampleContainer{k6test.Samples(k6.Builtin.HTTPReqDuration, k6.Tags(), values...)})
	}
	document, _ := r.stop(t)
	s := document.Statsd
	if s.Lost.Samples == 0 || s.Samples+s.Lost.Samples != batches*1000 || document.Series[0].Count != batches*1000 {
		t.Errorf("%+v, ledger %d", s, document.Series[0].Count)
	}
}

func TestMistakesEndK6AsAConfigurationError(t *testing.T) {
	logger, _ := logtest.NewNullLogger()
	for _, environment := range []map[string]string{
		{"K6_STATSD_ADDR": "nowhere"}, {"K6_STATSD_PUSH_INTERVAL": "x"}, {"K6_STATSD_ADDR": "unix:///no/such/socket"},
	} {
		out, err := New(output.Params{Logger: logger, Environment: environment})
		if err == nil {
			err = out.Start()
		}
		var coded errext.HasExitCode
		if !errors.As(err, &coded) || coded.ExitCode() != exitcodes.InvalidConfig {
			t.Errorf("%v: %v", environment, err)
		}
	}
}

func TestALedgerThatCannotBeWrittenIsAnError(t *testing.T) {
	server := listen(t, "unixgram", filepath.Join(t.TempDir(), "s.sock"))
	r := start(t, map[string]string{"K6_STATSD_ADDR": "unix://" + server.conn.LocalAddr().String()})
	r.output.config.Ledger = filepath.Join(r.folder, "none", "ledger.json")
	if err := r.output.Stop(); err == nil || !strings.Contains(err.Error(), "ledger could not be written") {
		t.Error(err)
	}
}

func TestMistypedVariablesAreWarnedOf(t *testing.T) {
	logger, hook := logtest.NewNullLogger()
	if _, err := New(output.Params{Logger: logger, Environment: map[string]string{"K6_STATSD_TAGS": "1"}}); err != nil {
		t.Fatal(err)
	}
	if len(hook.AllEntries()) != 1 || !strings.Contains(hook.LastEntry().Message, "K6_STATSD_TAGS") {
		t.Error(hook.AllEntries())
	}
}
