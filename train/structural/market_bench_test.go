package structural

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
)

// largeMarkets is a model of 40 regions and 12 channels with draws around its start, on a panel of rows.
func largeMarkets(t testing.TB, rows, draws int, shape Shape) (*Fitted, *panel.Panel) {
	const R, M, train = 40, 12, 130
	rng := rand.New(rand.NewPCG(1, 2))
	made := func(rows int) *panel.Panel {
		var p panel.Panel
		for c := range M {
			p.Channels = append(p.Channels, fmt.Sprintf("channel %d", c))
		}
		for r := range R {
			p.Regions = append(p.Regions, fmt.Sprintf("region %d", r))
		}
		for w := range rows {
			p.Weeks = append(p.Weeks, fmt.Sprint(w))
		}
		for range R * rows {
			for range M {
				p.Media = append(p.Media, 1e4*math.Exp(rng.NormFloat64()))
			}
			p.Target = append(p.Target, 1e3*(1+rng.Float64()))
		}
		full, err := panel.New(p)
		require.NoError(t, err)
		return full
	}
	var graphs []*dag.Graph
	for i := range draws {
		same, lagged := mat.NewDense(M, M, nil), mat.NewDense(M, M, nil)
		for c := range M {
			lagged.Set(c, c, 0.2)
			for child := c + 1; child < M; child++ {
				if rng.Float64() < 0.2 {
					same.Set(c, child, 0.1)
					lagged.Set(c, child, 0.05)
				}
			}
		}
		g, err := dag.NewGraph(same, lagged)
		require.NoError(t, err)
		g.Mechanism = dag.Mechanisms[i%2]
		graphs = append(graphs, g)
	}
	return undetermined(t, made(train), train, shape, Relative, graphs...), made(rows)
}

// BenchmarkMarket is a run, and a run with its gradient, of one market on half a year of history, a quarter, and half a year after it.
func BenchmarkMarket(b *testing.B) {
	for _, shape := range []Shape{{Knots: 6, Harmonics: 2, Media: 0.3, RegionEffect: 0.2}, {Knots: 6, Media: 0.3, CarryOver: Delayed}, {Knots: 6, Media: 0.3, Saturation: Exponential}} {
		f, p := largeMarkets(b, 65, 2, shape)
		markets, err := f.Markets(p, 104, 26, 2)
		require.NoError(b, err)
		for i, k := range markets {
			own := k.Planned()
			for j := range own {
				if j/12%65 >= 26 && j/12%65 < 39 {
					own[j] *= 1.1
				}
			}
			adjoint := make([]float64, len(own))
			for j := range adjoint {
				adjoint[j] = 1
			}
			name := fmt.Sprintf("%s, %s by %s", shape.CarryOver, shape.Saturation, dag.Mechanisms[i])
			b.Run(name+"/run", func(b *testing.B) {
				for b.Loop() {
					require.NoError(b, k.Run(own, nil))
				}
			})
			b.Run(name+"/run and pull", func(b *testing.B) {
				for b.Loop() {
					require.NoError(b, k.Run(own, nil))
					_, err := k.Pull(adjoint, adjoint)
					require.NoError(b, err)
				}
			})
		}
	}
}

// BenchmarkMarkets is the time to make 30 markets, and the memory that they keep.
func BenchmarkMarkets(b *testing.B) {
	f, p := largeMarkets(b, 65, 30, Shape{Knots: 6, Harmonics: 2, Media: 0.3, RegionEffect: 0.2})
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		markets, err := f.Markets(p, 104, 26, 30)
		require.NoError(b, err)
		for _, k := range markets {
			require.NoError(b, k.Run(k.Planned(), nil))
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
		runtime.KeepAlive(markets)
	}
}
