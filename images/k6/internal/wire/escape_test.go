package wire

import (
	"net/url"
	"testing"
	"unicode/utf8"
)

var escapes = map[string]string{
	"GET /orders/{id}":        "GET /orders/{id}",
	"http://host:8000/a?b=#c": "http://host:8000/a?b=#c",
	"größe 価格 🚀":              "größe 価格 🚀",
	"a,b|c":                   "a%2Cb%7Cc",
	"two\nlines\r\ttab\x7f":   "two%0Alines%0D%09tab%7F",
	"100% ok, 5%":             "100% ok%2C 5%",
	"a%2Cb":                   "a%252Cb",
	"broken \xff\xfe utf8":    "broken %FF%FE utf8",
	"\ufffd":                  "\ufffd",
	"%":                       "%",
	"%4":                      "%4",
}

func TestEscapeValue(t *testing.T) {
	for value, want := range escapes {
		if got := EscapeValue(value); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

func FuzzEscapedValuesReadBack(f *testing.F) {
	for value := range escapes {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		escaped := EscapeValue(value)
		if !utf8.ValidString(escaped) || EscapeValue(escaped) == value && escaped != value {
			t.Fatalf("%q became %q", value, escaped)
		}
		if decoded := decode(escaped); decoded != value {
			t.Fatalf("%q became %q, which reads back as %q", value, escaped, decoded)
		}
	})
}

// decode undoes %XX where two hex digits follow, and leaves every other % alone.
func decode(text string) string {
	out := ""
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			b, _ := url.PathUnescape(text[i : i+3])
			out += b
			i += 2
			continue
		}
		out += text[i : i+1]
	}
	return out
}

func TestMetricName(t *testing.T) {
	for name, want := range map[string]string{"k6.http_reqs": "k6.http_reqs", "k6.my:metric#1 é": "k6.my_metric_1__"} {
		if got := MetricName(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
