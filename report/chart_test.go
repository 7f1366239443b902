package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The axis covers all values, and has a handful of evenly spaced ticks.
func TestScaleCoversAllValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := math.Pow(10, rapid.Float64Range(-6, 12).Draw(t, "size"))
		values := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 9).Draw(t, "values")
		for i := range values {
			values[i] *= size
		}
		c := chart{Height: 200, X: make([]string, len(values)), Series: []series{newSeries("", "", values)}}
		s := c.scale()
		for _, v := range c.Series[0].Values {
			require.InDelta(t, 100, s.at(v), 100, "%g on an axis from %g to %g", v, s.low, s.high)
			require.GreaterOrEqual(t, s.at(v), marginTop-1e-6)
			require.LessOrEqual(t, s.at(v), 200-marginBottom+1e-6)
		}
		require.GreaterOrEqual(t, len(s.Ticks), 2)
		require.LessOrEqual(t, len(s.Ticks), ticksWanted+3)
		for i := 2; i < len(s.Ticks); i++ {
			require.InDelta(t, s.Ticks[1].At-s.Ticks[0].At, s.Ticks[i].At-s.Ticks[i-1].At, 1e-6)
		}
	})
}

// Areas have no gaps: positive ones pile up from zero to their sum, negative ones down from zero to theirs.
func TestStackAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weeks := rapid.IntRange(1, 5).Draw(t, "weeks")
		var all []series
		up, down := make([]float64, weeks), make([]float64, weeks)
		for k := range rapid.IntRange(1, 5).Draw(t, "series") {
			values := rapid.SliceOfN(rapid.Float64Range(-9, 9), weeks, weeks).Draw(t, "values")
			all = append(all, series{Look: strconv.Itoa(k), Values: values})
			for i, v := range values {
				up[i] += max(v, 0)
				down[i] += min(v, 0)
			}
		}
		for i := range weeks {
			high, low, thick := 0.0, 0.0, 0.0
			for _, area := range slices.Concat(stack(all)...) {
				require.LessOrEqual(t, area.Low[i], area.High[i])
				high, low, thick = max(high, area.High[i]), min(low, area.Low[i]), thick+area.High[i]-area.Low[i]
			}
			require.InDelta(t, up[i], high, 1e-9)
			require.InDelta(t, down[i], low, 1e-9)
			require.InDelta(t, high-low, thick, 1e-9)
		}
	})
}

func TestLabelsOfTheAxisKeepApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, digits := rapid.IntRange(1, 3000).Draw(t, "n"), rapid.IntRange(1, 10).Draw(t, "digits")
		c := chart{Size: rapid.SampledFrom([]size{full, half, small}).Draw(t, "size"), X: make([]string, n)}
		for i := range c.X {
			c.X[i] = strconv.Itoa(int(math.Pow10(digits)) + i)
		}
		ticks := c.xTicks()
		requireApart(t, ticks, c.Size.wide)
		requireApart(t, slices.DeleteFunc(ticks, func(tick xTick) bool { return tick.Wide }), c.Size.narrow)
	})
}

// requireApart checks that labels neither touch nor stick out of a plot of a width.
func requireApart(t *rapid.T, ticks []xTick, width float64) {
	require.NotEmpty(t, ticks)
	last := math.Inf(-1)
	for _, tick := range ticks {
		length := letter * float64(len(tick.Label))
		from := tick.At/100*width - length/2
		if tick.End {
			from = tick.At/100*width + marginRight - length
		}
		require.Greater(t, from, last, "%v", ticks)
		last = from + length
		require.LessOrEqual(t, last, width+marginRight+1e-9, "%v", ticks)
	}
}

// A line that is dashed after a position is drawn once, and its parts meet there.
func TestDashedLineMeetsTheOther(t *testing.T) {
	s := newScale(0, 10, false, 100, 0)
	whole := series{Values: numbers{1, 3, 5, 7}}
	drawn, dashed := lines(whole, s)
	require.Empty(t, dashed)
	whole.Beyond = 2
	near, far := lines(whole, s)
	require.Equal(t, drawn, near+strings.TrimPrefix(far, "M2 "+coordinate(s.at(5))))
	whole.Beyond = 3
	_, far = lines(whole, s)
	require.Empty(t, far, "all was seen")
}
