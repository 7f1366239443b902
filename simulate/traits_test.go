package simulate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBudgetsDoNotDependOnTheNumberOfColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draws(rapid.Uint64().Draw(t, "seed"))
		media := 0.0
		for _, channel := range newChannels(d, numbered("channel_%d", rapid.IntRange(1, 20).Draw(t, "channels"))) {
			media += channel.effect * channel.saturation(1)
		}
		require.InDelta(t, mediaBudget, media, 1e-9)

		controls := 0.0
		for _, control := range newControls(d, numbered("control_%d", rapid.IntRange(1, 20).Draw(t, "controls"))) {
			controls += math.Abs(control.effect)
		}
		require.InDelta(t, controlBudget, controls, 1e-9)
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
