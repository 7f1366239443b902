package optim

import (
	"fmt"

	"gorgonia.org/tensor"
)

// State is an optimizer's state of a parameter: with it and the parameter's value, an interrupted run continues as if
// uninterrupted.
type State struct {
	Steps   int                      // taken by the parameter
	Tensors map[string]*tensor.Dense // by the optimizer's names, of the parameter's dtype and size
}

// stateOf is a tensor of a state, which must fit the parameter.
func stateOf[F float](p *Param, s State, name string) ([]F, error) {
	t, size := s.Tensors[name], p.Value.Shape().TotalSize()
	if t == nil {
		return nil, fmt.Errorf("optim: the state of %s has no %s", p.Name, name)
	}
	values, ok := t.Data().([]F)
	if !ok || len(values) != size {
		return nil, fmt.Errorf("optim: %s of %s is %v of %v, not %d of %v", name, p.Name, t.Shape(), t.Dtype(), size, p.Value.Dtype())
	}
	return values, nil
}
