package structural

import (
	"deepcausalmmm/dag/learn"
	"math/rand/v2"
)

// blockAt is a block of a region's weeks.
type blockAt struct{ region, from, weeks int }

// blockRows is the length of a block in rows: learn.BlockRows weeks, and at least shortestBlock rows, which carry-over and lags
// need at every resolution.
func (d *Data) blockRows() int { return max(d.Every.Rows(learn.BlockRows), shortestBlock) }

const shortestBlock = 4

// resampled draws blocks of rows with weight, within each region and with replacement (Künsch 1989). A block may overlap either
// end, where it is cut, so that every row is drawn equally often.
func (d *Data) resampled(rng *rand.Rand) *Data {
	drawn := *d
	drawn.Weight = make([]float64, len(d.Weight))
	first := d.Train
	for cell, w := range d.Weight {
		if w > 0 {
			first = min(first, cell%d.Weeks)
		}
	}
	length := d.blockRows()
	starts := d.Train - first + length - 1
	for r := range d.Regions {
		for range max(1, (starts+length/2)/length) {
			from := first - length + 1 + rng.IntN(starts)
			to := min(from+length, d.Train)
			from = max(from, first)
			drawn.blocks = append(drawn.blocks, blockAt{r, from, to - from})
			for t := from; t < to; t++ {
				cell := r*d.Weeks + t
				drawn.Weight[cell] += d.Weight[cell]
			}
		}
	}
	return &drawn
}
