package graph

import (
	"slices"

	"gorgonia.org/tensor"
)

// plan assigns every value of the machine to a buffer. Values that are not live at the same time share one, which saves a
// quarter of the model's memory at the reference size.
//
// A value is live from the step that computes it to the last step that reads it or a view of it. Targets stay live, and so
// do the inputs of Gorgonia's own ops, which may keep a view of them. Each value takes the smallest free buffer that is
// large enough, or else enlarges the largest (best fit, Knuth 1968, 2.5).
func (m *Machine) plan() {
	life := m.lifetimes()
	var buffers []*buffer
	for i := range m.steps {
		s := &m.steps[i]
		var dying []*buffer
		for _, in := range s.inputs {
			if owner := life.owner[in]; life.last[owner] == i && life.buffer[owner] != nil {
				b := life.buffer[owner]
				// No other input can be a view of the buffer at another offset: a view is more than half of it, see part in op.
				if s.kernel != nil && s.kernel.Elementwise() && life.offset[in] == 0 {
					b.free = true
				} else {
					dying = append(dying, b)
				}
			}
		}
		if life.owner[i] == i && life.shared[i] {
			b := fit(buffers, s.node.Dtype(), s.node.Shape().TotalSize())
			if b == nil {
				b = &buffer{dtype: s.node.Dtype()}
				buffers = append(buffers, b)
			}
			b.size, b.free = max(b.size, s.node.Shape().TotalSize()), false
			life.buffer[i] = b
		}
		for _, b := range dying {
			b.free = true
		}
	}
	for i, b := range life.buffer {
		if b != nil {
			m.values[i] = b.tensor(m.steps[i].node.Shape())
		}
	}
}

// lifetimes are the memory and the lifetime of the value of each step.
type lifetimes struct {
	owner  []int  // the step whose memory holds the value: another step for a view
	offset []int  // in that memory
	shared []bool // its memory can be reused
	last   []int  // the last step that reads the memory
	buffer []*buffer
}

func (m *Machine) lifetimes() lifetimes {
	n := len(m.steps)
	l := lifetimes{make([]int, n), make([]int, n), make([]bool, n), make([]int, n), make([]*buffer, n)}
	for i, s := range m.steps {
		l.owner[i], l.last[i] = i, i
		l.shared[i] = s.kernel != nil && s.node.Shape().Dims() > 0
		for _, in := range s.inputs {
			l.last[l.owner[in]] = i
			if s.kernel == nil {
				l.shared[l.owner[in]] = false
			}
		}
		if s.kernel == nil {
			continue
		}
		if offset, ok := s.kernel.View(); ok {
			l.owner[i], l.offset[i] = l.owner[s.inputs[0]], l.offset[s.inputs[0]]+offset
		}
	}
	for _, at := range m.targets {
		l.shared[l.owner[at]] = false
	}
	return l
}

// buffer is memory for one value at a time.
type buffer struct {
	dtype   tensor.Dtype
	size    int // elements
	free    bool
	backing any // []float32 or []float64, allocated with the first value
}

// fit returns the smallest free buffer of a dtype that is large enough, else the largest free one; nil if none is free.
func fit(buffers []*buffer, dtype tensor.Dtype, size int) *buffer {
	var best *buffer
	for _, b := range buffers {
		switch {
		case !b.free || b.dtype != dtype:
		case best == nil,
			b.size >= size && (best.size < size || b.size < best.size),
			b.size < size && best.size < size && b.size > best.size:
			best = b
		}
	}
	return best
}

// tensor is a view of the buffer as a value of a shape.
func (b *buffer) tensor(shape tensor.Shape) *tensor.Dense {
	n := shape.TotalSize()
	if b.dtype == tensor.Float32 {
		return tensor.New(tensor.WithShape(slices.Clone(shape)...), tensor.WithBacking(memory[float32](b)[:n]))
	}
	return tensor.New(tensor.WithShape(slices.Clone(shape)...), tensor.WithBacking(memory[float64](b)[:n]))
}

func memory[F float32 | float64](b *buffer) []F {
	if b.backing == nil {
		b.backing = make([]F, b.size)
	}
	return b.backing.([]F)
}
