package dag

import (
	"context"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/internal/cores"
)

// block is how many weeks stay together in a resample of a few series: long enough for what carries over.
const block = 8

// fewest series from which whole ones are drawn.
const fewest = 10

// Bootstrap learns the graph of each of n resamples of the data, on all cores, and returns how often each edge was
// there, [d, d] between 0 and 1 (Friedman, Goldszmidt and Wyner 1999). A resample draws with replacement: rows of one
// plain table, whole series of ten or more, and blocks of eight weeks of fewer series with lags. The result depends on
// the seed, not on the number of cores.
func Bootstrap(ctx context.Context, o Options, n int, seed uint64, series ...mat.Matrix) (*mat.Dense, error) {
	if len(series) == 0 || n < 1 {
		return nil, errNoData
	}
	_, d := series[0].Dims()
	var mutex sync.Mutex
	var failure error
	counts := mat.NewDense(d, d, nil)
	o.Progress = nil
	cores.Share(n, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			e, err := Learn(ctx, o, resample(rand.New(rand.NewPCG(seed, uint64(i))), o.Lags, series)...)
			mutex.Lock()
			if err != nil {
				failure = err
			} else {
				count(counts, e.Weights)
			}
			mutex.Unlock()
			if err != nil {
				return
			}
		}
	})
	if failure != nil {
		return nil, failure
	}
	counts.Scale(1/float64(n), counts)
	return counts, nil
}

func count(counts, w *mat.Dense) {
	counts.Apply(func(i, j int, c float64) float64 {
		if w.At(i, j) != 0 {
			c++
		}
		return c
	}, counts)
}

func resample(rng *rand.Rand, lags int, series []mat.Matrix) []mat.Matrix {
	if len(series) >= fewest {
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
		size := min(weeks, block+lags)
		for at := 0; at < weeks; at += block {
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
