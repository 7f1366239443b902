package structural

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag/learn"
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
