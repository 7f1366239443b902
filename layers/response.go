package layers

import (
	"math"

	"deepcausalmmm/graph"
)

// Decaying is a carry-over that reports each channel's decay: the part of a week's exposure that the next week keeps,
// in [0, 1), at the current parameters.
type Decaying interface{ Decays() []float64 }

// Saturating is a saturation that reports the curve of each channel, xⁿ/(xⁿ + kⁿ), at the current parameters.
type Saturating interface {
	Curves() (half, slope []float64)
}

// Response describes a channel's carry-over and saturation.
type Response struct {
	Decay          float64
	HalfSaturation float64 // k
	Slope          float64 // n
}

// Responses describes the channels of a carry-over and a saturation; nil if the layers are not Decaying and Saturating.
func Responses(carryOver, saturation graph.Layer) []Response {
	decaying, ok := carryOver.(Decaying)
	saturating, also := saturation.(Saturating)
	if !ok || !also {
		return nil
	}
	decay := decaying.Decays()
	half, slope := saturating.Curves()
	responses := make([]Response, len(decay))
	for c := range responses {
		responses[c] = Response{decay[c], half[c], slope[c]}
	}
	return responses
}

// Saturation is Hill's equation for one exposure x, with slope n and half-saturation k.
func Saturation(x, n, k float64) float64 { return math.Pow(x, n) / (math.Pow(x, n) + math.Pow(k, n)) }

// each applies f to the current values of a parameter.
func each(param *graph.Node, f func(float64) float64) []float64 {
	values := graph.Floats(param.Value())
	for i, v := range values {
		values[i] = f(v)
	}
	return values
}
