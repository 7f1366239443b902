package train

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"deepcausalmmm/blas"
	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
)

// BenchmarkEpoch is one epoch of the main loop (forward, loss, backward, clipping, AdamW) at the size of the real
// panel, 190 regions × 102 weeks, 13 channels, 7 controls, and around it: with Go's products, and with OpenBLAS's where
// the machine has it.
func BenchmarkEpoch(b *testing.B) {
	defer func() { _, _ = blas.Use(blas.Go) }()
	for name, choice := range map[string]string{"go": blas.Go, "openblas": "libopenblas.so.0"} {
		if _, err := blas.Use(choice); err != nil && choice == blas.Go {
			b.Fatal(err)
		} else if err != nil {
			continue
		}
		for _, dtype := range []string{"float32", "float64"} {
			for _, hidden := range []int{64, 280} {
				for _, regions := range []int{48, 95, 190, 380} {
					b.Run(fmt.Sprintf("blas=%s/%s/hidden=%d/regions=%d", name, dtype, hidden, regions), func(b *testing.B) {
						benchmarkEpoch(b, dtype, regions, hidden)
					})
				}
			}
		}
	}
}

func benchmarkEpoch(b *testing.B, dtype string, regions, hidden int) {
	c := DefaultConfig()
	c.DAGMode, c.HiddenDim, c.NotearsWarmupEpochs = dag.NOTEARS, hidden, 0
	d := graph.Dims{Regions: regions, Weeks: 102, Channels: 13, Controls: 7}
	m, err := graph.New(c.Config, d, layers.NewParams(dtypes[dtype], 1), graph.Training, graph.Design{})
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
	for b.Loop() {
		epoch()
	}
}
