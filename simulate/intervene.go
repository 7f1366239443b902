package simulate

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"
)

// Intervention changes channels from a week on. Everything else, planners' choices and noise included, is as it was.
type Intervention struct {
	Do    map[string]float64 // sets a channel's exposure to a multiple of what it was, whatever its parents do
	Lever map[string]float64 // multiplies what a channel's planners decide: its own part; what its parents move still follows
	From  time.Time          // first week; zero: the first of the panel
}

// Intervened is the KPI as it is and under an intervention, [regions][weeks].
type Intervened struct {
	world      *World
	AsItIs     [][]float64
	Intervened [][]float64
}

// Intervene plays the world under an intervention, with the same noise.
func (w *World) Intervene(i Intervention) (*Intervened, error) {
	c := change{do: map[int]float64{}, lever: map[int]float64{}}
	for field, factors := range map[string]map[string]float64{"do": i.Do, "lever": i.Lever} {
		for _, name := range slices.Sorted(maps.Keys(factors)) {
			m, factor := slices.Index(w.config.Channels, name), factors[name]
			if m < 0 {
				return nil, w.noChannel(field, name)
			}
			if !(factor >= 0) || math.IsInf(factor, 0) {
				return nil, &ConfigError{field, fmt.Sprintf("%s=%g", name, factor), "a factor of 0 or more"}
			}
			if field == "do" {
				c.do[m] = factor
			} else {
				c.lever[m] = factor
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.Do)) {
		if _, both := i.Lever[name]; both {
			return nil, &ConfigError{"lever", name, "a channel that do does not set"}
		}
	}
	if !i.From.IsZero() {
		from, err := w.week("from", i.From)
		if err != nil {
			return nil, err
		}
		c.from = from
	}
	return &Intervened{w, w.observed.sales, w.play(c).sales}, nil
}

// Change returns the relative change of the KPI over the rows of the panel.
func (i *Intervened) Change() float64 { return i.world.sum(i.Intervened)/i.world.sum(i.AsItIs) - 1 }

// WriteCSV writes a row per region and week of the panel: region, week, the KPI as it is, and under the intervention.
func (i *Intervened) WriteCSV(to io.Writer) error {
	out := csv.NewWriter(to)
	if err := out.Write([]string{"region", "week", "as_it_is", "intervened"}); err != nil {
		return err
	}
	w := i.world
	for r, region := range w.regions {
		for t, kept := range w.kept[r] {
			if !kept {
				continue
			}
			row := []string{region.name, w.weeks[t].Format(time.DateOnly), decimal(i.AsItIs[r][t], 2), decimal(i.Intervened[r][t], 2)}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
