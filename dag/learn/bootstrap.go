package learn

import (
	"context"
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/cores"
)

// BlockRows is the block length of resamples of autocorrelated series, in rows (a panel's weeks): long enough for carry-over
// and autocorrelated noise.
const BlockRows = 8

// minSeries is the fewest series of which whole ones are drawn.
const minSeries = 10

// Bootstrap learns the graph of each of n resamples of the data, on all cores, and returns the frequency of each edge,
// [d, d] between 0 and 1 (Friedman, Goldszmidt and Wyner 1999). A resample draws with replacement: rows of one plain table,
// whole series of ten or more, and blocks of BlockRows rows of fewer series with lags. The result depends on the seed, not on
// the number of cores.
func Bootstrap(ctx context.Context, o Options, n int, seed uint64, series ...mat.Matrix) (*mat.Dense, error) {
	if len(series) == 0 || n < 1 {
		return nil, errors.New("learn: no data")
	}
	o.Progress = nil
	return frequency(n, func(i int) (*Estimate, error) {
		return Learn(ctx, o, resample(rand.New(rand.NewPCG(seed, uint64(i))), o.Lags, series)...)
	})
}

// frequency is the share of n graphs that have each edge.
func frequency(n int, learned func(i int) (*Estimate, error)) (*mat.Dense, error) {
	graphs, failures := make([]*dag.Graph, n), make([]error, n)
	cores.Share(n, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			e, err := learned(i)
			if failures[i] = err; err != nil {
				return
			}
			graphs[i] = e.Graph
		}
	})
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	return dag.Frequency(graphs), nil
}

func resample(rng *rand.Rand, lags int, series []mat.Matrix) []mat.Matrix {
	if len(series) >= minSeries {
		drawn := make([]mat.Matrix, len(series))
		for i := range drawn {
			drawn[i] = series[rng.IntN(len(series))]
		}
		return drawn
	}
	if lags == 0 {
		drawn := make([]mat.Matrix, len(series))
		for i, x := range series {
			drawn[i] = rows(rng, x)
		}
		return drawn
	}
	var drawn []mat.Matrix
	for _, x := range series {
		whole := mat.DenseCopyOf(x)
		weeks, d := whole.Dims()
		size := min(weeks, BlockRows+lags)
		for at := 0; at < weeks; at += BlockRows {
			from := rng.IntN(weeks - size + 1)
			drawn = append(drawn, whole.Slice(from, from+size, 0, d))
		}
	}
	return drawn
}

func rows(rng *rand.Rand, x mat.Matrix) mat.Matrix {
	n, d := x.Dims()
	drawn := mat.NewDense(n, d, nil)
	for t := range n {
		drawn.SetRow(t, mat.Row(nil, rng.IntN(n), x))
	}
	return drawn
}
