package optim

import (
	"fmt"

	"gorgonia.org/tensor"
)

// clipFloor is PyTorch's: it keeps the quotient finite for a gradient of 0.
const clipFloor = 1e-6

// ClipNorm scales gradients down together so that their norm is at most Max (Pascanu et al. 2013), as
// torch.nn.utils.clip_grad_norm_: by Max/(norm + 1e-6) if that is below 1.
type ClipNorm struct {
	Max   float64 // above 0; +Inf only measures
	Group string  // only the parameters of this group; all if empty
}

var _ Transform = ClipNorm{}

// Apply clips. A gradient that is not finite is a *GradientError.
func (c ClipNorm) Apply(params []*Param) error {
	_, err := c.Clip(params)
	return err
}

// Clip is Apply, and returns the norm of the gradients before it.
func (c ClipNorm) Clip(params []*Param) (float64, error) {
	if !(c.Max > 0) {
		panic(fmt.Sprintf("optim: gradients cannot be clipped to a norm of %g", c.Max))
	}
	length, err := norm(params, c.Group)
	if err != nil {
		return length, err
	}
	scale := c.Max / (length + clipFloor)
	if scale >= 1 {
		return length, nil
	}
	for _, p := range params {
		if !p.in(c.Group) {
			continue
		}
		if p.dtype() == tensor.Float32 {
			multiply(p.Grad.Float32s(), float32(scale))
		} else {
			multiply(p.Grad.Float64s(), scale)
		}
	}
	return length, nil
}

func multiply[F float](x []F, scale F) {
	for i := range x {
		x[i] *= scale
	}
}
