package structural

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/train/model"
)

func TestResamplesDrawEveryWeekEquallyOften(t *testing.T) {
	w := newWorld(t, small)
	const train = 80
	w.panel.Filled[0*90+40] = true
	d := dataOf(t, w.panel, train)
	const n = 400
	mean := make([]float64, len(d.Weight))
	for i := range n {
		drawn := d.resampled(rand.New(rand.NewPCG(1, uint64(i))))
		for cell, weight := range drawn.Weight {
			mean[cell] += weight / n
		}
		for _, b := range drawn.blocks {
			require.True(t, b.from >= 4 && b.from+b.weeks <= train && b.weeks >= 1 && b.weeks <= learn.BlockRows)
		}
	}
	for cell, weight := range mean {
		if d.Weight[cell] == 0 {
			require.Zero(t, weight)
		} else {
			require.InDelta(t, 1, weight, 0.25)
		}
	}
	drawn := d.resampled(rand.New(rand.NewPCG(1, 1)))
	for r, weeks := range drawn.rows() {
		for week, times := range weeks {
			if cell := r*d.Weeks + week; d.Weight[cell] > 0 {
				require.Equal(t, drawn.Weight[cell], times*d.Weight[cell])
			}
		}
	}
}

func TestEnsembleDoesNotDependOnTheNumberOfCores(t *testing.T) {
	w := newWorld(t, size{4, 60, 0.01})
	d := dataOf(t, w.panel, 52)
	f, err := NewFit(context.Background(), d, chain(t), plain, Options{Seed: 3}, Effort{1, 100}, nil, nil)
	require.NoError(t, err)
	relearn := func(ctx context.Context, d *Data) (*dag.Graph, error) { return Learn(ctx, d, learn.Exact, 1, 0, nil) }
	var all [][]Member
	for _, cores := range []int{1, 2} {
		before := runtime.GOMAXPROCS(cores)
		heard := 0
		members, leftOut, err := f.Ensemble(context.Background(), 4, []Shape{plain, {Knots: 1, RegionTrend: 0.03, Media: 0.3}}, relearn, func(int) { heard++ })
		runtime.GOMAXPROCS(before)
		require.NoError(t, err)
		require.Equal(t, 4, heard)
		require.Empty(t, leftOut)
		all = append(all, members)
	}
	require.Equal(t, all[0], all[1])
	require.NotEqual(t, all[0][0].Effects, all[0][1].Effects)
	require.Len(t, all[0][0].Predicted, 4*60)

	lost := errors.New("no graph")
	_, _, err = f.Ensemble(context.Background(), 2, []Shape{plain}, func(context.Context, *Data) (*dag.Graph, error) { return nil, lost }, nil)
	require.ErrorIs(t, err, lost)
}

// A resample whose structural equations diverge is in no interval; the others are as if it had not been drawn.
func TestDivergingResamplesAreLeftOut(t *testing.T) {
	w := newWorld(t, size{4, 60, 0.01})
	d := dataOf(t, w.panel, 52)
	f, err := NewFit(context.Background(), d, chain(t), plain, Options{Seed: 3}, Effort{1, 100}, nil, nil)
	require.NoError(t, err)
	explosive, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, -0.6, 0, 0, 0, 0, 0, 0, 0}), mat.NewDense(3, 3, []float64{0, 0, 0, 0, 3, 0, 0, 0, 0}))
	require.NoError(t, err)
	even := func(d *Data) bool { return d.blocks[0].from%2 == 0 }
	stable := func(context.Context, *Data) (*dag.Graph, error) { return chain(t), nil }
	const n = 6
	all, _, err := f.Ensemble(context.Background(), n, []Shape{plain}, stable, nil)
	require.NoError(t, err)
	members, leftOut, err := f.Ensemble(context.Background(), n, []Shape{plain}, func(_ context.Context, d *Data) (*dag.Graph, error) {
		if even(d) {
			return explosive, nil
		}
		return chain(t), nil
	}, nil)
	require.NoError(t, err)
	require.NotEmpty(t, leftOut)
	require.Len(t, members, n-len(leftOut))
	left := map[int]bool{}
	for _, l := range leftOut {
		left[l.Resample-1] = true
		var diverged *DivergenceError
		require.ErrorAs(t, l.Err, &diverged)
		require.Zero(t, diverged.Channel)
	}
	for i, m := range all {
		if !left[i] {
			require.Equal(t, m, members[0])
			members = members[1:]
		}
	}
	_, leftOut, err = f.Ensemble(context.Background(), 2, []Shape{plain}, func(context.Context, *Data) (*dag.Graph, error) { return explosive, nil }, nil)
	require.ErrorContains(t, err, "none of 2 resamples could be fitted; the first: the total effect of channel 1 is NaN")
	require.Len(t, leftOut, 2)

	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err = f.Ensemble(stopped, 2, []Shape{plain}, stable, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestIntervals(t *testing.T) {
	draws := make([]float64, 101)
	for i := range draws {
		draws[i] = float64(100 - i)
	}
	require.Equal(t, model.Interval{Low: 10, High: 90}, IntervalOf(50, draws))
	require.Equal(t, model.Interval{Low: 5, High: 90}, IntervalOf(5, draws), "the interval contains the estimate")
	require.Equal(t, model.Interval{Low: 10, High: 95}, IntervalOf(95, draws))
}

// Within the training weeks a forecast is the prediction plus noise; after them its variance grows.
func TestForecastVarianceGrowsWithTheHorizon(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 60)
	f, err := NewFit(context.Background(), d, chain(t), plain, Options{}, Effort{2, 100}, nil, nil)
	require.NoError(t, err)
	require.NoError(t, f.Model.Evaluate())
	predicted := f.Model.Floats(f.Model.Prediction)
	rng := rand.New(rand.NewPCG(7, 7))
	const n = 300
	spread := make([]float64, d.Weeks)
	for range n {
		for cell, y := range f.forecast(rng) {
			off := y/d.Scaling.Target[cell/d.Weeks] - predicted[cell]
			spread[cell%d.Weeks] += off * off / float64(n*d.Regions)
		}
	}
	require.InEpsilon(t, f.Sigma*f.Sigma*f.Dof/(f.Dof-2), spread[30], 0.2, "the variance of Student's t distribution")
	require.Greater(t, spread[89], spread[60])
}
