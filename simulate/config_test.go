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
