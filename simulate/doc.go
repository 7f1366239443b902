// Package simulate generates region × week panels whose causal truth is known: a graph of media channels that raise each
// other's activity, carry-over and saturation per channel, a baseline, trend, season, controls and noise, and experiments. Its
// main type is World, which Run generates from a Config; NamedConfig has the worlds of a catalogue, each of which breaks an
// assumption of marketing-mix models. World.Truth has the direct and total effect of every channel, computed by simulating the
// same world again with the channel switched off, and World.Intervene the KPI under any other intervention. Start reading at
// World.play, the structural equations.
package simulate
