package optim

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Param is a trainable tensor with its gradient, both of one dtype (float32 or float64) and size. Optimizers identify
// parameters by their address; the tensors may change from step to step, but not their dtype and size.
type Param struct {
	Name  string
	Group string // selects its clipping
	Value *tensor.Dense
	Grad  *tensor.Dense
}

// float is the element type. Methods with a loop switch on the dtype and call a generic function.
type float interface{ float32 | float64 }

// dtype of value and gradient. It panics on layouts that a loop over both memories would get wrong, such as a
// gradient that is a transposed view.
func (p *Param) dtype() tensor.Dtype {
	if p.Value == nil || p.Grad == nil {
		panic(fmt.Sprintf("optim: %s lacks its value or its gradient", p.Name))
	}
	of, size := p.Value.Dtype(), p.Value.Shape().TotalSize()
	switch {
	case of != tensor.Float32 && of != tensor.Float64:
		panic(fmt.Sprintf("optim: %s is of %v, neither float32 nor float64", p.Name, of))
	case p.Grad.Dtype() != of:
		panic(fmt.Sprintf("optim: %s is of %v, but its gradient of %v", p.Name, of, p.Grad.Dtype()))
	case p.Grad.Shape().TotalSize() != size:
		panic(fmt.Sprintf("optim: %s has shape %v, but its gradient %v", p.Name, p.Value.Shape(), p.Grad.Shape()))
	case !plain(p.Value) || !plain(p.Grad):
		panic(fmt.Sprintf("optim: value and gradient of %s must be contiguous and in row-major order", p.Name))
	}
	return of
}

func plain(t *tensor.Dense) bool { return !t.RequiresIterator() && t.DataOrder().IsRowMajor() }
