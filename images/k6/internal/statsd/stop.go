package statsd

import (
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"time"

	"kafka-load-lab/k6/internal/aggregate"
	"kafka-load-lab/k6/internal/ledger"
	"kafka-load-lab/k6/internal/transport"
)

// slowWrite is when waiting for the StatsD server is worth a warning.
const slowWrite = time.Second

// Stop pushes what is left, waits for it to be sent (bounded), says what was lost, and writes the ledger. k6 calls it
// however the run ends: normally, by a threshold, an exception, a signal.
func (o *Output) Stop() error {
	o.flusher.Stop()
	sent := o.writer.Close()
	ended := time.Now()
	account := o.account(sent)
	o.warn(account)
	if o.config.Progress != "" {
		o.report(ended)
	}
	if o.config.Ledger == "" {
		return nil
	}
	document, err := o.document(account, ended)
	if err == nil {
		err = document.Write(o.config.Ledger)
	}
	if err != nil {
		return fmt.Errorf("the run ledger could not be written: %w", err)
	}
	return nil
}

func (o *Output) account(sent transport.Stats) ledger.Statsd {
	account := ledger.Statsd{
		Address:        o.address.String(),
		Payloads:       sent.Payloads,
		Bytes:          sent.Bytes,
		Samples:        sent.Samples,
		Lost:           ledger.Lost{Payloads: sent.LostPayloads, Samples: sent.LostSamples},
		BlockedSamples: o.encoder.BlockedSamples(),
		LatePushes:     o.pushes.late,
		LongestPushMs:  milliseconds(o.pushes.longest),
		LongestWriteMs: milliseconds(sent.LongestWrite),
	}
	if account.Lost.Samples > 0 {
		account.Lost.LastError = sent.LastError
	}
	if falling := o.encoder.Unsendable(); falling > 0 {
		account.Lost.Samples += falling
		account.Lost.LastError = "a counter fell: StatsD counters only grow"
	}
	if refused := o.samples.Refused(); refused > 0 {
		account.Lost.Samples += refused
		account.Lost.LastError = "a value is not a finite number (neither sent nor in the ledger)"
	}
	return account
}

func (o *Output) warn(account ledger.Statsd) {
	if account.Lost.Samples > 0 {
		o.logger.Warnf("%d of %d samples could not be sent to %s: %s", account.Lost.Samples,
			account.Lost.Samples+account.Samples, account.Address, account.Lost.LastError)
	}
	if o.pushes.longest > slowWrite {
		o.logger.Warnf("%d pushes took longer than their interval of %s, the longest %.0f ms",
			account.LatePushes, o.config.PushInterval, account.LongestPushMs)
	}
	if account.LongestWriteMs > milliseconds(slowWrite) {
		o.logger.Warnf("a packet waited %.0f ms for %s", account.LongestWriteMs, account.Address)
	}
}

func (o *Output) document(account ledger.Statsd, ended time.Time) (*ledger.Document, error) {
	d := &ledger.Document{
		Schema:         ledger.Schema,
		K6:             k6Version(),
		StartedMs:      o.started.UnixMilli(),
		EndedMs:        ended.UnixMilli(),
		PushIntervalMs: o.config.PushInterval.Milliseconds(),
		TagsEnabled:    o.config.EnableTags,
		Statsd:         account,
		Metrics:        []ledger.Metric{},
		Series:         []ledger.Series{},
	}
	if limit := o.samples.Exceeded(); limit != nil {
		d.Stopped = &ledger.Stopped{
			Reason: "series-limit", Limit: limit.Limit, Series: o.samples.Count(),
			Tag: limit.Tag, Values: limit.Values, Examples: limit.Examples,
		}
	}
	var failed error
	seen := map[string]bool{}
	o.samples.Each(func(s *aggregate.Series, total aggregate.Totals) {
		if !seen[s.Metric.Name] {
			seen[s.Metric.Name] = true
			d.Metrics = append(d.Metrics, ledger.Metric{
				Name: s.Metric.Name, Type: s.Metric.Type.String(), Contains: s.Metric.Contains.String(),
			})
		}
		entry := ledger.Series{
			Metric: s.Metric.Name, Tags: map[string]string{},
			Count: total.Count, Sum: total.Sum, Min: total.Min, Max: total.Max,
		}
		for _, tag := range s.Tags {
			entry.Tags[tag.Key] = tag.Value
		}
		if s.Histogram != nil {
			encoded, err := s.Histogram.Encode()
			if err != nil {
				failed = err
			}
			entry.Histogram, entry.HistogramScale = encoded, ledger.HistogramScale
			entry.HistogramOutside = s.Histogram.Outside()
		}
		d.Series = append(d.Series, entry)
	})
	return d, failed
}

// k6Version is the version of k6 that was built in, without the v.
func k6Version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if strings.HasPrefix(module.Path, "go.k6.io/k6") {
				return strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return "unknown"
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*1000) / 1000
}
