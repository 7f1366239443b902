package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Target is the panel's KPI column: sales per region and week.
const Target = "sales"

// Config describes the world to simulate. Zeros are not replaced by defaults: start from DefaultConfig and change fields.
type Config struct {
	World    string    // name in the catalogue, for the truth file. Default none.
	Regions  int       // number of regions; 1 is a national panel, without a column of regions. Default 24.
	Weeks    int       // number of weeks. Default 130.
	Channels []string  // media columns. Default the six of the funnel, alphabetically, which is not a causal order.
	Controls []string  // control columns; the first also moves the media plans (confounding). Default three.
	Start    time.Time // first week, a Monday. Default 2023-01-02.
	Seed     uint64    // the same seed gives the same bytes. Default 7.

	Edges           [][2]string // [parent, child] by column name; nil draws a random graph. Default the funnel.
	EdgeProbability float64     // probability of each possible edge of a random graph, in [0, 1]. Default 0.3.
	Pull            float64     // share of a child's activity caused by its parents, at most 0.8. Default 0.45.

	Mechanism Mechanism // how an edge acts: by amounts or by shares. Default amounts.
	Mediators []string  // nodes of the graph that nobody buys, such as awareness; other channels move them. Default none.
	Upper     []string  // channels that sell through others: their own effect is a tenth of the usual. Default none.

	Carryover  Carryover  // form. Default geometric.
	Retention  [2]float64 // range of λ, in [0, 0.95]. Default 0.1 to 0.7.
	Saturation Saturation // form. Default hill.
	Half       [2]float64 // range of the half-saturation, in typical weeks' activity. Default 0.7 to 1.5.
	Media      float64    // Σ|contribution| / KPI, at most 0.6; 0: typical activity earns 0.6 of the baseline. Default 0.
	Negative   int        // number of channels that lose sales: they cannibalise. Default 0.
	Drift      float64    // standard deviation of a channel's log effect over time, at most 1. Default 0.
	Synergy    float64    // by how much a typical week of the first channel raises the second's effect, at most 2. Default 0.
	Spread     float64    // standard deviation of a channel's log effect over regions, at most 1. Default 0.

	Depth    [2]float64 // range of the depth of flights: 0 is always on, 1 is off between flights. Default 0.4 to 1.
	Flight   [2]float64 // mean weeks on air and off air, at least 1. Default 5 and 4.
	Whim     float64    // standard deviation of planners' choices on the log scale, at most 1. Default 0.35.
	Together float64    // correlation of the channels' choices; if above 0 they share flights too, at most 0.99. Default 0.
	Chase    float64    // by how much plans rise, on the log scale, with a standard deviation of the first control, at most 1. Default 0.25.
	Follow   float64    // elasticity of every fourth week's budgets to the sales of the four weeks before, at most 5. Default 0.

	Shown         float64 // correlation of the first control's column with the control; 0 leaves the column out. Default 1.
	ControlEffect float64 // sum over the controls of |effect| of a standard deviation / baseline, at most 0.12. Default 0.1.
	Persistence   float64 // autocorrelation of the controls, below 1. Default 0.7.
	NoiseControls int     // number of further control columns without an effect. Default 0.
	Shifts        int     // number of level shifts of the baseline. Default 0.
	Peaks         int     // number of short peaks of the season. Default 0.

	Noise    float64 // standard deviation / the region's baseline, at most 0.15. Default 0.05.
	Tail     float64 // degrees of freedom of Student's t-distributed noise, above 2; 0: normal noise. Default 0.
	Outliers float64 // share of region-weeks with an error of 15 to 30 % of the baseline, at most 0.1. Default 0.
	Spikes   float64 // share of exposures entered as 4 to 12 times their value, at most 0.1. Default 0.
	Missing  float64 // share of region-weeks left out of the panel, at most 0.5. Default 0.

	Returns [2]float64 // range of what a channel sells by itself, or of Upper in all, for a unit of money, above 0; the panel then has columns of spend. Default none.

	Experiments []Experiment // lift tests in the panel. Default none.
}

// Mechanism is how parents move the activity of a channel.
type Mechanism string

// Mechanisms of the channel graph.
const (
	Amounts Mechanism = "amounts" // a unit of a parent's stock adds the edge's weight
	Shares  Mechanism = "shares"  // the logarithm of 1 + a parent's stock adds its weight times to the logarithm
)

// DefaultConfig is the configuration of the bundled sample. Upstream channels create demand that downstream ones capture:
// television leads to search and social, radio to search, social to search and affiliates, display to affiliates.
func DefaultConfig() Config {
	return Config{
		Regions: 24,
		Weeks:   130,
		Channels: []string{
			"affiliates_impressions", "display_impressions", "radio_impressions",
			"search_impressions", "social_impressions", "tv_impressions",
		},
		Controls: []string{"control_price_index", "control_competitor_promo", "control_temperature"},
		Start:    time.Date(2023, time.January, 2, 0, 0, 0, 0, time.UTC),
		Seed:     7,
		Edges: [][2]string{
			{"display_impressions", "affiliates_impressions"},
			{"radio_impressions", "search_impressions"},
			{"social_impressions", "affiliates_impressions"},
			{"social_impressions", "search_impressions"},
			{"tv_impressions", "search_impressions"},
			{"tv_impressions", "social_impressions"},
		},
		EdgeProbability: 0.3,
		Pull:            0.45,
		Mechanism:       Amounts,
		Carryover:       Geometric,
		Retention:       [2]float64{0.1, 0.7},
		Saturation:      Hill,
		Half:            [2]float64{0.7, 1.5},
		Depth:           [2]float64{0.4, 1},
		Flight:          [2]float64{5, 4},
		Whim:            0.35,
		Chase:           0.25,
		Shown:           1,
		ControlEffect:   0.1,
		Persistence:     0.7,
		Noise:           0.05,
	}
}

// Sized returns c with the given numbers of channels and controls. If a number changes, the columns are numbered,
// channel_01_impressions and control_01, and new channels get a random graph. The globs *_impressions and control_* always
// match the columns.
func (c Config) Sized(channels, controls int) (Config, error) {
	if err := checkSize("channels", channels, 1, maxColumns); err != nil {
		return c, err
	}
	if err := checkSize("controls", controls, 0, maxColumns); err != nil {
		return c, err
	}
	if channels != len(c.Channels) {
		c.Channels, c.Edges = numbered("channel_%02d_impressions", channels), nil
	}
	if controls != len(c.Controls) {
		c.Controls = numbered("control_%02d", controls)
	}
	return c, nil
}

func numbered(format string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(format, i+1)
	}
	return names
}

// noiseControls are the columns of controls without an effect.
func (c Config) noiseControls() []string { return numbered("control_index_%02d", c.NoiseControls) }

// ConfigError reports an invalid field of a Config.
type ConfigError struct {
	Field string // name of the flag: regions, weeks, edges …
	Value any
	Want  string // the valid values
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s: %v is invalid: want %s", e.Field, e.Value, e.Want)
}

// Bounds on sizes keep a typing error from exhausting memory: a century of weeks, every county of a country.
const (
	maxRegions = 10_000
	maxWeeks   = 5_200
	maxColumns = 200
)

// check returns the error of the first invalid field. newFunnel checks the edges.
func (c Config) check() error {
	err := cmp.Or(
		checkSize("regions", c.Regions, 1, maxRegions),
		checkSize("weeks", c.Weeks, 2, maxWeeks),
		checkSize("channels", len(c.Channels), 1, maxColumns),
		checkSize("controls", len(c.Controls), 0, maxColumns),
		checkShare("edge probability", c.EdgeProbability, 1),
		checkShare("pull", c.Pull, maxPull),
		c.checkForms(),
		c.checkPlans(),
		checkShare("control effect", c.ControlEffect, maxControlEffect),
		checkShare("persistence", c.Persistence, 0.99),
		checkShare("shown", c.Shown, 1),
		checkSize("noise controls", c.NoiseControls, 0, maxColumns),
		checkSize("shifts", c.Shifts, 0, maxShifts),
		checkSize("peaks", c.Peaks, 0, 20),
		checkShare("noise", c.Noise, maxNoise),
		checkShare("outliers", c.Outliers, 0.1),
		checkShare("spikes", c.Spikes, 0.1),
		checkShare("missing", c.Missing, maxMissing),
	)
	if err != nil {
		return err
	}
	if c.Tail != 0 && !(c.Tail > 2) {
		return &ConfigError{"tail", c.Tail, "more than 2 degrees of freedom, or 0 for normal noise"}
	}
	if c.Returns != [2]float64{} && !(0 < c.Returns[0] && c.Returns[0] <= c.Returns[1] && c.Returns[1] <= maxReturn) {
		return &ConfigError{"returns", c.Returns, fmt.Sprintf("a range above 0 and up to %g", maxReturn)}
	}
	if c.Start.Weekday() != time.Monday {
		return &ConfigError{"start", c.Start.Format(time.DateOnly), "a Monday"}
	}
	return c.checkColumns()
}

func checkSize(field string, n, least, most int) error {
	if n < least || n > most {
		return &ConfigError{field, n, fmt.Sprintf("%d to %d", least, most)}
	}
	return nil
}

func checkShare(field string, x, most float64) error {
	if !(x >= 0 && x <= most) { // the negation also catches NaN
		return &ConfigError{field, x, fmt.Sprintf("a share from 0 to %g", most)}
	}
	return nil
}

// checkForms returns the error of the first invalid field about the channels' response.
func (c Config) checkForms() error {
	return cmp.Or(
		checkForm("mechanism", c.Mechanism, Amounts, Shares),
		checkForm("carry-over", c.Carryover, append(carryovers, DrawnCarryover)...),
		checkRange("retention", c.Retention, 0, 0.95),
		checkForm("saturation", c.Saturation, append(saturations, Hill, DrawnSaturation)...),
		checkRange("half", c.Half, 0.1, 10),
		checkShare("media", c.Media, 0.6),
		checkSize("negative", c.Negative, 0, len(c.Channels)),
		checkShare("drift", c.Drift, 1),
		checkShare("spread", c.Spread, 1),
		checkShare("synergy", c.Synergy, 2),
	)
}

// checkPlans returns the error of the first invalid field about the channels' plans.
func (c Config) checkPlans() error {
	return cmp.Or(
		checkRange("depth", c.Depth, 0, 1),
		checkRange("flight", [2]float64{min(c.Flight[0], c.Flight[1]), max(c.Flight[0], c.Flight[1])}, 1, maxWeeks),
		checkShare("whim", c.Whim, 1),
		checkShare("together", c.Together, 0.99),
		checkShare("chase", c.Chase, 1),
		checkShare("follow", c.Follow, 5),
	)
}

func checkForm[T ~string](field string, form T, forms ...T) error {
	if slices.Contains(forms, form) {
		return nil
	}
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = string(f)
	}
	return &ConfigError{field, fmt.Sprintf("%q", form), "one of " + strings.Join(names, ", ")}
}

func checkRange(field string, r [2]float64, least, most float64) error {
	if !(least <= r[0] && r[0] <= r[1] && r[1] <= most) { // the negation also catches NaN
		return &ConfigError{field, r, fmt.Sprintf("a range within %g to %g", least, most)}
	}
	return nil
}

// nodes are the nodes of the graph: channels, then mediators.
func (c Config) nodes() []string { return slices.Concat(c.Channels, c.Mediators) }

func (c Config) checkColumns() error {
	for _, name := range c.Upper {
		if !slices.Contains(c.Channels, name) {
			return &ConfigError{"upper", fmt.Sprintf("%q", name), "channels of the panel"}
		}
	}
	taken := map[string]bool{"": true, "region": true, "week": true, Target: true}
	for _, names := range [][]string{c.nodes(), c.Controls, c.noiseControls()} {
		for _, name := range names {
			if taken[name] {
				want := "names that differ, also from region, week and " + Target
				return &ConfigError{"columns", fmt.Sprintf("%q", name), want}
			}
			taken[name] = true
		}
	}
	return nil
}
