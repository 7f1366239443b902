package layers

import (
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/internal/cores"
)

// Dropout sets a random share of its input to 0 and multiplies the rest by 1/(1 − share) (Srivastava et al. 2014). The
// mask is an input of the graph, so a graph with dropout is still a function of its inputs. Draw changes it.
type Dropout struct {
	Mask  *graph.Node // the input's shape: 0 or 1/(1 − share)
	share float64
}

var _ graph.Layer = (*Dropout)(nil)

// NewDropout makes a mask for an input of a shape. It is 1 everywhere until Draw.
func NewDropout(s *graph.Scope, name string, share float64, shape ...int) *Dropout {
	l := &Dropout{Mask: s.Input(name, shape...), share: share}
	l.Pass()
	return l
}

// Forward masks x.
func (l *Dropout) Forward(x *graph.Node) *graph.Node { return op.Mul(x, l.Mask) }

// Pass sets the mask to 1 everywhere until the next Draw.
func (l *Dropout) Pass() {
	mask := l.Mask.Value().(*tensor.Dense)
	if err := mask.Memset(one(mask.Dtype())); err != nil {
		panic(err) // a mask is a contiguous tensor of its dtype, which Memset accepts
	}
}

func one(dtype tensor.Dtype) any {
	if dtype == tensor.Float32 {
		return float32(1)
	}
	return float64(1)
}

// Draw sets a new random mask.
func (l *Dropout) Draw(rng *rand.Rand) {
	switch mask := l.Mask.Value().Data().(type) {
	case []float32:
		draw(rng, l.share, mask)
	case []float64:
		draw(rng, l.share, mask)
	}
}

// drawn is the number of elements of one random generator: each block has its own, so that the cores share the work.
const drawn = 1 << 15

func draw[F op.Float](rng *rand.Rand, share float64, mask []F) {
	seeds := make([][2]uint64, (len(mask)+drawn-1)/drawn)
	for i := range seeds {
		seeds[i] = [2]uint64{rng.Uint64(), rng.Uint64()}
	}
	cores.Share(len(seeds), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			drawRun(rand.NewPCG(seeds[i][0], seeds[i][1]), share, mask[i*drawn:min(len(mask), (i+1)*drawn)])
		}
	})
}

func drawRun[F op.Float](rng *rand.PCG, share float64, mask []F) {
	values := [2]F{F(1 / (1 - share)), 0}
	threshold := uint64(share * (1 << 32))
	for i := 0; i < len(mask); i += 2 { // one draw serves two elements
		bits := rng.Uint64()
		mask[i] = values[(bits>>32-threshold)>>63] // index 1 if the upper half is below the threshold
		if i+1 < len(mask) {
			mask[i+1] = values[(bits&math.MaxUint32-threshold)>>63]
		}
	}
}
