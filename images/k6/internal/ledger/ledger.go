// Package ledger is the exact account of a run: for every metric and set of tags the count, sum, extremes and, for
// Trends, a mergeable HDR histogram, whatever happened to the samples on the wire.
package ledger

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"kafka-load-lab/k6/internal/files"
)

// Schema is the version of the file's format.
const Schema = 1

// Document is the file's content; times are in milliseconds, of the Unix epoch where they are instants.
type Document struct {
	Schema         int      `json:"schema"`
	K6             string   `json:"k6"`
	StartedMs      int64    `json:"startedMs"`
	EndedMs        int64    `json:"endedMs"`
	PushIntervalMs int64    `json:"pushIntervalMs"`
	TagsEnabled    bool     `json:"tagsEnabled"`
	Statsd         Statsd   `json:"statsd"`
	Stopped        *Stopped `json:"stopped,omitempty"`
	Metrics        []Metric `json:"metrics"`
	Series         []Series `json:"series"`
}

// Statsd is what was sent, and what could not be. Samples and Lost.Samples together are all that k6 made,
// those of blocked metrics apart.
type Statsd struct {
	Address  string `json:"address"`
	Payloads int64  `json:"payloads"`
	Bytes    int64  `json:"bytes"`
	Samples  int64  `json:"samples"`
	Lost     Lost   `json:"lost"`
	// BlockedSamples belong to metrics that K6_STATSD_METRIC_BLOCKLIST keeps off the wire.
	BlockedSamples int64 `json:"blockedSamples,omitempty"`
	// LatePushes took longer than the push interval; LongestPushMs is the longest.
	LatePushes    int64   `json:"latePushes"`
	LongestPushMs float64 `json:"longestPushMs"`
	// LongestWriteMs is the longest time that one packet waited for the receiver.
	LongestWriteMs float64 `json:"longestWriteMs"`
}

// Lost is what could not be sent.
type Lost struct {
	Payloads  int64  `json:"payloads"`
	Samples   int64  `json:"samples"`
	LastError string `json:"lastError,omitempty"`
}

// Stopped says why the output ended the run.
type Stopped struct {
	Reason   string   `json:"reason"`
	Limit    int      `json:"limit"`
	Series   int      `json:"series"`
	Tag      string   `json:"tag"`
	Values   int      `json:"values"`
	Examples []string `json:"examples"`
}

// Metric describes one metric: counter, gauge, rate or trend, of time, data or default.
type Metric struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Contains string `json:"contains"`
}

// Series is one metric with one set of tags.
type Series struct {
	Metric string            `json:"metric"`
	Tags   map[string]string `json:"tags"`
	Count  int64             `json:"count"`
	Sum    float64           `json:"sum"`
	Min    float64           `json:"min"`
	Max    float64           `json:"max"`
	// Histogram and its scale are a Trend's; HistogramOutside counts values that it cannot hold.
	Histogram        string `json:"histogram,omitempty"`
	HistogramScale   int    `json:"histogramScale,omitempty"`
	HistogramOutside int64  `json:"histogramOutside,omitempty"`
}

// Encode sorts the document and renders it, one series per line; equal documents give equal bytes.
func (d *Document) Encode() ([]byte, error) {
	slices.SortFunc(d.Metrics, func(a, b Metric) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Series, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(tagsKey(a.Tags), tagsKey(b.Tags)))
	})
	head := *d
	head.Series = []Series{}
	out, err := render(head)
	if err != nil {
		return nil, err
	}
	out = bytes.TrimSuffix(out, []byte("]}"))
	for i, series := range d.Series {
		line, err := render(series)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), line...)
	}
	return append(out, "\n]}\n"...), nil
}

// Write puts the document at path at once: a reader sees all of it or the one before.
func (d *Document) Write(path string) error {
	content, err := d.Encode()
	if err != nil {
		return err
	}
	return files.Replace(path, content)
}

func render(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

func tagsKey(tags map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		b.WriteString(name + "\x00" + tags[name] + "\x00")
	}
	return b.String()
}
