package neural

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	gonumblas "gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/cores"
)

// BenchmarkEpoch is one epoch of the main loop (forward, loss, backward, clipping, AdamW) at the size of the real
// panel, 190 regions × 102 weeks, 13 channels, 7 controls, and around it.
func BenchmarkEpoch(b *testing.B) {
	eachBLAS(b, func(name string) {
		for _, dtype := range []string{"float32", "float64"} {
			for _, hidden := range []int{64, 280} {
				for _, regions := range []int{48, 95, 190, 380} {
					b.Run(fmt.Sprintf("blas=%s/%s/hidden=%d/regions=%d", name, dtype, hidden, regions), func(b *testing.B) {
						benchmarkEpoch(b, dtype, regions, hidden)
					})
				}
			}
		}
	})
}

// eachBLAS calls do with Go's products, and with OpenBLAS's where the machine has it.
func eachBLAS(b *testing.B, do func(name string)) {
	_, err := blas.Use(blas.Go)
	require.NoError(b, err)
	do("go")
	defer func() { _, _ = blas.Use(blas.Go) }()
	if _, err := blas.Use("libopenblas.so.0"); err == nil {
		do("openblas")
	}
}

func benchmarkEpoch(b *testing.B, dtype string, regions, hidden int) {
	c := DefaultConfig()
	c.DAGMode, c.HiddenDim, c.NotearsWarmupEpochs = dag.NOTEARS, hidden, 0
	d := Dims{Regions: regions, Weeks: 102, Channels: 13, Controls: 7}
	m, err := New(c, d, graph.NewParams(dtypes[dtype], 1), Training, Design{})
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.Float64()
		}
		return x
	}
	cells := regions * d.Weeks
	if err := m.SetData(draw(cells*d.Channels), draw(cells*d.Controls), draw(cells), draw(cells)); err != nil {
		b.Fatal(err)
	}
	l := newLoop(c, m, b.Logf)
	l.start()
	epoch := func() {
		m.DrawDropout(rng)
		if err := l.step(); err != nil {
			b.Fatal(err)
		}
	}
	epoch() // the first two allocate what all others keep
	epoch()
	b.ReportAllocs()
	before := m.Profile()
	for b.Loop() {
		epoch()
	}
	reportShares(b, before, m.Profile())
}

// parts of an epoch whose share of its time is reported, by the beginning of the ops' names.
var parts = []struct {
	unit string
	ops  []string
}{
	{"%gru", []string{"gru"}}, {"%∂gru", []string{"∂gru"}}, {"%dense", []string{"dense"}}, {"%∂dense", []string{"∂dense"}},
	{"%dag", []string{"tr(exp", "∂(tr(exp", "group norm", "∂group norm"}},
	{"%penalties", []string{"Σ|x|", "∂Σ|x|", "Σx²", "∂Σx²"}},
}

func reportShares(b *testing.B, before, after map[string]time.Duration) {
	shares := map[string]float64{}
	rest := 100.0 // dropout's draw, clipping and the step among it
	for name, spent := range after {
		for _, p := range parts {
			if slices.ContainsFunc(p.ops, func(op string) bool { return strings.HasPrefix(name, op) }) {
				share := 100 * float64(spent-before[name]) / float64(b.Elapsed())
				shares[p.unit] += share
				rest -= share
			}
		}
	}
	for unit, share := range shares {
		b.ReportMetric(share, unit)
	}
	b.ReportMetric(rest, "%rest")
}

// BenchmarkPeak measures the rate that the machine sustains in one large float32 product on all cores. The floor of an
// epoch is its multiplications and additions at this rate.
func BenchmarkPeak(b *testing.B) {
	const n, rows = 1024, 960 // rows a core
	cpus := runtime.GOMAXPROCS(0)
	x, y, z := make([]float32, cpus*rows*n), make([]float32, n*n), make([]float32, cpus*rows*n)
	eachBLAS(b, func(name string) {
		b.Run("blas="+name, func(b *testing.B) {
			for b.Loop() {
				cores.Share(cpus, 1, func(lo, hi int) {
					for at := lo * rows * n; at < hi*rows*n; at += rows * n {
						general := func(data []float32, rows int) blas32.General {
							return blas32.General{Rows: rows, Cols: n, Stride: n, Data: data}
						}
						blas32.Gemm(gonumblas.NoTrans, gonumblas.NoTrans, 1, general(x[at:at+rows*n], rows), general(y, n), 0,
							general(z[at:at+rows*n], rows))
					}
				})
			}
			b.ReportMetric(2*float64(cpus*rows)*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	})
}
