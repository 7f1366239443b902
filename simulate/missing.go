package simulate

import (
	"math"
	"math/rand/v2"
)

// maxMissing leaves every region a week, given two weeks or more.
const maxMissing = 0.5

// drawKept draws the rows of the panel: all region-weeks except the configured share, and at least one week per region.
func (w *World) drawKept() [][]bool {
	rng := w.draws.stream("missing")
	kept := make([][]bool, w.config.Regions)
	var droppable [][2]int
	for r := range kept {
		kept[r] = make([]bool, w.config.Weeks)
		safe := rng.IntN(w.config.Weeks)
		for t := range kept[r] {
			kept[r][t] = true
			if t != safe {
				droppable = append(droppable, [2]int{r, t})
			}
		}
	}
	for _, cell := range w.missing(droppable, rng) {
		kept[cell[0]][cell[1]] = false
	}
	return kept
}

// missing draws the configured number of cells to leave out.
func (w *World) missing(cells [][2]int, rng *rand.Rand) [][2]int {
	dropped := int(math.Round(w.config.Missing * float64(w.config.Regions*w.config.Weeks)))
	rng.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	return cells[:dropped]
}
