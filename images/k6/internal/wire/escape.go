package wire

import (
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789ABCDEF"

// EscapeValue percent-encodes the bytes of a tag's value that would break a line: `,` `|`, control characters, and
// what is not UTF-8. A `%` is encoded only where it would read as such a code, so that url.PathUnescape-like decoding
// gives the value back and "100% ok" stays legible. Colons, spaces, # and non-ASCII letters arrive as they are.
func EscapeValue(value string) string {
	if !needsEscape(value) {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRuneInString(value[i:])
		if breaksLine(value, i, r, size) {
			b.WriteByte('%')
			b.WriteByte(hexDigits[value[i]>>4])
			b.WriteByte(hexDigits[value[i]&15])
			i++
			continue
		}
		b.WriteString(value[i : i+size])
		i += size
	}
	return b.String()
}

func needsEscape(value string) bool {
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRuneInString(value[i:])
		if breaksLine(value, i, r, size) {
			return true
		}
		i += size
	}
	return false
}

func breaksLine(value string, i int, r rune, size int) bool {
	switch {
	case r < 0x20, r == ',', r == '|', r == 0x7f:
		return true
	case r == '%':
		return i+2 < len(value) && isHex(value[i+1]) && isHex(value[i+2])
	default:
		return r == utf8.RuneError && size == 1
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// MetricName makes every other character than [a-zA-Z0-9_.] an underscore.
func MetricName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.':
			return r
		default:
			return '_'
		}
	}, name)
}
