package plan

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// worlds are draws of one market: R regions × T weeks × M channels with flights, curves of both shapes, and a graph.

func worlds(draws, R, T, M int, byAmount bool) []*world {
	rng := rand.New(rand.NewPCG(7, 11))
	x, level := make([]float64, R*T*M), make([]float64, M)
	for m := range level {
		level[m] = math.Exp(rng.NormFloat64() / 2)
	}
	for i := range x {
		m, week := i%M, i/M%T
		x[i] = level[m] * math.Exp(0.3*rng.NormFloat64())
		if m%3 == 2 && (week/3)%2 == 1 {
			x[i] = 0 // flights
		}
	}
	var out []*world
	for range draws {
		w := &world{R: R, T: T, M: M, x: x, byAmount: byAmount}
		for m := range M {
			beta := level[m] * math.Exp(0.5+0.3*rng.NormFloat64())
			w.decay = append(w.decay, 0.3+0.3*rng.Float64())
			w.curves = append(w.curves, hill(beta, level[m]*(1+rng.Float64()), 0.8+0.3*rng.Float64()))
			if m%4 == 3 {
				w.edges = append(w.edges, edge{m - 3, m, 0, 0.2 * rng.Float64()}, edge{m - 2, m, 1, 0.2 * rng.Float64()})
			}
		}
		out = append(out, w)
	}
	return out
}

// The sizes of a large plan: 13 weeks × 40 regions × 12 channels, 30 draws, with a history and a tail of 8 weeks.
func BenchmarkOptimise(b *testing.B) {
	for _, at := range []Resolution{{}, {ByWeek: true}, {ByRegion: true}, {ByWeek: true, ByRegion: true}} {
		b.Run(fmt.Sprintf("weeks=%v/regions=%v", at.ByWeek, at.ByRegion), func(b *testing.B) {
			for b.Loop() {
				p := problemOf(8, 8, worlds(30, 40, 29, 12, false)...)
				l, err := p.open()
				require.NoError(b, err)
				r, err := p.Optimise(context.Background(), Options{Resolution: at, Goal: Goal{Kind: MostValue, Amount: 1.1 * l.cost(l.reference, p.Horizon)}})
				require.NoError(b, err)
				b.ReportMetric(float64(r.Evaluations), "evaluations/op")
				b.Log(r.Plan.Gain.Mean, r.CutGain.Mean, r.DirectOnly.Gain.Mean, r.Plan.Spend, r.DirectOnly.Spend, r.Starts, r.Notes)
				for _, c := range r.Plan.Channels {
					b.Log(c.Name, c.Spend, c.MarginalTotal, c.AtBound)
				}
			}
		})
	}
}
