package neural

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
)

func one(y []float64) *panel.Panel {
	return &panel.Panel{Regions: labels("r", 1), Weeks: labels("", len(y)), Target: y}
}

func TestSeasonFillsTheUnitInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		train, _ := split(t, p)
		s := decompose(p, train)
		for region := range slices.Chunk(s.Values, s.Weeks) {
			low, high := floats.Min(region), floats.Max(region)
			if low == high {
				require.Equal(t, 0.5, low)
				continue
			}
			require.Equal(t, [2]float64{0, 1}, [2]float64{low, high})
		}
	})
}

// A line or a constant has no season, despite rounding.
func TestLinesHaveNoSeason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level, slope := rapid.Float64Range(-1e6, 1e6).Draw(t, "level"), rapid.Float64Range(-1e4, 1e4).Draw(t, "slope")
		y := make([]float64, rapid.IntRange(1, 130).Draw(t, "weeks"))
		for i := range y {
			y[i] = level + slope*float64(i)
		}
		for _, v := range decompose(one(y), panel.Span{To: len(y)}).Values {
			require.Equal(t, 0.5, v)
		}
	})
}

// A signal with the period, on any line, is recovered exactly up to its range.
func TestPeriodicSignalIsRecovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weeks := rapid.IntRange(4, 130).Draw(t, "weeks")
		period := min(52, weeks/2)
		wave := rapid.SliceOfN(rapid.Float64Range(-10, 10), period, period).Draw(t, "wave")
		wave[0], wave[1] = -11, 11
		slope := rapid.Float64Range(-3, 3).Draw(t, "slope")
		y := make([]float64, weeks)
		for i := range y {
			y[i] = 50 + slope*float64(i) + wave[i%period]
		}
		for i, got := range decompose(one(y), panel.Span{To: weeks}).Values {
			require.InDelta(t, (wave[i%period]+11)/22, got, 1e-9)
		}
	})
}

func TestSeasonByHand(t *testing.T) {
	y := []float64{1, 3, 2, 7, 0}
	// Period 2: the trend of weeks 1 to 3 is (0.5·1 + 3 + 0.5·2)/2 = 2.25, then 3.5, then 4.
	even, odd := 2-3.5, ((3-2.25)+(7-4))/2.0
	mean := (even + odd) / 2
	even, odd = even-mean, odd-mean
	require.InDeltaSlice(t, []float64{even, odd, even, odd, even}, seasonal(y, 2), 1e-12)
	// Period 3: the trend of weeks 1 to 3 is 2, 4 and 3; the phases' means are 4, 1 and −2, which average 1.
	require.InDeltaSlice(t, []float64{3, 0, -3, 3, 0}, seasonal(y, 3), 1e-12)
}

func TestSeasonWindowIsTheTail(t *testing.T) {
	s := &season{Regions: 2, Weeks: 3, Values: []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}}
	require.Equal(t, []float64{0.2, 0.3, 0.5, 0.6}, s.window(2))
	require.Equal(t, s.Values, s.window(3))
	require.Equal(t, []float64{0.1, 0.1, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.5, 0.6}, s.window(5))
	require.Empty(t, s.window(0))
}

// A panel of months is taken for weeks, which the training says once.
func TestOtherRowsThanWeeksAreTakenForThemWithAWord(t *testing.T) {
	for resolution, want := range map[panel.Resolution]int{{}: 0, {Period: panel.Number, Step: 1}: 0, {Period: panel.Month, Step: 1}: 1, {Period: panel.Day, Step: 1}: 1} {
		p := *sample(t)
		p.Resolution = resolution
		said := 0
		task := taskOf(t, quickConfig(dag.NOTEARS), &p)
		task.Observer.Logf = func(format string, _ ...any) {
			if strings.Contains(format, "for weeks") {
				said++
			}
		}
		training, err := newTraining(task)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = training.Run(ctx)
		require.Equal(t, want, said, resolution)
	}
}
