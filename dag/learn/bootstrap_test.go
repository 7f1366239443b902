package learn_test

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag/learn"
)

// fork is 0 → 1 strongly and 0 → 2 weakly; 3 has no edges.
func fork(n int) *mat.Dense {
	x := noise(seeded(3), n, 4)
	for i := range n {
		x.Set(i, 1, x.At(i, 1)+1.5*x.At(i, 0))
		x.Set(i, 2, x.At(i, 2)+0.25*x.At(i, 0))
	}
	return x
}

func TestBootstrapTellsSureEdgesFromOthers(t *testing.T) {
	x := fork(120)
	got, err := learn.Bootstrap(context.Background(), learn.Options{}, 50, 1, x)
	require.NoError(t, err)
	for _, v := range got.RawMatrix().Data {
		require.GreaterOrEqual(t, v, 0.0)
		require.LessOrEqual(t, v, 1.0)
		require.InDelta(t, math.Round(v*50), v*50, 1e-9, "a count of 50")
	}
	require.Greater(t, got.At(0, 1), 0.95)
	require.Less(t, got.At(3, 0)+got.At(0, 3)+got.At(1, 0), 0.2)
	require.Less(t, got.At(0, 2), got.At(0, 1))
	require.Greater(t, got.At(0, 2), got.At(3, 0))

	again, err := learn.Bootstrap(context.Background(), learn.Options{}, 50, 1, x)
	require.NoError(t, err)
	require.Equal(t, got, again)
	other, err := learn.Bootstrap(context.Background(), learn.Options{}, 50, 2, x)
	require.NoError(t, err)
	require.NotEqual(t, got, other, "another seed")
}

func TestBootstrapDoesNotDependOnTheCores(t *testing.T) {
	x := fork(60)
	run := func(cores int) *mat.Dense {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		got, err := learn.Bootstrap(context.Background(), learn.Options{Lags: 1}, 20, 5, x)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, run(1), run(2))
}

func TestBootstrapPassesErrorsOn(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := learn.Bootstrap(ctx, learn.Options{}, 5, 1, fork(20))
	require.ErrorIs(t, err, context.Canceled)
}

// numbered has 1000·series + row in its first column and its opposite in the second.
func numbered(series, rows int) []mat.Matrix {
	all := make([]mat.Matrix, series)
	for s := range all {
		x := mat.NewDense(rows, 2, nil)
		for i := range rows {
			x.SetRow(i, []float64{float64(1000*s + i), -float64(1000*s + i)})
		}
		all[s] = x
	}
	return all
}

func TestTenSeriesAreDrawnWhole(t *testing.T) {
	all := numbered(10, 5)
	seen := map[mat.Matrix]int{}
	for seed := range uint64(20) {
		for _, lags := range []int{0, 1} {
			drawn := learn.Resample(seeded(seed), lags, all)
			require.Len(t, drawn, 10)
			for _, x := range drawn {
				require.Contains(t, all, x)
				seen[x]++
			}
		}
	}
	require.Len(t, seen, 10, "each has its turn")
	for _, times := range seen {
		require.InDelta(t, 40, times, 25)
	}
}

func TestRowsAreDrawnWithinTheirSeries(t *testing.T) {
	distinct := map[float64]bool{}
	for s, x := range learn.Resample(seeded(1), 0, numbered(3, 200)) {
		n, d := x.Dims()
		require.Equal(t, []int{200, 2}, []int{n, d})
		for i := range n {
			require.Equal(t, s, int(x.At(i, 0))/1000)
			require.Equal(t, x.At(i, 0), -x.At(i, 1), "a row stays together")
			distinct[x.At(i, 0)] = true
		}
	}
	require.InDelta(t, 600*(1-1/math.E), len(distinct), 50, "with replacement, 1 of e rows is left out")
}

// With lags, pieces of eight weeks and the past of the first make up about as many observations as there were.
func TestWeeksStayTogetherWithLags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		series, weeks := rapid.IntRange(1, 9).Draw(t, "series"), rapid.IntRange(2, 40).Draw(t, "weeks")
		lags := rapid.IntRange(1, min(3, weeks-1)).Draw(t, "lags")
		drawn := learn.Resample(seeded(rapid.Uint64().Draw(t, "seed")), lags, numbered(series, weeks))
		require.Len(t, drawn, series*((weeks+7)/8))
		for _, x := range drawn {
			n, _ := x.Dims()
			require.Equal(t, min(weeks, 8+lags), n)
			for i := range n {
				require.Equal(t, x.At(0, 0)+float64(i), x.At(i, 0), "one week after another")
				require.Equal(t, x.At(i, 0), -x.At(i, 1))
			}
			require.Equal(t, int(x.At(0, 0))/1000, int(x.At(n-1, 0))/1000, "of one series")
		}
	})
}
