package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Hard is a kind of world that breaks one assumption of a marketing-mix model, or, the clean one, none.
type Hard struct {
	Name string
	Says string // what it breaks, in a sentence
	Geo  bool   // only with regions

	change func(c *Config, rng *rand.Rand)
}

// geoPrefix starts the name of a kind of world with regions.
const geoPrefix = "geo_"

// Names are the names of the world's national and geo form.
func (h Hard) Names() []string {
	if h.Geo {
		return []string{geoPrefix + h.Name}
	}
	return []string{h.Name, geoPrefix + h.Name}
}

// Catalogue lists the kinds of hard worlds.
func Catalogue() []Hard { return slices.Clone(catalogue) }

// NamedConfig returns the configuration of a world of the catalogue, by one of its Names. A national world has one region and
// 156 weeks, a geo world 12 to 30 regions and 104 to 156 weeks. Sizes, noise, media's share and plans are drawn from wide ranges by
// seed and name, then the world's own trait. adjust, if it is not nil, changes what was drawn, the trait included.
func NamedConfig(name string, seed uint64, adjust func(*Config)) (Config, error) {
	kind, geo := strings.CutPrefix(name, geoPrefix)
	i := slices.IndexFunc(catalogue, func(h Hard) bool { return h.Name == kind && slices.Contains(h.Names(), name) })
	if i < 0 {
		return Config{}, &ConfigError{"world", fmt.Sprintf("%q", name), "a name that --list prints"}
	}
	d := newDraws(seed, name)
	c := cleanConfig(d, geo)
	c.World, c.Seed = name, seed
	if adjust == nil {
		adjust = func(*Config) {}
	}
	adjust(&c) // before the trait, which depends on the sizes
	catalogue[i].change(&c, d.stream("trait"))
	adjust(&c)
	return c, nil
}

// mediaNames are names of channels.
var mediaNames = []string{"affiliates", "audio", "display", "outdoor", "print", "radio", "search", "social", "tv", "video"}

// cleanConfig draws a world that breaks no assumption.
func cleanConfig(d draws, geo bool) Config {
	c, rng := DefaultConfig(), d.stream("clean")
	c.Regions, c.Weeks = 1, 156
	if regions, weeks := 12+rng.IntN(19), 104+26*rng.IntN(3); geo {
		c.Regions, c.Weeks = regions, weeks
	}
	order := rng.Perm(len(mediaNames))[:4+rng.IntN(3)]
	slices.Sort(order)
	c.Channels, c.Edges = nil, [][2]string{}
	for _, i := range order {
		c.Channels = append(c.Channels, mediaNames[i]+"_impressions")
	}
	c.Controls = []string{"control_price_index", "control_competitor_promo"}
	c.Saturation = Concave
	c.Retention, c.Half, c.Depth = [2]float64{0, 0.89}, [2]float64{0.5, 3}, [2]float64{0, 1}
	c.Media, c.Noise, c.Chase = between(rng, 0.1, 0.5), between(rng, 0.02, 0.08), 0
	c.Whim = between(rng, 0.2, 0.9)
	c.Flight = [2]float64{between(rng, 2, 12), between(rng, 2, 10)}
	c.ControlEffect = between(rng, 0.03, 0.08)
	return c
}

// confound makes demand the first control, which persists and which planners follow.
func confound(c *Config, rng *rand.Rand, shown float64) {
	c.Controls = append([]string{"control_demand"}, c.Controls...)
	c.ControlEffect, c.Persistence = between(rng, 0.07, 0.11), between(rng, 0.7, 0.95)
	c.Chase, c.Shown = between(rng, 0.3, 0.8), shown
}

// align plans all channels together.
func align(c *Config, rng *rand.Rand) {
	c.Together, c.Depth = between(rng, 0.8, 0.95), [2]float64{0.3, 0.9}
}

// connect draws the edges of a funnel: the first half of a random order of the channels feeds the second half.
func connect(c *Config, rng *rand.Rand, mechanism Mechanism) {
	order := rng.Perm(len(c.Channels))
	half := len(order) / 2
	for i, child := range order[half:] {
		for j, parent := range order[:half] {
			if i%half == j || rng.Float64() < 0.3 {
				c.Edges = append(c.Edges, [2]string{c.Channels[parent], c.Channels[child]})
			}
		}
	}
	c.Mechanism, c.Pull = mechanism, between(rng, 0.3, 0.6)
}

// mediate lets two channels of the upper funnel sell through a mediator.
func mediate(c *Config, rng *rand.Rand) {
	order := rng.Perm(len(c.Channels))
	c.Mediators = []string{"brand_searches"}
	for _, m := range order[:2] {
		c.Upper = append(c.Upper, c.Channels[m])
		c.Edges = append(c.Edges, [2]string{c.Channels[m], "brand_searches"})
	}
}

// lapse lets one channel cannibalise.
func lapse(c *Config, rng *rand.Rand) { c.Negative, c.Media = 1, between(rng, 0.1, 0.35) }

var catalogue = []Hard{
	{Name: "clean", Says: "breaks nothing: geometric carry-over, concave saturation, normal noise, every control shown",
		change: func(*Config, *rand.Rand) {}},
	{Name: "delayed", Says: "carry-over has its maximum one to six weeks later",
		change: func(c *Config, _ *rand.Rand) { c.Carryover = Delayed }},
	{Name: "weibull", Says: "carry-over has the form of a Weibull density, from instant to slow",
		change: func(c *Config, _ *rand.Rand) { c.Carryover = Weibull }},
	{Name: "instant", Says: "there is no carry-over",
		change: func(c *Config, _ *rand.Rand) { c.Carryover = NoCarryover }},
	{Name: "exponential", Says: "saturation is 1 − e^(−x)",
		change: func(c *Config, _ *rand.Rand) { c.Saturation = Exponential }},
	{Name: "s_shape", Says: "saturation is S-shaped: small exposures sell hardly anything",
		change: func(c *Config, _ *rand.Rand) { c.Saturation = SShape }},
	{Name: "power", Says: "the effect is a power of exposure and never saturates",
		change: func(c *Config, _ *rand.Rand) { c.Saturation = Power }},
	{Name: "linear", Says: "the effect is proportional to exposure",
		change: func(c *Config, _ *rand.Rand) { c.Saturation = Linear }},
	{Name: "mixed_forms", Says: "each channel has a form of carry-over and saturation of its own",
		change: func(c *Config, _ *rand.Rand) { c.Carryover, c.Saturation = DrawnCarryover, DrawnSaturation }},
	{Name: "cannibal", Says: "one channel loses sales: its effect is negative", change: lapse},
	{Name: "level_shift", Says: "the baseline changes its level once or twice, for good",
		change: func(c *Config, rng *rand.Rand) { c.Shifts = 1 + rng.IntN(2) }},
	{Name: "heavy_tails", Says: "noise is Student's t, and some weeks are outliers",
		change: func(c *Config, rng *rand.Rand) { c.Tail, c.Outliers = between(rng, 2.5, 4), between(rng, 0.01, 0.03) }},
	{Name: "entry_errors", Says: "some exposures are entered as a multiple of what they were",
		change: func(c *Config, rng *rand.Rand) { c.Spikes = between(rng, 0.01, 0.03) }},
	{Name: "noise_controls", Says: "most controls have no effect",
		change: func(c *Config, rng *rand.Rand) { c.NoiseControls = 12 + rng.IntN(20) }},
	{Name: "collinear", Says: "all channels are planned together: same flights, correlated weeks",
		change: align},
	{Name: "confounded", Says: "planners follow demand, which a control shows exactly",
		change: func(c *Config, rng *rand.Rand) { confound(c, rng, 1) }},
	{Name: "confounded_proxy", Says: "planners follow demand, which a control shows with noise",
		change: func(c *Config, rng *rand.Rand) { confound(c, rng, between(rng, 0.6, 0.9)) }},
	{Name: "confounded_hidden", Says: "planners follow demand, which no control shows",
		change: func(c *Config, rng *rand.Rand) { confound(c, rng, 0) }},
	{Name: "wandering", Says: "demand wanders and no control shows it, but planners do not follow it",
		change: func(c *Config, rng *rand.Rand) { confound(c, rng, 0); c.Chase, c.Persistence = 0, 0.95 }},
	{Name: "promoted", Says: "promotions of single weeks, which a control shows, and media are planned for the same weeks",
		change: func(c *Config, rng *rand.Rand) {
			confound(c, rng, 1)
			c.Controls[0], c.Persistence = "control_promotion", between(rng, 0, 0.5)
		}},
	{Name: "peaks", Says: "the season has peaks of a few weeks, which change from year to year and which planners follow",
		change: func(c *Config, rng *rand.Rand) { c.Peaks = 2 + rng.IntN(3) }},
	{Name: "follows_sales", Says: "budgets follow the sales of the last weeks",
		change: func(c *Config, rng *rand.Rand) { c.Follow = between(rng, 1, 3) }},
	{Name: "mediated", Says: "two channels sell through a mediator that nobody buys", change: mediate},
	{Name: "funnel_amounts", Says: "channels move each other: a unit of one adds units of another",
		change: func(c *Config, rng *rand.Rand) { connect(c, rng, Amounts) }},
	{Name: "funnel_shares", Says: "channels move each other in proportion: shares move shares",
		change: func(c *Config, rng *rand.Rand) { connect(c, rng, Shares) }},
	{Name: "drifting", Says: "effects vary over time",
		change: func(c *Config, rng *rand.Rand) { c.Drift = between(rng, 0.2, 0.5) }},
	{Name: "synergy", Says: "one channel raises the effect of another, not its exposure",
		change: func(c *Config, rng *rand.Rand) { c.Synergy = between(rng, 0.5, 1.5) }},
	{Name: "uneven", Says: "regions respond differently", Geo: true,
		change: func(c *Config, rng *rand.Rand) { c.Spread = between(rng, 0.3, 0.7) }},
	{Name: "ragged", Says: "some region-weeks are missing", Geo: true,
		change: func(c *Config, rng *rand.Rand) { c.Missing = between(rng, 0.03, 0.08) }},
	{Name: "tested", Says: "all channels are planned together, but one was switched off in an experiment",
		change: func(c *Config, rng *rand.Rand) {
			align(c, rng)
			c.Experiments = []Experiment{{
				Channels: []string{c.Channels[rng.IntN(len(c.Channels))]}, Count: (c.Regions + 2) / 3, Weeks: 8,
				From: c.Start.AddDate(0, 0, 7*int(between(rng, 0.3, 0.6)*float64(c.Weeks))),
			}}
		}},
	{Name: "everything", Says: "several at once: forms, a cannibal, a funnel, demand shown with noise, a level shift, heavy tails, noise controls",
		change: func(c *Config, rng *rand.Rand) {
			c.Carryover, c.Saturation = DrawnCarryover, DrawnSaturation
			connect(c, rng, Shares)
			confound(c, rng, between(rng, 0.6, 0.9))
			lapse(c, rng)
			c.Shifts, c.Tail, c.NoiseControls, c.Drift = 1, 4, 8, 0.2
			c.Spread = between(rng, 0.1, 0.4)
		}},
}
