// Package simulate builds region × week panels whose causal truth is known: a graph of media channels that pull each
// other's activity, adstock and Hill saturation per channel, a baseline, trend, season, controls and noise. Its main
// type is World, which Run makes from a Config; what every channel truly earned, directly and through the channels it
// feeds, is World.Truth, found by playing the same world again with the channel switched off. Start reading at
// World.play, the structural equations.
package simulate
