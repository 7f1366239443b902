package layers

import (
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph/op"
)

// Dropout sets a share of its input to 0 and scales the rest up by 1/(1 − share), anew for each run (Srivastava et
// al. 2014). The mask is an input of the graph, so that a graph with dropout is still a function of its inputs.
type Dropout struct {
	Mask  *gorgonia.Node // the input's shape: 0 or 1/(1 − share)
	share float64
}

var _ Layer = (*Dropout)(nil)

// NewDropout makes a mask for an input of a shape. It lets everything pass until Draw.
func NewDropout(s *Scope, name string, share float64, shape ...int) *Dropout {
	l := &Dropout{Mask: s.Input(name, shape...), share: share}
	l.Pass()
	return l
}

// Forward masks x.
func (l *Dropout) Forward(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Mul(x, l.Mask) }

// Pass lets everything through until the next Draw.
func (l *Dropout) Pass() {
	mask := l.Mask.Value().(*tensor.Dense)
	if err := mask.Memset(one(mask.Dtype())); err != nil {
		panic(err) // a mask is a contiguous tensor of its dtype: Memset takes it
	}
}

func one(dtype tensor.Dtype) any {
	if dtype == tensor.Float32 {
		return float32(1)
	}
	return float64(1)
}

// Draw makes a new mask.
func (l *Dropout) Draw(rng *rand.Rand) {
	switch mask := l.Mask.Value().Data().(type) {
	case []float32:
		draw(rng, l.share, mask)
	case []float64:
		draw(rng, l.share, mask)
	}
}

func draw[F op.Float](rng *rand.Rand, share float64, mask []F) {
	keep := F(1 / (1 - share))
	threshold := uint32(share * (1 << 32))
	for i := 0; i < len(mask); i += 2 { // one draw serves two elements
		bits := rng.Uint64()
		for j, b := range [2]uint32{uint32(bits), uint32(bits >> 32)} {
			if i+j < len(mask) {
				mask[i+j] = keep
				if b < threshold {
					mask[i+j] = 0
				}
			}
		}
	}
}
