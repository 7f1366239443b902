package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// baseSales is the weekly sales of a region of size 1 without media, trend, season and controls.
const baseSales = 20_000

// mediaBudget is the typical contribution of all channels together as a share of the baseline: slightly more than a third of
// the KPI.
const mediaBudget = 0.6

// controlBudget is the sum over the controls of |effect| of one standard deviation, as a share of the baseline.
const controlBudget = 0.10

// market is a region. Sizes span two orders of magnitude, as in real markets.
type market struct {
	name     string
	size     float64 // scales impressions; 1 is the median
	baseline float64 // KPI units per week
	growth   float64 // trend: share of the baseline gained per year
}

func newRegion(d draws, index int) market {
	rng := d.stream("region", index)
	size := math.Exp(clip(rng.NormFloat64(), 2))
	return market{
		name:     fmt.Sprintf("geo_%03d", index+1),
		size:     size,
		baseline: baseSales * size * lognormal(rng, 0.15),
		growth:   between(rng, 0, 0.05),
	}
}

// medium is a channel: its planning, and its response by adstock and Hill saturation (Jin et al. 2017).
type medium struct {
	name      string
	unit      float64 // impressions per week that are one unit of activity in a region of size 1
	carryover float64 // adstock: share of last week's stock that remains, in [0.1, 0.7]
	half      float64 // half-saturation, in units of activity, in [0.7, 1.5]
	slope     float64 // Hill slope, in [1, 2.2]
	effect    float64 // share of the baseline earned at full saturation
	depth     float64 // of flighting: 0 is always on, 1 is off between flights
	seasonal  float64 // amplitude of the plan's season, on the log scale
}

// units are impressions per week in a region of size 1. They differ by orders of magnitude, as in real data.
var units = map[string]float64{
	"affiliates_impressions": 6e3,
	"display_impressions":    5e6,
	"radio_impressions":      3e5,
	"search_impressions":     6e4,
	"social_impressions":     8e5,
	"tv_impressions":         2e6,
}

func newChannels(d draws, names []string) []medium {
	channels := make([]medium, len(names))
	total := 0.0
	for m, name := range names {
		rng := d.stream("channel", m)
		channels[m] = medium{
			name:      name,
			unit:      unit(rng, name),
			carryover: between(rng, 0.1, 0.7),
			half:      between(rng, 0.7, 1.5),
			slope:     between(rng, 1, 2.2),
			effect:    lognormal(rng, 0.4),
			depth:     between(rng, 0.4, 1),
			seasonal:  between(rng, 0, 0.3),
		}
		total += channels[m].effect
	}
	for m := range channels { // at the typical activity, 1, all together earn mediaBudget
		channels[m].effect *= mediaBudget / total / channels[m].saturation(1)
	}
	return channels
}

// unit draws a number even for a known name, so that later draws do not depend on names.
func unit(rng *rand.Rand, name string) float64 {
	drawn := math.Round(math.Pow(10, between(rng, 3, 7)))
	if known, ok := units[name]; ok {
		return known
	}
	return drawn
}

// driver is a control: an observed cause of the KPI other than media. Its column is level + scale·z, where z is its deviation
// from normal in standard deviations, within ±3.
type driver struct {
	name     string
	level    float64
	scale    float64
	seasonal float64 // share of z that follows the summer
	effect   float64 // share of the baseline per standard deviation
}

// knownControls are the price (100 is the list price), the percentage of the competitors' range on promotion, and the
// temperature in °C. Only the ratios of the effects matter.
var knownControls = map[string]driver{
	"control_price_index":      {level: 100, scale: 5, effect: -3},
	"control_competitor_promo": {level: 30, scale: 8, effect: -2},
	"control_temperature":      {level: 12, scale: 8, seasonal: 0.9, effect: 1},
}

func newControls(d draws, names []string) []driver {
	controls := make([]driver, len(names))
	total := 0.0
	for i, name := range names {
		rng := d.stream("control", i)
		known, ok := knownControls[name]
		if !ok {
			known = driver{scale: 1, effect: math.Copysign(2, rng.Float64()-0.5)}
		}
		known.name = name
		known.effect *= between(rng, 0.7, 1.3)
		controls[i] = known
		total += math.Abs(known.effect)
	}
	for i := range controls {
		controls[i].effect *= controlBudget / total
	}
	return controls
}
