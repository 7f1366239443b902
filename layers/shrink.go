package layers

import (
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph/op"
)

// Shrink is ½·Σ((p − mean)/sd)², a scalar: a Gaussian prior's penalty on each element of p.
func Shrink(p *gorgonia.Node, mean, sd float64) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	return op.Combine([]float64{0.5}, op.Must(op.SquareSum(op.Must(op.Affine(1/sd, p, -mean/sd)))))
}
