package graph

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/layers"
)

// Where every node is a target, none gives its memory on: the values must be the same bits as where they share.
func TestSharedMemoryDoesNotShow(t *testing.T) {
	c := DefaultConfig()
	c.HiddenDim, c.GRULayers, c.DAGMode = 5, 2, dag.NOTEARS
	d := Dims{Regions: 20, Weeks: 15, Channels: 3, Controls: 2} // more cells than parameters: gradients are views
	m, err := New(c, d, layers.NewParams(tensor.Float32, 1), Training, Design{})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.Float64()
		}
		return x
	}
	cells := d.Regions * d.Weeks
	require.NoError(t, m.SetData(draw(cells*d.Channels), draw(cells*d.Controls), draw(cells), draw(cells)))
	m.SetDuals(true, 2, 0.5)
	m.DrawDropout(rng)

	var all gorgonia.Nodes
	for _, s := range m.machine.steps {
		all = append(all, s.node)
	}
	apart := NewMachine(all)
	check := func(sharing *Machine) {
		for range 2 { // the second run starts from what the first left in the memory
			require.NoError(t, sharing.Run())
			shared := map[*gorgonia.Node][]float64{}
			for n := range sharing.targets {
				shared[n] = sharing.Floats(n)
			}
			require.NoError(t, apart.Run())
			for n, values := range shared {
				require.Equal(t, apart.Floats(n), values, "%v", n)
			}
		}
	}
	check(m.machine)
	const step = 7
	for first := range step { // other targets, views among them
		targets := gorgonia.Nodes{m.Loss.Total}
		for i := first; i < len(all); i += step {
			targets = append(targets, all[i])
		}
		check(NewMachine(targets, m.Gradients))
	}

	buffers, views := map[*float32]bool{}, 0
	for i, s := range m.machine.steps {
		if v, ok := m.machine.values[i].(*tensor.Dense); ok && s.kernel != nil {
			buffers[&v.Float32s()[0]] = true
			if _, ok := s.kernel.View(); ok {
				views++
			}
		}
	}
	require.Less(t, len(buffers), len(m.machine.steps)/3, "values share memory at all")
	require.Positive(t, views)
}

// Whatever a step reads must still stand where it was written, and only an elementwise op may write over what it reads,
// element by element.
func TestNoValueIsOverwrittenBeforeItsLastUse(t *testing.T) {
	for _, d := range []Dims{{40, 30, 5, 3}, {3, 4, 2, 2}, {50, 60, 13, 0}} {
		for _, hidden := range []int{4, 20} {
			c := DefaultConfig()
			c.HiddenDim, c.GRULayers, c.DAGMode = hidden, 2, dag.NOTEARS
			m, err := New(c, d, layers.NewParams(tensor.Float32, 1), Training, Design{})
			require.NoError(t, err)
			views := gorgonia.Nodes{m.Outputs.Prediction}
			for _, s := range m.machine.steps {
				if s.kernel != nil {
					if _, ok := s.kernel.View(); ok {
						views = append(views, s.node)
					}
				}
			}
			requireIntact(t, m.machine)
			requireIntact(t, NewMachine(views, m.Gradients))
		}
	}
}

func requireIntact(t *testing.T, m *Machine) {
	steps, values := m.steps, m.values
	memory := func(i int) *float32 {
		if v, ok := values[i].(*tensor.Dense); ok && steps[i].op != nil {
			return &v.Float32s()[0]
		}
		return nil
	}
	where, offset := make([]int, len(steps)), make([]int, len(steps)) // the step that wrote the memory of a value
	holder := map[*float32]int{}
	intact := func(i int) {
		if at := memory(where[i]); at != nil {
			require.Equal(t, where[i], holder[at], "%v was overwritten by %v", steps[i].node, steps[holder[at]].node)
		}
	}
	for i, s := range steps {
		where[i] = i
		for _, in := range s.inputs {
			intact(in)
			if own := memory(i); own != nil && own == memory(where[in]) {
				require.True(t, s.kernel.Elementwise() && offset[in] == 0, "%v writes over what it reads", s.node)
			}
		}
		if s.kernel != nil {
			if by, ok := s.kernel.View(); ok {
				where[i], offset[i] = where[s.inputs[0]], offset[s.inputs[0]]+by
				continue
			}
		}
		if at := memory(i); at != nil {
			holder[at] = i
		}
	}
	for _, at := range m.targets {
		intact(at)
	}
}

func TestFitTakesTheSmallestBufferThatIsLargeEnough(t *testing.T) {
	f32, f64 := tensor.Float32, tensor.Float64
	small, large, huge := &buffer{dtype: f32, size: 4, free: true}, &buffer{dtype: f32, size: 8, free: true},
		&buffer{dtype: f32, size: 16, free: true}
	taken, other := &buffer{dtype: f32, size: 8}, &buffer{dtype: f64, size: 8, free: true}
	all := []*buffer{huge, small, taken, other, large}
	require.Same(t, small, fit(all, f32, 3))
	require.Same(t, large, fit(all, f32, 5))
	require.Same(t, huge, fit(all, f32, 17), "none is large enough: the largest grows")
	require.Same(t, other, fit(all, f64, 3))
	require.Nil(t, fit([]*buffer{taken}, f32, 1))
}
