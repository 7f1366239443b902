package simulate

import (
	"cmp"
	"fmt"
	"time"
)

// Target is the panel's KPI column: sales per region and week.
const Target = "sales"

// Config describes the world to simulate. Zeros are not replaced by defaults: start from DefaultConfig and change fields.
type Config struct {
	Regions  int       // number of regions. Default 24.
	Weeks    int       // number of weeks. Default 130.
	Channels []string  // media columns. Default the six of the funnel, alphabetically, which is not a causal order.
	Controls []string  // control columns; the first also moves the media plans (confounding). Default three.
	Start    time.Time // first week, a Monday. Default 2023-01-02.
	Seed     uint64    // the same seed gives the same bytes. Default 7.

	Edges           [][2]string // [parent, child] by column name; nil draws a random graph. Default the funnel.
	EdgeProbability float64     // probability of each possible edge of a random graph, in [0, 1]. Default 0.3.
	Pull            float64     // share of a child's activity caused by its parents, at most 0.8. Default 0.45.

	Noise   float64 // standard deviation / the region's baseline, at most 0.15. Default 0.05.
	Missing float64 // share of region-weeks left out of the panel, at most 0.5. Default 0.
}

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
		checkShare("noise", c.Noise, maxNoise),
		checkShare("missing", c.Missing, maxMissing),
	)
	if err != nil {
		return err
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

func (c Config) checkColumns() error {
	taken := map[string]bool{"": true, "region": true, "week": true, Target: true}
	for _, names := range [][]string{c.Channels, c.Controls} {
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
