package learn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
)

// exposures draws regions of the same weeks, some of it 0.
func exposures(rng *rand.Rand, regions, weeks, channels int) []mat.Matrix {
	series := make([]mat.Matrix, regions)
	for r := range series {
		x := noise(rng, weeks, channels)
		x.Apply(func(_, _ int, v float64) float64 { return max(0, math.Exp(v)-0.3) }, x)
		series[r] = x
	}
	return series
}

func signals(t require.TestingT, series []mat.Matrix, keepWeeks bool) []mat.Matrix {
	z, err := learn.Signals(series, learn.SignalOptions{KeepWeeks: keepWeeks})
	require.NoError(t, err)
	require.Len(t, z, len(series))
	return z
}

func TestSignalsHaveNoUnitsAndNoMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions, weeks := rapid.IntRange(1, 4).Draw(t, "regions"), rapid.IntRange(1, 12).Draw(t, "weeks")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		series := exposures(rng, regions, weeks, 3)
		keep := rapid.Bool().Draw(t, "keep weeks")
		z := signals(t, series, keep)
		scaled := make([]mat.Matrix, regions)
		for r, x := range series {
			factors := []float64{math.Exp(3 * rng.NormFloat64()), math.Exp(3 * rng.NormFloat64()), 1}
			y := mat.DenseCopyOf(x)
			y.Apply(func(_, j int, v float64) float64 { return v * factors[j] }, x)
			scaled[r] = y
		}
		for r, other := range signals(t, scaled, keep) {
			require.True(t, mat.EqualApprox(z[r], other, 1e-12), "a factor per region and channel")
			for j := range 3 {
				column := mat.Col(nil, j, z[r])
				require.InDelta(t, 0, mat.Sum(mat.NewVecDense(weeks, column)), 1e-12, "region's mean")
			}
		}
		if regions > 1 && !keep {
			for i := range weeks {
				for j := range 3 {
					sum := 0.0
					for _, x := range z {
						sum += x.At(i, j)
					}
					require.InDelta(t, 0, sum, 1e-12, "week's mean")
				}
			}
		}
	})
}

// With exposure eᶻ − 1 of mean 1 the signal is z without its means: what all regions share is removed, and nothing else unless
// hardly anything else is there.
func TestSignalsForgetCommonShocksOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions, weeks := rapid.IntRange(2, 4).Draw(t, "regions"), rapid.IntRange(2, 12).Draw(t, "weeks")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		own, shock := mat.NewDense(weeks, regions, nil), make([]float64, weeks)
		own.Apply(func(_, _ int, _ float64) float64 { return 0.15 * (2*rng.Float64() - 1) }, own)
		for i := range shock {
			shock[i] = 0.15 * (2*rng.Float64() - 1)
		}
		series := make([]mat.Matrix, regions)
		for r := range regions {
			mean := 0.0
			for i := range weeks {
				mean += math.Exp(own.At(i, r)+shock[i]) / float64(weeks)
			}
			x := mat.NewDense(weeks, 1, nil)
			for i := range weeks {
				x.Set(i, 0, math.Exp(own.At(i, r)+shock[i])*2/mean-1)
			}
			series[r] = x
		}
		mean := func(row, col int) float64 { // of own, by row, by column or of all where negative
			sum, n := 0.0, 0.0
			for i := range weeks {
				for r := range regions {
					if (row < 0 || row == i) && (col < 0 || col == r) {
						sum, n = sum+own.At(i, r), n+1
					}
				}
			}
			return sum / n
		}
		meanShock := mat.Sum(mat.NewVecDense(weeks, shock)) / float64(weeks)
		kept := signals(t, series, true)
		alike, err := learn.Alike(series)
		require.NoError(t, err)
		for r, z := range signals(t, series, false) {
			for i := range weeks {
				if alike[0] {
					require.Zero(t, z.At(i, 0))
					continue
				}
				require.InDelta(t, own.At(i, r)-mean(i, -1)-mean(-1, r)+mean(-1, -1), z.At(i, 0), 1e-12)
				require.InDelta(t, own.At(i, r)-mean(-1, r)+shock[i]-meanShock, kept[r].At(i, 0), 1e-12)
			}
		}
	})
}

// A national plan, split by the regions' population and rounded, leaves rounding as the only difference between regions. Nothing
// is learned from it, in any unit; the plans of regions that differ by a fifth are.
func TestChannelsWhoseRegionsDoNotDifferHaveNoSignal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		unit := rapid.SampledFrom([]float64{1, 3, 7, 0.1, 1e-9, 1e9}).Draw(t, "unit")
		rounded := rapid.Bool().Draw(t, "rounded")
		const regions, weeks = 6, 60
		series := make([]mat.Matrix, regions)
		plan := noise(rng, weeks, 2)
		for r := range series {
			x, population := mat.NewDense(weeks, 2, nil), 20+200*rng.Float64()
			for i := range weeks {
				split := population * math.Exp(plan.At(i, 0))
				if rounded {
					split = math.Round(split)
				}
				x.Set(i, 0, unit*split)
				x.Set(i, 1, unit*population*math.Exp(plan.At(i, 1)+0.4*rng.NormFloat64()))
			}
			series[r] = x
		}
		alike, err := learn.Alike(series)
		require.NoError(t, err)
		require.Equal(t, []bool{true, false}, alike)
		for _, z := range signals(t, series, false) {
			require.Equal(t, make([]float64, weeks), mat.Col(nil, 0, z))
		}
		for _, z := range signals(t, series, true) {
			require.NotEqual(t, make([]float64, weeks), mat.Col(nil, 0, z), "the week's means stay")
		}
	})
}

// Regions with different numbers of weeks cannot be aligned.
func TestSignalsOfUnequalWeeksKeepThem(t *testing.T) {
	rng := seeded(1)
	series := append(exposures(rng, 2, 8, 2), exposures(rng, 1, 7, 2)...)
	before := mat.DenseCopyOf(series[0])
	require.Equal(t, signals(t, series, true), signals(t, series, false))
	require.True(t, mat.Equal(before, series[0]), "the exposures stay")
	one := series[:1]
	require.Equal(t, signals(t, one, true), signals(t, one, false), "one region is its own week's mean")
	require.NotZero(t, mat.Norm(signals(t, one, false)[0], 1))
}

func TestSignalsOfNoExposureAreZero(t *testing.T) {
	x := mat.NewDense(4, 2, []float64{0, 1, 0, 2, 0, 3, 0, 0})
	z := signals(t, []mat.Matrix{x}, false)[0]
	require.Equal(t, []float64{0, 0, 0, 0}, mat.Col(nil, 0, z))
	require.NotZero(t, z.At(3, 1))
}

func TestNegativeExposureIsNamed(t *testing.T) {
	series := exposures(seeded(1), 3, 5, 4)
	series[2].(*mat.Dense).Set(3, 1, -0.5)
	_, err := learn.Signals(series, learn.SignalOptions{})
	var where *learn.ExposureError
	require.ErrorAs(t, err, &where)
	require.Equal(t, learn.ExposureError{Series: 2, Row: 3, Column: 1, Value: -0.5}, *where)
	require.EqualError(t, err, "learn: region 3, week 4, channel 2 is -0.5, but an exposure is a number and never negative")
}

// What is left of a signal is what gonum's least squares leaves of it on the controls' departures and their past.
func TestSignalsAreFreedOfControls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions, weeks := rapid.IntRange(2, 4).Draw(t, "regions"), rapid.IntRange(10, 20).Draw(t, "weeks")
		lags, controls := rapid.IntRange(0, 2).Draw(t, "lags"), rapid.IntRange(1, 2).Draw(t, "controls")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		series := exposures(rng, regions, weeks, 2)
		given, within := make([]mat.Matrix, regions), make([]*mat.Dense, regions)
		national := noise(rng, weeks, controls)
		for r := range given {
			own := noise(rng, weeks, controls)
			given[r], within[r] = own, mat.DenseCopyOf(own)
			own.Add(own, national) // goes with the weeks' means
		}
		demean(within)
		rows := regions * weeks
		design, target := mat.NewDense(rows, controls*(1+lags), nil), mat.NewDense(rows, 2, nil)
		for r, z := range signals(t, series, false) {
			for i := range weeks {
				for j := range 2 {
					target.Set(r*weeks+i, j, z.At(i, j))
				}
				for k := 0; k <= min(lags, i); k++ {
					for c := range controls {
						design.Set(r*weeks+i, k*controls+c, within[r].At(i-k, c))
					}
				}
			}
		}
		for c := range controls * (1 + lags) { // an intercept
			column := mat.Col(nil, c, design)
			for i, mean := 0, mat.Sum(mat.NewVecDense(rows, column))/float64(rows); i < rows; i++ {
				design.Set(i, c, column[i]-mean)
			}
		}
		var weights, explained mat.Dense
		require.NoError(t, weights.Solve(design, target))
		explained.Mul(design, &weights)
		z, err := learn.Signals(series, learn.SignalOptions{Controls: given, Lags: lags})
		require.NoError(t, err)
		shift := 0.0
		for r := range z {
			for i := range weeks {
				shift += (z[r].At(i, 0) - target.At(r*weeks+i, 0) + explained.At(r*weeks+i, 0)) / float64(rows)
			}
		}
		for r := range z {
			for i := range weeks {
				require.InDelta(t, target.At(r*weeks+i, 0)-explained.At(r*weeks+i, 0)+shift, z[r].At(i, 0), 1e-9)
			}
		}
	})
}

// demean takes out rows' and columns' means over series of equal weeks.
func demean(series []*mat.Dense) {
	weeks, columns := series[0].Dims()
	for j := range columns {
		week, all := make([]float64, weeks), 0.0
		for _, x := range series {
			for i := range weeks {
				week[i] += x.At(i, j) / float64(len(series))
				all += x.At(i, j) / float64(len(series)*weeks)
			}
		}
		for _, x := range series {
			column := mat.Col(nil, j, x)
			own := mat.Sum(mat.NewVecDense(weeks, column)) / float64(weeks)
			for i, v := range column {
				x.Set(i, j, v-own-week[i]+all)
			}
		}
	}
}

// Two channels whose planners look at the same control have no edge, once the control is known.
func TestAControlThatPlannersChaseIsNoEdge(t *testing.T) {
	rng := seeded(4)
	var series, controls []mat.Matrix
	for range 20 {
		c, x := noise(rng, 100, 1), noise(rng, 100, 2)
		x.Apply(func(i, _ int, v float64) float64 { return math.Exp(0.2*v + 0.3*c.At(i, 0)) }, x)
		series, controls = append(series, x), append(controls, c)
	}
	edges := func(o learn.SignalOptions) int {
		z, err := learn.Signals(series, o)
		require.NoError(t, err)
		e, err := learn.Learn(t.Context(), learn.Options{Method: learn.NOTEARS, Lags: 1, Standardise: true}, z...)
		require.NoError(t, err)
		return len(dag.Edges(e.Graph.Strongest()))
	}
	require.Equal(t, 1, edges(learn.SignalOptions{}))
	require.Zero(t, edges(learn.SignalOptions{Controls: controls, Lags: 1}))
}

func TestControlsOfOtherWeeksAreRefused(t *testing.T) {
	series := exposures(seeded(1), 3, 5, 2)
	_, err := learn.Signals(series, learn.SignalOptions{Controls: series[:2]})
	require.EqualError(t, err, "learn: controls of 2 regions for exposures of 3")
	_, err = learn.Signals(series, learn.SignalOptions{Controls: append(series[:2:2], mat.NewDense(4, 1, nil))})
	require.EqualError(t, err, "learn: region 3 has controls of 4 weeks and exposures of 5")
}
