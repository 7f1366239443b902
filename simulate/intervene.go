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

// Intervention changes channels in some weeks. Everything else, planners' choices and noise included, is as it was; what the
// changes carry over to later weeks is counted in these.
type Intervention struct {
	Do    map[string]float64 // sets a channel's exposure to a multiple of what it was, whatever its parents do
	Lever map[string]float64 // multiplies what a channel's planners decide: its own part; what its parents move still follows
	From  time.Time          // first week; zero: the first of the panel
	To    time.Time          // last week; zero: the last of the panel
}

// Intervened is the KPI as it is and under an intervention, [regions][weeks].
type Intervened struct {
	world      *World
	activity   []field
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
	if !i.To.IsZero() {
		to, err := w.week("to", i.To)
		if err != nil {
			return nil, err
		}
		if to < c.from {
			return nil, &ConfigError{"to", i.To.Format(time.DateOnly), "a week that is not before the first"}
		}
		c.to = to + 1
	}
	under := w.play(c)
	return &Intervened{w, under.activity, w.observed.sales, under.sales}, nil
}

// Change returns the relative change of the KPI over the rows of the panel.
func (i *Intervened) Change() float64 { return i.world.sum(i.Intervened)/i.world.sum(i.AsItIs) - 1 }

// Spend returns what a channel costs in each week, over all regions, as it is and under the intervention. Exposure that other channels
// move costs as much as any. It is nil without spend, and of mediators.
func (i *Intervened) Spend(channel int) (asItIs, intervened []float64) {
	w := i.world
	if w.price == nil || channel >= len(w.price) {
		return nil, nil
	}
	return w.spent(channel, w.observed.activity[channel]), w.spent(channel, i.activity[channel])
}

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
