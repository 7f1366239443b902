// Package simulate generates region × week panels whose causal truth is known: a graph of media channels that raise each
// other's activity, adstock and Hill saturation per channel, a baseline, trend, season, controls and noise. Its main type is
// World, which Run generates from a Config. World.Truth has the direct and total effect of every channel, computed by
// simulating the same world again with the channel switched off. Start reading at World.play, the structural equations.
package simulate
