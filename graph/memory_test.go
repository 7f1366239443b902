package graph_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/train/neural"
)

// If every node is a target, no memory is reused: the values must equal those of shared memory bit by bit.
func TestSharedMemoryDoesNotChangeValues(t *testing.T) {
	c := neural.DefaultConfig()
	c.HiddenDim, c.GRULayers, c.DAGMode = 5, 2, dag.NOTEARS
	d := neural.Dims{Regions: 20, Weeks: 15, Channels: 3, Controls: 2} // more cells than parameters: gradients are views
	m, err := neural.New(c, d, graph.NewParams(tensor.Float32, 1), neural.Training, neural.Design{})
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
	for _, s := range m.Machine.Steps() {
		all = append(all, s.Node())
	}
	apart := graph.NewMachine(all)
	check := func(sharing *graph.Machine) {
		for range 2 { // the second run starts from the memory that the first left
			require.NoError(t, sharing.Run())
			shared := map[*gorgonia.Node][]float64{}
			for n := range sharing.Targets() {
				shared[n] = sharing.Floats(n)
			}
			require.NoError(t, apart.Run())
			for n, values := range shared {
				require.Equal(t, apart.Floats(n), values, "%v", n)
			}
		}
	}
	check(m.Machine)
	const step = 7
	for first := range step { // other targets, views among them
		targets := gorgonia.Nodes{m.Loss.Total}
		for i := first; i < len(all); i += step {
			targets = append(targets, all[i])
		}
		check(graph.NewMachine(targets, m.Gradients))
	}

	buffers, views := map[*float32]bool{}, 0
	for i, s := range m.Machine.Steps() {
		if v, ok := m.Machine.Values()[i].(*tensor.Dense); ok && s.Kernel() != nil {
			buffers[&v.Float32s()[0]] = true
			if _, ok := s.Kernel().View(); ok {
				views++
			}
		}
	}
	require.Less(t, len(buffers), len(m.Machine.Steps())/3, "values share memory at all")
	require.Positive(t, views)
}

// The inputs of a step must not be overwritten before it runs, and only an elementwise op may write over its input.
func TestNoValueIsOverwrittenBeforeItsLastUse(t *testing.T) {
	for _, d := range []neural.Dims{{Regions: 40, Weeks: 30, Channels: 5, Controls: 3}, {Regions: 3, Weeks: 4, Channels: 2, Controls: 2},
		{Regions: 50, Weeks: 60, Channels: 13}} {
		for _, hidden := range []int{4, 20} {
			c := neural.DefaultConfig()
			c.HiddenDim, c.GRULayers, c.DAGMode = hidden, 2, dag.NOTEARS
			m, err := neural.New(c, d, graph.NewParams(tensor.Float32, 1), neural.Training, neural.Design{})
			require.NoError(t, err)
			views := gorgonia.Nodes{m.Outputs.Prediction}
			for _, s := range m.Machine.Steps() {
				if s.Kernel() != nil {
					if _, ok := s.Kernel().View(); ok {
						views = append(views, s.Node())
					}
				}
			}
			requireIntact(t, m.Machine)
			requireIntact(t, graph.NewMachine(views, m.Gradients))
		}
	}
}

func requireIntact(t *testing.T, m *graph.Machine) {
	steps, values := m.Steps(), m.Values()
	memory := func(i int) *float32 {
		if v, ok := values[i].(*tensor.Dense); ok && steps[i].Op() != nil {
			return &v.Float32s()[0]
		}
		return nil
	}
	where, offset := make([]int, len(steps)), make([]int, len(steps)) // the step that wrote the memory of each value
	holder := map[*float32]int{}
	intact := func(i int) {
		if at := memory(where[i]); at != nil {
			require.Equal(t, where[i], holder[at], "%v was overwritten by %v", steps[i].Node(), steps[holder[at]].Node())
		}
	}
	for i, s := range steps {
		where[i] = i
		for _, in := range s.Inputs() {
			intact(in)
			if own := memory(i); own != nil && own == memory(where[in]) {
				require.True(t, s.Kernel().Elementwise() && offset[in] == 0, "%v writes over its input", s.Node())
			}
		}
		if s.Kernel() != nil {
			if by, ok := s.Kernel().View(); ok {
				where[i], offset[i] = where[s.Inputs()[0]], offset[s.Inputs()[0]]+by
				continue
			}
		}
		if at := memory(i); at != nil {
			holder[at] = i
		}
	}
	for _, at := range m.Targets() {
		intact(at)
	}
}
