package simulate

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawConfig draws the configuration of a small world with a random graph.
func drawConfig(t *rapid.T) Config {
	c, err := DefaultConfig().Sized(rapid.IntRange(1, 9).Draw(t, "channels"), rapid.IntRange(0, 4).Draw(t, "controls"))
	require.NoError(t, err)
	c.Regions = rapid.IntRange(1, 5).Draw(t, "regions")
	c.Weeks = rapid.IntRange(2, 70).Draw(t, "weeks")
	c.Seed = rapid.Uint64().Draw(t, "seed")
	c.EdgeProbability = rapid.Float64Range(0, 1).Draw(t, "edge probability")
	c.Pull = rapid.Float64Range(0.1, maxPull).Draw(t, "pull")
	c.Noise = rapid.Float64Range(0, maxNoise).Draw(t, "noise")
	c.Missing = rapid.Float64Range(0, maxMissing).Draw(t, "missing")
	return c
}

func runDrawn(t *rapid.T, c Config) *World {
	w, err := Run(c)
	require.NoError(t, err)
	return w
}

func TestBadConfigNamesTheField(t *testing.T) {
	for field, spoil := range map[string]func(*Config){
		"regions":          func(c *Config) { c.Regions = 0 },
		"weeks":            func(c *Config) { c.Weeks = 1 },
		"channels":         func(c *Config) { c.Channels, c.Edges = nil, nil },
		"controls":         func(c *Config) { c.Controls = make([]string, maxColumns+1) },
		"columns":          func(c *Config) { c.Controls = []string{"tv_impressions"} },
		"start":            func(c *Config) { c.Start = c.Start.AddDate(0, 0, 1) },
		"edge probability": func(c *Config) { c.EdgeProbability = -0.1 },
		"pull":             func(c *Config) { c.Pull = 1 },
		"noise":            func(c *Config) { c.Noise = math.NaN() },
		"missing":          func(c *Config) { c.Missing = 0.6 },
		"mechanism":        func(c *Config) { c.Mechanism = "ratios" },
		"carry-over":       func(c *Config) { c.Carryover = "exponential" },
		"retention":        func(c *Config) { c.Retention = [2]float64{0.5, 0.2} },
		"saturation":       func(c *Config) { c.Saturation = "" },
		"half":             func(c *Config) { c.Half[0] = 0 },
		"media":            func(c *Config) { c.Media = 0.9 },
		"negative":         func(c *Config) { c.Negative = 7 },
		"drift":            func(c *Config) { c.Drift = 2 },
		"spread":           func(c *Config) { c.Spread = -1 },
		"synergy":          func(c *Config) { c.Synergy = 3 },
		"depth":            func(c *Config) { c.Depth[1] = 1.1 },
		"flight":           func(c *Config) { c.Flight[1] = 0 },
		"whim":             func(c *Config) { c.Whim = math.NaN() },
		"together":         func(c *Config) { c.Together = 1 },
		"chase":            func(c *Config) { c.Chase = 2 },
		"follow":           func(c *Config) { c.Follow = 9 },
		"upper":            func(c *Config) { c.Upper = []string{"television"} },
		"control effect":   func(c *Config) { c.ControlEffect = 0.3 },
		"persistence":      func(c *Config) { c.Persistence = 1 },
		"shown":            func(c *Config) { c.Shown = 1.5 },
		"noise controls":   func(c *Config) { c.NoiseControls = -1 },
		"shifts":           func(c *Config) { c.Shifts = 6 },
		"peaks":            func(c *Config) { c.Peaks = -1 },
		"tail":             func(c *Config) { c.Tail = 2 },
		"outliers":         func(c *Config) { c.Outliers = 0.5 },
		"spikes":           func(c *Config) { c.Spikes = 0.5 },
		"edges":            func(c *Config) { c.Edges = [][2]string{{"tv_impressions", "television"}} },
	} {
		c := DefaultConfig()
		spoil(&c)
		_, err := Run(c)
		var bad *ConfigError
		require.ErrorAs(t, err, &bad, field)
		require.Equal(t, field, bad.Field)
	}
}

func TestMediatorsNeedEdges(t *testing.T) {
	c := DefaultConfig()
	c.Mediators, c.Edges = []string{"awareness"}, nil
	_, err := Run(c)
	require.EqualError(t, err, "edges: none is invalid: want edges that lead to the mediators")
}

func TestSalesBelowZeroAreRefused(t *testing.T) {
	c := DefaultConfig()
	c.Shifts, c.Noise, c.Tail, c.Outliers, c.ControlEffect, c.Negative = 5, maxNoise, 2.1, 0.1, maxControlEffect, 6
	_, err := Run(c)
	require.ErrorContains(t, err, "a KPI above 0 in every week")
}

func TestSizedKeepsTheFunnelOnlyAtItsSize(t *testing.T) {
	same, err := DefaultConfig().Sized(6, 3)
	require.NoError(t, err)
	require.Equal(t, DefaultConfig(), same)

	larger, err := DefaultConfig().Sized(12, 1)
	require.NoError(t, err)
	require.Equal(t, "channel_12_impressions", larger.Channels[11])
	require.Equal(t, []string{"control_01"}, larger.Controls)
	require.Nil(t, larger.Edges)

	for _, size := range [][2]int{{0, 3}, {-1, 3}, {maxColumns + 1, 3}, {6, -1}} {
		_, err := DefaultConfig().Sized(size[0], size[1])
		require.Error(t, err, "%v", size)
	}
}

func TestDefaultStartIsAMonday(t *testing.T) {
	require.Equal(t, time.Monday, DefaultConfig().Start.Weekday())
}
