package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

var nan = math.NaN()

// significant is the number of digits that the page's data keep: more than a picture shows, fewer than the files.
const significant = 6

// rounded is x to the digits that the page's data keep.
func rounded(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nan
	}
	return toDigits(x, significant)
}

// numbers are values of the page's data, null for NaN.
type numbers []float64

// MarshalJSON writes the significant digits of each number.
func (n numbers) MarshalJSON() ([]byte, error) {
	if n == nil {
		return []byte("null"), nil
	}
	text := []byte{'['}
	for i, x := range n {
		if i > 0 {
			text = append(text, ',')
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			text = append(text, "null"...)
			continue
		}
		text = strconv.AppendFloat(text, x, 'g', significant, 64)
	}
	return append(text, ']'), nil
}

// quantity writes a number in the target's units for people: thousands separated, and no meaningless digits.
func quantity(x float64) string {
	size := math.Abs(x)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "–"
	case size == 0:
		return "0"
	case size >= 100:
		return signed(grouped(strconv.FormatFloat(x, 'f', 0, 64)))
	case size >= 10:
		return signed(strconv.FormatFloat(x, 'f', 1, 64))
	case size >= 1:
		return signed(strconv.FormatFloat(x, 'f', 2, 64))
	case size >= 1e-4:
		return signed(strconv.FormatFloat(x, 'g', 3, 64))
	}
	return scientific(x)
}

// scientific writes a number with a power of ten.
func scientific(x float64) string {
	text := strconv.FormatFloat(toDigits(x, 3), 'e', -1, 64)
	return strings.NewReplacer("e-0", "e−", "e+0", "e+", "-", "−").Replace(text)
}

// toDigits rounds x to significant digits.
func toDigits(x float64, digits int) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64) // its own text has no error
	return y
}

// percent writes a share.
func percent(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	return signed(strconv.FormatFloat(100*x, 'f', 1, 64)) + narrow + "%"
}

// narrow is a narrow no-break space.
const narrow = "\u202f"

// fixed writes a number with the given number of decimals.
func fixed(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	return signed(strconv.FormatFloat(x, 'f', decimals, 64))
}

// signed replaces a hyphen by a minus sign, and drops it before zero.
func signed(text string) string {
	rest, negative := strings.CutPrefix(text, "-")
	if !negative || strings.Trim(rest, "0.,") == "" {
		return rest
	}
	return "−" + rest
}

// grouped separates the thousands of a whole number by commas.
func grouped(text string) string {
	first := 0
	if strings.HasPrefix(text, "-") {
		first = 1
	}
	for i := len(text) - 3; i > first; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// compact writes a label of an axis.
func compact(x float64) string {
	size := math.Abs(x)
	short := func(by float64, unit string) string {
		return signed(strconv.FormatFloat(x/by, 'g', 4, 64)) + unit
	}
	switch {
	case size == 0:
		return "0"
	case size >= 1e16 || size < 1e-4:
		return scientific(x)
	case size >= 1e9:
		return short(1e9, "bn")
	case size >= 1e6:
		return short(1e6, "m")
	case size >= 1e3:
		return short(1e3, "k")
	}
	return short(1, "")
}

// tenths rounds shares, which add up to 1, to tenths of a per cent that add up to exactly 100.0: each is rounded down,
// and those with the largest remainders are raised until the sum is right (Hamilton's method).
func tenths(shares []float64) []float64 {
	left := 1000
	down := make([]int, len(shares))
	order := make([]int, len(shares))
	for i, s := range shares {
		down[i] = int(math.Floor(1000 * s))
		left -= down[i]
		order[i] = i
	}
	remainder := func(i int) float64 { return 1000*shares[i] - float64(down[i]) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder(b), remainder(a)) })
	for i := 0; left > 0 && len(order) > 0; i++ {
		down[order[i%len(order)]]++
		left--
	}
	out := make([]float64, len(shares))
	for i, d := range down {
		out[i] = float64(d) / 1000
	}
	return out
}

// raw writes a number for the script to sort by, and nothing for NaN.
func raw(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
