package panel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Exposure in multiples of its scale has the mean 1 over the open rows of the first weeks if none is outlying, is the table's again in its units, and of
// a row that the table does not have it is the mean of the other regions.
func TestRelativeExposure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		R, T, M := rapid.IntRange(2, 4).Draw(t, "regions"), rapid.IntRange(4, 8).Draw(t, "weeks"), 2
		p := Panel{Channels: []string{"tv", "awareness"}, Kinds: []ChannelKind{Paid, Mediator}}
		for r := range R {
			p.Regions = append(p.Regions, string(rune('a'+r)))
		}
		for week := range T {
			p.Weeks = append(p.Weeks, string(rune('1'+week)))
		}
		for range R * T {
			p.Media = append(p.Media, rapid.Float64Range(1, Outlying).Draw(t, "tv"), rapid.Float64Range(-3, 3).Draw(t, "awareness"))
		}
		gap := rapid.IntRange(0, R*T-1).Draw(t, "missing row")
		p.Missing, p.Closed = make([]bool, R*T), make([]bool, R*T)
		p.Missing[gap] = true
		p.Closed[(gap+1)%(R*T)] = true
		s := p.ExposureScale(T)
		relative, clipped := p.RelativeExposure(s)
		require.Equal(t, []int{0, 0}, clipped, "nothing is below the lowest")
		for r := range R {
			sum, n := 0.0, 0.0
			for week := range T {
				if cell := r*T + week; p.HasRow(cell) && !p.IsClosed(cell) {
					sum, n = sum+relative[cell*M], n+1
				}
			}
			require.InDelta(t, 1, sum/n, 1e-9)
		}
		back := p.Exposure(relative, s)
		for i, x := range p.Media {
			require.GreaterOrEqual(t, relative[i], 0.0)
			if p.HasRow(i / M) {
				require.Equal(t, x, back[i])
				if s.Mean[i/(T*M)*M+i%M] > 0 {
					require.InDelta(t, x, s.Units(i/(T*M), i%M, M, relative[i]), 1e-9)
				}
			}
		}
		others := 0.0
		for r := range R {
			if cell := r*T + gap%T; cell != gap {
				others += relative[cell*M] / float64(R-1)
			}
		}
		require.InDelta(t, others, relative[gap*M], 1e-9)
	})
}

// One week of 50 times the exposure changes the scale by less than a tenth. A channel that is on in few weeks keeps its mean, and one
// with recurring bursts too.
func TestOutlyingExposureDoesNotSetTheScale(t *testing.T) {
	const T = 104
	scale := func(exposure func(week int) float64) (robust, mean float64) {
		p := Panel{Regions: []string{"a"}, Channels: []string{"tv"}}
		for week := range T {
			p.Weeks, p.Media = append(p.Weeks, string(rune('a'+week))), append(p.Media, exposure(week))
			mean += exposure(week) / T
		}
		return p.ExposureScale(T).Mean[0], mean
	}
	steady := func(week int) float64 { return 2 + math.Sin(float64(week)) }
	usual, mean := scale(steady)
	require.InDelta(t, mean, usual, 1e-12)
	spiked, _ := scale(func(week int) float64 {
		if week == 30 {
			return 50 * mean
		}
		return steady(week)
	})
	require.InEpsilon(t, usual, spiked, 0.1)
	for name, exposure := range map[string]func(week int) float64{
		"five weeks on": func(week int) float64 { return max(0, float64(week-98)) },
		"recurring bursts": func(week int) float64 {
			if week%13 == 0 {
				return 40
			}
			return 1
		},
		"one week on": func(week int) float64 { return max(0, float64(week-102)) },
	} {
		robust, mean := scale(exposure)
		require.InDelta(t, mean, robust, 1e-12, name)
	}
}

// A later value below the lowest of the first weeks counts as the lowest, and is counted.
func TestLowerValuesOfAMediatorCountAsTheLowest(t *testing.T) {
	p := Panel{
		Regions: []string{"a"}, Weeks: []string{"1", "2", "3"}, Channels: []string{"survey"}, Kinds: []ChannelKind{Mediator},
		Media: []float64{-2, 4, -5},
	}
	s := p.ExposureScale(2)
	require.Equal(t, ExposureScale{Mean: []float64{3}, From: []float64{-2}}, s)
	relative, clipped := p.RelativeExposure(s)
	require.Equal(t, []float64{0, 2, 0}, relative)
	require.Equal(t, []int{1}, clipped)
}

// What could not be sold has no part in means, and is NaN in what was sold.
func TestClosedCellsHaveNoPartInMeans(t *testing.T) {
	p := Panel{
		Regions: []string{"a"}, Weeks: []string{"1", "2", "3"}, Channels: []string{"tv"}, Target: []float64{4, 0, 6},
		Closed: []bool{false, true, false},
	}
	means, err := p.TargetMeans(Span{0, 3})
	require.NoError(t, err)
	require.Equal(t, []float64{5}, means)
	require.True(t, math.IsNaN(p.Sold()[1]))
	require.Equal(t, 6.0, p.Sold()[2])
	p.Closed = nil
	require.Equal(t, p.Target, p.Sold())
}
