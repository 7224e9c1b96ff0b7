package ledger

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// HistogramScale turns a metric's value into a histogram's integer: microseconds for times in milliseconds.
	HistogramScale = 1000
	// SignificantDigits is the histogram's precision.
	SignificantDigits = 3
	// maxTracked is the greatest integer that a JavaScript reader can hold.
	maxTracked = 1<<53 - 1
)

// Histogram counts a Trend's values by size. It is sparse: a series with few values costs little, and one with
// millions costs no more than its distinct buckets.
type Histogram struct {
	packed  *hdrhistogram.PackedHistogram
	outside int64
}

// NewHistogram makes an empty one.
func NewHistogram() *Histogram {
	return &Histogram{packed: hdrhistogram.NewPacked(1, maxTracked, SignificantDigits)}
}

// Record counts a value in the metric's own unit.
func (h *Histogram) Record(value float64) {
	scaled := math.Round(value * HistogramScale)
	if !(scaled >= 0 && scaled <= maxTracked) {
		h.outside++
		return
	}
	if h.packed.RecordValue(int64(scaled)) != nil {
		h.outside++
	}
}

// Outside is the number of values that no bucket holds: negative ones, or beyond 2^53 after scaling.
func (h *Histogram) Outside() int64 { return h.outside }

// Encode gives the V2 compressed form in base64. The range in its header is fitted to the values,
// because readers allocate for the whole range.
func (h *Histogram) Encode() (string, error) {
	highest := int64(2047)
	for highest < h.packed.Max() && highest < maxTracked {
		highest = highest*2 + 1
	}
	fitted := hdrhistogram.NewPacked(1, highest, SignificantDigits)
	fitted.Merge(h.packed)
	encoded, err := fitted.Encode()
	return string(encoded), err
}
