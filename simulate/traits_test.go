package simulate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBudgetsDoNotDependOnTheNumberOfColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDraws(rapid.Uint64().Draw(t, "seed"), "")
		media := 0.0
		c := DefaultConfig()
		c.Channels = numbered("channel_%d", rapid.IntRange(1, 20).Draw(t, "channels"))
		c.Controls = numbered("control_%d", rapid.IntRange(1, 20).Draw(t, "controls"))
		for _, channel := range newChannels(d, c) {
			media += channel.effect * channel.curve.at(1)
		}
		require.InDelta(t, mediaBudget, media, 1e-9)

		controls := 0.0
		for _, control := range newControls(d, c) {
			controls += math.Abs(control.effect)
		}
		require.InDelta(t, c.ControlEffect, controls, 1e-9)
	})
}

func TestEveryDefaultColumnIsKnown(t *testing.T) {
	for _, name := range DefaultConfig().Channels {
		require.Contains(t, units, name)
	}
	for _, name := range DefaultConfig().Controls {
		require.Contains(t, knownControls, name)
	}
}
