package optim

import "math"

// clipFloor is PyTorch's: it keeps the quotient finite for a gradient of 0.
const clipFloor = 1e-6

// ClipNorm scales gradients down together so that their norm is at most Max (Pascanu et al. 2013), as
// torch.nn.utils.clip_grad_norm_: by Max/(norm + 1e-6) where that is below 1.
type ClipNorm struct {
	Max   float64
	Group string // only the parameters of this group; all if empty
}

var _ Transform = ClipNorm{}

// Apply clips. A gradient that is not finite is a *GradientError.
func (c ClipNorm) Apply(params []*Param) error {
	norm := c.Norm(params)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return c.culprit(params)
	}
	scale := c.Max / (norm + clipFloor)
	if scale >= 1 {
		return nil
	}
	for _, p := range c.own(params) {
		each(p, func(_, g []float32) { multiply(g, scale) }, func(_, g []float64) { multiply(g, scale) })
	}
	return nil
}

// Norm is the Euclidean norm of all the gradients that the clipping is for.
func (c ClipNorm) Norm(params []*Param) float64 {
	sum := 0.0
	for _, p := range c.own(params) {
		each(p, func(_, g []float32) { sum += squares(g) }, func(_, g []float64) { sum += squares(g) })
	}
	return math.Sqrt(sum)
}

func (c ClipNorm) own(params []*Param) []*Param {
	if c.Group == "" {
		return params
	}
	own := make([]*Param, 0, len(params))
	for _, p := range params {
		if p.Group == c.Group {
			own = append(own, p)
		}
	}
	return own
}

// culprit names the gradient that made the norm infinite; an overflow of finite gradients names none.
func (c ClipNorm) culprit(params []*Param) error {
	var err error
	for _, p := range c.own(params) {
		each(p, func(_, g []float32) { err = finite(p.Name, g) }, func(_, g []float64) { err = finite(p.Name, g) })
		if err != nil {
			return err
		}
	}
	return &GradientError{Param: "all parameters together", Value: math.Inf(1)}
}

func squares[F float](x []F) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

func multiply[F float](x []F, scale float64) {
	for i := range x {
		x[i] *= F(scale)
	}
}
