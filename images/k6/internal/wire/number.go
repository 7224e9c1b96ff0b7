package wire

import "strconv"

// appendNumber writes the shortest decimal that reads back as the same value. k6 measures times in whole nanoseconds
// and gives them in milliseconds, so nearly every value has at most six decimals: those are written as integers,
// which is several times as quick as the general way.
func appendNumber(to []byte, value float64) []byte {
	if value >= 0 && value < 1e9 {
		millionths := uint64(value*1e6 + 0.5)
		if float64(millionths)/1e6 == value {
			return appendMillionths(to, millionths)
		}
	}
	return strconv.AppendFloat(to, value, 'g', -1, 64)
}

func appendMillionths(to []byte, n uint64) []byte {
	to = strconv.AppendUint(to, n/1e6, 10)
	fraction := n % 1e6
	if fraction == 0 {
		return to
	}
	digits := [7]byte{'.'}
	end := 1
	for i := 6; i >= 1; i-- {
		digits[i] = byte('0' + fraction%10)
		if digits[i] != '0' && end == 1 {
			end = i + 1
		}
		fraction /= 10
	}
	return append(to, digits[:end]...)
}
