// Package statsd is k6's output: samples come in, are summed, pushed to a StatsD server at an interval, and accounted
// for in the ledger at the end.
package statsd

import (
	"fmt"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"

	"kafka-load-lab/k6/internal/aggregate"
	"kafka-load-lab/k6/internal/config"
	"kafka-load-lab/k6/internal/progress"
	"kafka-load-lab/k6/internal/tagging"
	"kafka-load-lab/k6/internal/transport"
	"kafka-load-lab/k6/internal/wire"
)

// SeriesLimitExitCode is k6's exit code when the output stopped the run; k6 itself uses 97 to 110.
const SeriesLimitExitCode exitcodes.ExitCode = 120

// Output implements k6's output.Output.
type Output struct {
	config  config.Config
	address transport.Address
	logger  logrus.FieldLogger
	stopRun func(error)

	samples *aggregate.Aggregator
	encoder *wire.Encoder
	writer  *transport.Writer
	flusher *output.PeriodicFlusher

	// of the goroutine that pushes
	intervals    []aggregate.Interval
	tracker      *progress.Tracker
	nextReport   time.Time
	pushes       pushes
	progressFail bool

	started time.Time
}

// pushes measures whether pushing keeps up with its interval.
type pushes struct {
	late    int64
	longest time.Duration
}

var (
	_ output.WithTestRunStop = (*Output)(nil)
	_ output.Output          = (*Output)(nil)
)

// New is the constructor that k6 calls; a bad setting ends k6 with exit code 104.
func New(params output.Params) (output.Output, error) {
	settings, unknown, err := config.Read(params.JSONConfig, params.Environment, params.ConfigArgument)
	if err != nil {
		return nil, badConfig(err)
	}
	address, err := transport.ParseAddress(settings.Address)
	if err != nil {
		return nil, badConfig(err)
	}
	logger := params.Logger.WithField("output", "statsd")
	if len(unknown) > 0 {
		logger.Warnf("not settings of this output: %s", strings.Join(unknown, ", "))
	}
	return &Output{
		config:  settings,
		address: address,
		logger:  logger,
		stopRun: func(error) {},
		samples: aggregate.New(tagging.NewRules(settings.TagBlocklist, settings.ConstTags), settings.MaxSeries),
	}, nil
}

func badConfig(err error) error {
	return errext.WithExitCodeIfNone(err, exitcodes.InvalidConfig)
}

// Description is shown when k6 starts.
func (o *Output) Description() string {
	tags := "off"
	if o.config.EnableTags {
		tags = "on"
	}
	return fmt.Sprintf("output-statsd (%s, tags %s, every %s)", o.address, tags, o.config.PushInterval)
}

// SetTestRunStopCallback is given by k6 before Start.
func (o *Output) SetTestRunStopCallback(stop func(error)) { o.stopRun = stop }

// Start connects and begins to push.
func (o *Output) Start() error {
	writer, err := transport.Open(o.address, o.config.WriteTimeout)
	if err != nil {
		return badConfig(fmt.Errorf("no StatsD server at %s: %w", o.address, err))
	}
	o.writer = writer
	o.encoder = wire.NewEncoder(wire.Options{
		Namespace:  o.config.Namespace,
		EnableTags: o.config.EnableTags,
		MaxBytes:   o.address.MaxPayload(),
		MaxValues:  o.config.BufferSize,
		Blocked:    o.config.MetricBlocklist,
	}, writer.Send)
	o.started = time.Now()
	o.tracker = progress.NewTracker(o.started)
	o.nextReport = o.started
	o.flusher, err = output.NewPeriodicFlusher(o.config.PushInterval, o.push)
	return err
}

// AddMetricSamples sums the samples. It waits for a push no longer than that takes to note what is new.
func (o *Output) AddMetricSamples(containers []metrics.SampleContainer) {
	if exceeded := o.samples.Add(containers); exceeded != nil {
		o.stopRun(errext.WithAbortReasonIfNone(
			errext.WithExitCodeIfNone(exceeded, SeriesLimitExitCode), errext.AbortedByOutput))
	}
}

func (o *Output) push() {
	began := time.Now()
	o.intervals = o.samples.Take(o.intervals[:0])
	for _, interval := range o.intervals {
		for _, value := range interval.Values {
			interval.Series.Histogram.Record(value)
		}
		o.tracker.Observe(interval)
		o.encoder.Add(interval)
		interval.Recycle()
	}
	o.encoder.Flush()
	if o.config.Progress != "" && !began.Before(o.nextReport) {
		o.nextReport = o.nextReport.Add(progress.Period)
		o.report(began)
	}
	took := time.Since(began)
	o.pushes.longest = max(o.pushes.longest, took)
	if took > o.config.PushInterval {
		o.pushes.late++
	}
}

// report writes the progress file; a failure is said once, the run goes on.
func (o *Output) report(now time.Time) {
	lost := o.writer.Stats().LostSamples + o.samples.Refused()
	err := o.tracker.Report(o.samples, now, lost).Write(o.config.Progress)
	if err != nil && !o.progressFail {
		o.progressFail = true
		o.logger.WithError(err).Warn("cannot write the progress file")
	}
}
