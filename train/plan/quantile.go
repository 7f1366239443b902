package plan

import (
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// harrellDavis are the weights of n ordered draws in the estimate of their quantile q (Harrell and Davis 1982): that of draw i is the
// probability of (i/n, (i+1)/n) under the beta distribution of parameters (n+1)·q and (n+1)·(1−q).
func harrellDavis(n int, q float64) []float64 {
	a, b := float64(n+1)*q, float64(n+1)*(1-q)
	weights, before := make([]float64, n), 0.0
	for i := range weights {
		below := mathext.RegIncBeta(a, b, float64(i+1)/float64(n))
		weights[i] = below - before
		before = below
	}
	return weights
}

// aggregate is a mean (q = 0) or quantile of draws, with the weight of each draw in it.
func aggregate(draws []float64, q float64, weight []float64) float64 {
	if q == 0 {
		for d := range weight {
			weight[d] = 1 / float64(len(draws))
		}
	} else {
		ordered := harrellDavis(len(draws), q)
		for rank, d := range ascending(draws) {
			weight[d] = ordered[rank]
		}
	}
	sum := 0.0
	for d, w := range weight {
		sum += w * draws[d]
	}
	return sum
}

// ascending are the indices of draws in ascending order; equal ones keep theirs.
func ascending(draws []float64) []int {
	order := make([]int, len(draws))
	for d := range order {
		order[d] = d
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case draws[a] < draws[b]:
			return -1
		case draws[a] > draws[b]:
			return 1
		}
		return 0
	})
	return order
}

// figure is the mean of draws with its intervals.
func figure(draws []float64) Figure {
	f := Figure{Draws: slices.Clone(draws)}
	weight := make([]float64, len(draws))
	f.Mean = aggregate(draws, 0, weight)
	for k, level := range Levels {
		f.Low[k] = aggregate(draws, (1-level)/2, weight)
		f.High[k] = aggregate(draws, (1+level)/2, weight)
	}
	return f
}
