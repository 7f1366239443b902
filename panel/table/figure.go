package table

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mark is what the separators in a number say about the file's decimal mark.
type mark int

const (
	silent      mark = iota // nothing: 1234, 1 234, 1e3
	point                   // it is a point: 1.5, 1,234.5, 1,234,567
	comma                   // it is a comma: 1,5, 1.234,5, 1.234.567
	eitherPoint             // 1.234 is 1.234 if it is a point, and 1234 if it is a comma
	eitherComma             // 1,234 is the other way round
)

// figure is a cell of the shape of a number, taken apart.
type figure struct {
	negative bool
	percent  bool
	currency string // "" without
	digits   string // with separators and exponent
	mark     mark
}

// Currencies are a sign or three letters, before or after the amount.
var (
	currencyBefore = regexp.MustCompile(`^(\p{Lu}{0,3}\p{Sc}|\p{Lu}{3}[\s\x{a0}\x{202f}])[\s\x{a0}\x{202f}]*`)
	currencyAfter  = regexp.MustCompile(`[\s\x{a0}\x{202f}]*(\p{Sc}|[\s\x{a0}\x{202f}]\p{Lu}{3})$`)
)

// takeApart returns the parts of a trimmed cell, unless it has not the shape of a number.
func takeApart(text string) (f figure, ok bool) {
	if len(text) > 100 || !strings.ContainsAny(text, "0123456789") {
		return f, false
	}
	if inside, cut := strings.CutPrefix(text, "("); cut { // accountants' negative numbers
		if inside, cut = strings.CutSuffix(inside, ")"); !cut {
			return f, false
		}
		f.negative, text = true, inside
	}
	f.digits = f.sign(text)
	if f.mark, ok = markOf(f.digits); ok {
		return f, true
	}
	if c := currencyBefore.FindString(f.digits); c != "" {
		f.currency, f.digits = trim(c), f.digits[len(c):]
		f.digits = f.sign(f.digits)
	}
	if c := currencyAfter.FindString(f.digits); c != "" && f.currency == "" {
		f.currency, f.digits = trim(c), strings.TrimSuffix(f.digits, c)
	}
	if share, cut := strings.CutSuffix(f.digits, "%"); cut {
		f.percent, f.digits = true, trim(share)
	}
	f.mark, ok = markOf(f.digits)
	return f, ok
}

// sign takes the sign off a number, if it has none yet.
func (f *figure) sign(text string) string {
	if f.negative {
		return text
	}
	for _, minus := range []string{"-", "−"} {
		if rest, cut := strings.CutPrefix(text, minus); cut {
			f.negative = true
			return trim(rest)
		}
	}
	return strings.TrimPrefix(text, "+")
}

func trim(text string) string { return strings.Trim(text, " \t\u00a0\u202f") }

// markOf says what the separators mean.
func markOf(digits string) (mark, bool) {
	asPoint, asComma := isNumber(digits, '.'), isNumber(digits, ',')
	switch {
	case asPoint && !asComma:
		return point, true
	case asComma && !asPoint:
		return comma, true
	case !asPoint:
		return silent, false
	case strings.Contains(digits, "."):
		return eitherPoint, true
	case strings.Contains(digits, ","):
		return eitherComma, true
	}
	return silent, true
}

// isNumber reports whether digits are a number with the given decimal mark: an integer, maybe with separators between
// thousands, maybe a fraction, and maybe an exponent.
func isNumber(digits string, decimal byte) bool {
	if e := strings.IndexAny(digits, "eE"); e >= 0 {
		exponent := digits[e+1:]
		if exponent != "" && (exponent[0] == '-' || exponent[0] == '+') {
			exponent = exponent[1:]
		}
		whole, fraction, _ := strings.Cut(digits[:e], string(decimal))
		return exponent != "" && areDigits(exponent) && areDigits(whole) && areDigits(fraction) && whole+fraction != ""
	}
	whole, fraction, _ := strings.Cut(digits, string(decimal))
	if !areDigits(fraction) {
		return false
	}
	if areDigits(whole) {
		return whole != "" || fraction != ""
	}
	return isGrouped(whole, decimal)
}

func areDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// isGrouped reports whether an integer is in groups of three, all separated by the same sign.
func isGrouped(whole string, decimal byte) bool {
	first := 0
	for first < len(whole) && whole[first] >= '0' && whole[first] <= '9' {
		first++
	}
	if first == 0 || first > 3 || whole[0] == '0' {
		return false
	}
	between, size := utf8.DecodeRuneInString(whole[first:])
	if between == rune(decimal) || !strings.ContainsRune(".,'’ \u00a0\u2009\u202f", between) {
		return false
	}
	for rest := whole[first:]; rest != ""; rest = rest[size+3:] {
		if len(rest) < size+3 || !strings.HasPrefix(rest, string(between)) || !areDigits(rest[size:size+3]) {
			return false
		}
	}
	return true
}

// value is the number under a decimal mark that its own mark does not contradict. A number too large is infinite.
func (f figure) value(decimal byte) float64 {
	text := make([]byte, 0, 100)
	if f.negative {
		text = append(text, '-')
	}
	for i := range len(f.digits) {
		switch b := f.digits[i]; {
		case b == decimal:
			text = append(text, '.')
		case b >= '0' && b <= '9', b == 'e', b == 'E', b == '+', b == '-':
			text = append(text, b)
		}
	}
	if f.percent {
		return percentage(text)
	}
	x, _ := strconv.ParseFloat(string(text), 64) // it has the shape: only the range can be wrong
	return positiveZero(x)
}

// percentage moves the decimal point instead of dividing, which would round: 0.07 is 7 %.
func percentage(text []byte) float64 {
	whole := string(text)
	exponent := 0
	if e := strings.IndexAny(whole, "eE"); e >= 0 {
		exponent, _ = strconv.Atoi(whole[e+1:])
		whole = whole[:e]
	}
	x, err := strconv.ParseFloat(whole+"e"+strconv.Itoa(exponent-2), 64)
	if err != nil && !math.IsInf(x, 0) {
		return math.NaN()
	}
	return positiveZero(x)
}

// positiveZero returns 0 for −0.
func positiveZero(x float64) float64 {
	if x == 0 {
		return 0
	}
	return x
}
