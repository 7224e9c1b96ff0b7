package wire

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestNumbersReadBackTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	values := []float64{0, 1, -1, 0.5, 1e-6, 1e-7, 0.1 + 0.2, 1e9, 1e9 - 1e-6, 1e300, -1e-300, math.MaxFloat64, 999999999.999999}
	for range 100_000 {
		nanoseconds := random.Int64N(int64(1) << random.IntN(50))
		values = append(values, float64(nanoseconds)/1e6, random.NormFloat64()*math.Pow(10, float64(random.IntN(20))))
	}
	for _, want := range values {
		text := string(appendNumber(nil, want))
		got, err := strconv.ParseFloat(text, 64)
		if err != nil || got != want {
			t.Fatalf("%v was written as %s and read as %v (%v)", want, text, got, err)
		}
		if len(text)+1 > maxNumber {
			t.Fatalf("%s is longer than allowed for", text)
		}
	}
}

func TestNumbersAreShort(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 12: "12", 0.25: "0.25", 1.000001: "1.000001", 10.5: "10.5", -3: "-3"} {
		if got := string(appendNumber(nil, value)); got != want {
			t.Errorf("%v: %s", value, got)
		}
	}
}
