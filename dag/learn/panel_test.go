package learn

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

const testWeeks = 150

// years are weeks of a year.
func years(weeks int) []float64 {
	y := make([]float64, weeks)
	for t := range y {
		y[t] = float64(t) / 52
	}
	return y
}

// plan is a lognormal autoregression.
func plan(rng *rand.Rand, weeks int) []float64 {
	x, last := make([]float64, weeks), rng.NormFloat64()
	for t := range x {
		last = 0.6*last + 0.8*rng.NormFloat64()
		x[t] = math.Exp(0.4 * last)
	}
	return x
}

// calendarOnly is a region whose channels have a season and a trend in common, and nothing else.
func calendarOnly(rng *rand.Rand, channels int) mat.Matrix {
	x := mat.NewDense(testWeeks, channels, nil)
	for j := range channels {
		own, season, growth := plan(rng, testWeeks), 0.3+0.5*rng.Float64(), rng.Float64()
		for t := range testWeeks {
			x.Set(t, j, own[t]*math.Exp(season*math.Sin(2*math.Pi*float64(t)/52)+growth*float64(t)/testWeeks))
		}
	}
	return x
}

func panelOf(t *testing.T, lags int, series ...mat.Matrix) *Panel {
	weeks, _ := series[0].Dims()
	p, err := NewPanel(series, SignalOptions{Lags: lags, Calendar: Calendar(years(weeks))})
	require.NoError(t, err)
	return p
}

// Channels that share only a calendar hardly ever have an edge, in the data or in a resample; with the calendar left in, most do.
func TestASharedCalendarIsNoEdge(t *testing.T) {
	const worlds, resamples = 100, 2
	edges, drawn, fooled := 0, 0, 0
	o := Options{Method: Exact, Standardise: true}
	for seed := range uint64(worlds) {
		rng := rand.New(rand.NewPCG(seed, 1))
		x := calendarOnly(rng, 4)
		p := panelOf(t, 2, x)
		require.True(t, p.Evidence().InTime)
		e, err := p.Learn(context.Background(), o, nil)
		require.NoError(t, err)
		edges += len(e.Graph.Edges())
		for range resamples {
			e, err := p.Learn(context.Background(), o, p.Resample(rng, BlockRows))
			require.NoError(t, err)
			drawn += len(e.Graph.Edges())
		}
		without, err := NewPanel([]mat.Matrix{x}, SignalOptions{Lags: 2})
		require.NoError(t, err)
		e, err = without.Learn(context.Background(), o, nil)
		require.NoError(t, err)
		fooled += len(e.Graph.Edges())
	}
	require.LessOrEqual(t, edges, worlds*15/100)
	require.LessOrEqual(t, drawn, worlds*resamples*15/100)
	require.Greater(t, fooled, worlds*80/100)
}

// moved is a region in which channel 0 moves channel 1 after lag weeks, by shares.
func moved(rng *rand.Rand, lag int) mat.Matrix {
	parent, child := plan(rng, testWeeks), plan(rng, testWeeks)
	x := mat.NewDense(testWeeks, 3, nil)
	x.SetCol(0, parent)
	x.SetCol(2, plan(rng, testWeeks))
	for t := range testWeeks {
		x.Set(t, 1, child[t]*(1+parent[max(t-lag, 0)]))
	}
	return x
}

// On one series a lag is evidence of an edge, and what moves in the same week is only with knowledge of the direction.
func TestOneSeriesNeedsALagOrKnowledge(t *testing.T) {
	required, directed := dag.NewConstraints(3), dag.NewConstraints(3)
	require.NoError(t, required.Require(0, 1))
	directed.Forbid(1, 0)
	for _, c := range []struct {
		lag   int
		known *dag.Constraints
		found bool
	}{{1, nil, true}, {0, nil, false}, {0, required, true}, {0, directed, true}} {
		x := moved(rand.New(rand.NewPCG(2, 2)), c.lag)
		for _, method := range Methods {
			e, err := panelOf(t, 2, x).Learn(context.Background(), Options{Method: method, Standardise: true, Constraints: c.known}, nil)
			require.NoError(t, err)
			require.Equal(t, c.found, e.Graph.Strongest().At(0, 1) != 0, "%s, lag %d", method, c.lag)
			require.Zero(t, e.Graph.Strongest().At(1, 0), "%s, lag %d", method, c.lag)
		}
	}
	x := moved(rand.New(rand.NewPCG(2, 2)), 0)
	e, err := panelOf(t, 0, x).Learn(context.Background(), Options{Method: Exact, Standardise: true}, nil)
	require.NoError(t, err)
	require.Empty(t, e.Graph.Edges(), "no lags, no evidence")
}

// Regions beside each other take the calendar out, so that weeks may be compared.
func TestRegionsBesideEachOtherNeedNoLag(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	p := panelOf(t, 1, moved(rng, 0), moved(rng, 0), moved(rng, 0), moved(rng, 0))
	require.False(t, p.Evidence().InTime)
	e, err := p.Learn(context.Background(), Options{Method: Exact, Standardise: true}, nil)
	require.NoError(t, err)
	require.Len(t, e.Graph.Edges(), 1)
}

// A world whose channels move each other by shares is told from one in which they do by amounts.
func TestTheMechanismIsThatOfTheWorld(t *testing.T) {
	for seed := range uint64(5) {
		for _, by := range dag.Mechanisms {
			rng := rand.New(rand.NewPCG(seed, 4))
			var series []mat.Matrix
			for range 20 {
				parent, child := plan(rng, testWeeks), plan(rng, testWeeks)
				x := mat.NewDense(testWeeks, 2, nil)
				for t := range testWeeks {
					x.Set(t, 0, parent[t])
					x.Set(t, 1, by.Exposure(by.Scale(child[t])+0.5*by.Scale(parent[t])))
				}
				series = append(series, x)
			}
			e, err := panelOf(t, 1, series...).Learn(context.Background(), Options{Method: Exact, Standardise: true}, nil)
			require.NoError(t, err)
			require.NotZero(t, e.Graph.Strongest().At(0, 1)+e.Graph.Strongest().At(1, 0))
			if e.Graph.Strongest().At(0, 1) != 0 {
				require.Equal(t, by, e.Graph.Mechanism)
			}
		}
	}
}

// Rows that are drawn twice are in the moments twice; a resample tells as much as half of the rows, and all rows twice as much
// as all rows once.
func TestMomentsOfAResample(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	p := panelOf(t, 2, calendarOnly(rng, 3), calendarOnly(rng, 3))
	w := p.Resample(rng, BlockRows)
	m, err := p.moments(w)
	require.NoError(t, err)
	var rows []mat.Matrix
	count := 0.0
	for r, z := range p.signals {
		for week := 2; week < testWeeks; week++ {
			for range int(w[r][week]) {
				rows = append(rows, z.Slice(week-2, week+1, 0, 6))
				count++
			}
		}
	}
	want, err := dag.CrossProducts(2, rows...)
	require.NoError(t, err)
	for i, v := range want.Covariance.Data {
		require.InDelta(t, v/count, m.Covariance.Data[i], 1e-12)
	}
	require.InEpsilon(t, testWeeks, m.Observations, 0.2, "half of 2 · testWeeks")

	once, err := p.moments(nil)
	require.NoError(t, err)
	for r := range w {
		for week := range w[r] {
			w[r][week] = 2
		}
	}
	twice, err := p.moments(w)
	require.NoError(t, err)
	require.Equal(t, once.Observations, twice.Observations)
	require.InDeltaSlice(t, once.Covariance.Data, twice.Covariance.Data, 1e-12)

	for r := range w {
		clear(w[r])
	}
	_, err = p.moments(w)
	require.EqualError(t, err, "learn: 0 rows with 2 lags: two are the fewest")
}

// The calendar spans a season and a trend, and knows holidays that it is given.
func TestCalendarSpansSeasonAndTrend(t *testing.T) {
	holiday := make([]float64, testWeeks)
	holiday[7] = 1
	c := Calendar(years(testWeeks), holiday)
	rows, columns := c.Dims()
	require.Equal(t, testWeeks, rows)
	require.Equal(t, 4+4+1, columns, "four knots in 2.9 years, two harmonics, a holiday")
	x := mat.NewDense(testWeeks, 1, nil)
	for t := range testWeeks {
		x.Set(t, 0, math.Exp(0.3*math.Sin(2*math.Pi*float64(t)/52)+0.2*math.Cos(4*math.Pi*float64(t)/52)+0.5*float64(t)/(testWeeks-1)+holiday[t]))
	}
	p, err := NewPanel([]mat.Matrix{x}, SignalOptions{Calendar: c})
	require.NoError(t, err)
	require.Less(t, sizes(p.Signals(dag.Shares))[0], 0.05*variance(t, x))
	short := Calendar(years(60))
	_, columns = short.Dims()
	require.Equal(t, 2, columns, "no season in little more than a year")
	_, err = NewPanel([]mat.Matrix{x}, SignalOptions{Calendar: short})
	require.EqualError(t, err, "learn: a calendar of 60 weeks for exposures of 150 in region 1")
}

func variance(t *testing.T, x mat.Matrix) float64 {
	z, err := Signals([]mat.Matrix{x}, SignalOptions{})
	require.NoError(t, err)
	return sizes(z)[0]
}

// Selecting parents once for several pools gives what a search of each pool gives.
func TestSelectionAmongPoolsIsThatOfEveryPool(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for range 20 {
		m := momentsOf(t, 1, mixed(rng, 60, 6))
		o := newOrdering(m, Options{Method: Exact})
		for range 50 {
			j, before := rng.IntN(6), make([]bool, 6)
			var candidates []int
			for i := range before {
				if before[i] = i != j && rng.IntN(2) == 0; before[i] {
					candidates = append(candidates, i)
				}
			}
			for _, i := range slices.Clone(candidates) {
				candidates = append(candidates, 6+i)
			}
			want, _ := o.parents(j, []int{6 + j}, candidates)
			require.Equal(t, want, o.fit(j, before))
		}
	}
}

func TestFrequenciesOfAPanelDependOnTheSeedOnly(t *testing.T) {
	p := panelOf(t, 1, moved(rand.New(rand.NewPCG(7, 7)), 1))
	o := Options{Method: Exact, Standardise: true}
	a, err := p.Bootstrap(context.Background(), o, 10, 1, BlockRows)
	require.NoError(t, err)
	b, err := p.Bootstrap(context.Background(), o, 10, 1, BlockRows)
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.GreaterOrEqual(t, a.At(0, 1), 0.5)
	require.Zero(t, a.At(1, 0))
	_, err = NewPanel(nil, SignalOptions{})
	require.EqualError(t, err, "learn: no data")
}
