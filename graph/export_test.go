package graph

import (
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph/op"
)

// Access to the plan of the memory for tests on models, which import this package.

func (m *Machine) Steps() []step                   { return m.steps }
func (m *Machine) Values() []gorgonia.Value        { return m.values }
func (m *Machine) Targets() map[*gorgonia.Node]int { return m.targets }

func (s step) Node() *gorgonia.Node { return s.node }
func (s step) Op() gorgonia.Op      { return s.op }
func (s step) Kernel() op.Kernel    { return s.kernel }
func (s step) Inputs() []int        { return s.inputs }
