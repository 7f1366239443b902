package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// baseSales is the weekly sales of a region of size 1 without media, trend, season and controls.
const baseSales = 20_000

// mediaBudget is the typical contribution of all channels together as a share of the baseline: slightly more than a third of
// the KPI.
const mediaBudget = 0.6

// market is a region. Sizes span two orders of magnitude, as in real markets.
type market struct {
	name     string
	size     float64 // scales impressions; 1 is the median
	baseline float64 // KPI units per week
	growth   float64 // trend: share of the baseline gained per year
}

// national is the name of the only region, as package panel names it.
const national = "all"

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

// medium is a channel or mediator: its planning, and its response by carry-over and saturation.
type medium struct {
	name     string
	carry    carrying
	curve    saturating
	unit     float64 // impressions per week that are one unit of activity in a region of size 1
	effect   float64 // share of the baseline earned at a saturation of 1; below 0 if the channel cannibalises
	depth    float64 // of flighting: 0 is always on, 1 is off between flights
	seasonal float64 // amplitude of the plan's season, on the log scale
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

func newChannels(d draws, c Config) []medium {
	names := c.nodes()
	channels := make([]medium, len(names))
	total := 0.0
	for m, name := range names {
		rng := d.stream("channel", m)
		channels[m] = medium{
			name:     name,
			unit:     unit(rng, name),
			carry:    drawCarrying(d, m, c.Carryover, between(rng, c.Retention[0], c.Retention[1])),
			curve:    drawSaturating(d, m, c.Saturation, between(rng, c.Half[0], c.Half[1]), rng),
			effect:   lognormal(rng, 0.4),
			depth:    between(rng, c.Depth[0], c.Depth[1]),
			seasonal: between(rng, 0, 0.3),
		}
		if slices.Contains(c.Mediators, name) { // what nobody buys is always on and follows no plan; it sells more than a channel
			channels[m].depth, channels[m].seasonal = 0, 0
			channels[m].effect *= 3
		}
		if slices.Contains(c.Upper, name) {
			channels[m].effect /= 10
		}
		total += channels[m].effect
	}
	for _, m := range d.stream("negative").Perm(len(c.Channels))[:c.Negative] {
		channels[m].effect *= -1
	}
	for m := range channels { // at the typical activity, 1, all together earn mediaBudget
		channels[m].effect *= mediaBudget / total / channels[m].curve.at(1)
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
	bursts   bool    // it is in force for single weeks, and 0 otherwise
}

// knownControls are an index of demand, the percentage of the own range on promotion, the price (100 is the list price), the percentage of the competitors' range on promotion, and the
// temperature in °C. Only the ratios of the effects matter.
var knownControls = map[string]driver{
	"control_demand":           {level: 100, scale: 10, effect: 6},
	"control_promotion":        {level: 10, scale: 12, effect: 6, bursts: true},
	"control_price_index":      {level: 100, scale: 5, effect: -3},
	"control_competitor_promo": {level: 30, scale: 8, effect: -2},
	"control_temperature":      {level: 12, scale: 8, seasonal: 0.9, effect: 1},
}

// newControls draws the controls, then those without an effect.
func newControls(d draws, c Config) []driver {
	controls := make([]driver, len(c.Controls))
	total := 0.0
	for i, name := range c.Controls {
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
		controls[i].effect *= c.ControlEffect / total
	}
	for _, name := range c.noiseControls() {
		controls = append(controls, driver{name: name, scale: 1})
	}
	return controls
}
