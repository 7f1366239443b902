package graph

import (
	"fmt"
	"time"

	"gonum.org/v1/gonum/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph/op"
)

// Machine evaluates target nodes of an expression graph repeatedly.
//
// Gorgonia's tape machine drops every intermediate value between runs and allocates it again in each epoch. A Machine
// sorts the nodes once and lets each op that can (op.Kernel) write into memory that persists between runs. It skips nodes
// that no target depends on, and reuses the memory of a value after its last use, see plan.
//
// Targets come in stages, for example the forward pass, then the loss and gradients. A run up to a stage computes the
// targets of that stage and of those before it.
//
// A Machine is not safe for concurrent use, nor are two machines on one graph: ops keep scratch memory.
type Machine struct {
	steps   []step
	values  []gorgonia.Value
	targets map[*gorgonia.Node]int // the steps that compute them
	stages  []int                  // the number of steps up to the end of each stage
}

// step is one node in topological order. Inputs of the graph have no op: their value is bound to the node.
type step struct {
	node   *gorgonia.Node
	op     gorgonia.Op
	kernel op.Kernel // op, if it is one of package op
	inputs []int
	args   []gorgonia.Value
	spent  time.Duration // in all runs
}

// NewMachine returns a machine for stages of targets, all of one graph.
func NewMachine(stages ...gorgonia.Nodes) *Machine {
	m := &Machine{targets: map[*gorgonia.Node]int{}}
	at := map[*gorgonia.Node]int{}
	for _, targets := range stages {
		for _, n := range targets {
			m.targets[n] = m.schedule(n, at)
		}
		m.stages = append(m.stages, len(m.steps))
	}
	m.values = make([]gorgonia.Value, len(m.steps))
	m.plan()
	return m
}

// schedule appends n after its inputs and returns the number of its step.
func (m *Machine) schedule(n *gorgonia.Node, at map[*gorgonia.Node]int) int {
	if i, ok := at[n]; ok {
		return i
	}
	s := step{node: n, op: n.Op()}
	var children gorgonia.Nodes
	for _, child := range graph.NodesOf(n.Graph().From(n.ID())) {
		children = append(children, child.(*gorgonia.Node))
		s.inputs = append(s.inputs, m.schedule(child.(*gorgonia.Node), at))
	}
	if ours := op.InPlaceOf(n, children...); ours != nil {
		s.op = ours
	}
	s.kernel, _ = s.op.(op.Kernel)
	s.args = make([]gorgonia.Value, len(s.inputs))
	at[n] = len(m.steps)
	m.steps = append(m.steps, s)
	return at[n]
}

// Run evaluates every target from the values bound to the inputs of the graph.
func (m *Machine) Run() error { return m.RunTo(len(m.stages) - 1) }

// RunTo evaluates the targets of the stages 0 to stage.
func (m *Machine) RunTo(stage int) error { return m.run(0, m.stages[stage]) }

// Continue evaluates the targets of the stage after the one that the last run ended with. It does so once for each run, since later
// stages reuse the memory of earlier ones.
func (m *Machine) Continue(stage int) error { return m.run(m.stages[stage-1], m.stages[stage]) }

// run evaluates the steps from the first to the one before last.
func (m *Machine) run(first, last int) error {
	for i := first; i < last; i++ {
		s := &m.steps[i]
		if s.op == nil {
			if m.values[i] = s.node.Value(); m.values[i] == nil {
				return fmt.Errorf("graph: input %s has no value", s.node.Name())
			}
			continue
		}
		for j, at := range s.inputs {
			s.args[j] = m.values[at]
		}
		start := time.Now()
		var err error
		if s.kernel != nil {
			m.values[i], err = s.kernel.UsePreallocDo(m.values[i], s.args...)
		} else {
			m.values[i], err = s.op.Do(s.args...)
		}
		if err != nil {
			return fmt.Errorf("graph: %s: %w", s.node.Name(), err)
		}
		s.spent += time.Since(start)
	}
	return nil
}

// Profile is the time spent in each kind of op in all runs, by the op's name. Names of gradients begin with ∂.
func (m *Machine) Profile() map[string]time.Duration {
	spent := map[string]time.Duration{}
	for _, s := range m.steps {
		if s.op != nil {
			spent[s.op.String()] += s.spent
		}
	}
	return spent
}

// Value is the value of a target in the last run, nil for any other node and before a run up to its stage. The next run
// may overwrite it.
func (m *Machine) Value(n *gorgonia.Node) gorgonia.Value {
	at, ok := m.targets[n]
	if !ok {
		return nil
	}
	return m.values[at]
}

// Floats copies the value of a target, row-major, as float64.
func (m *Machine) Floats(n *gorgonia.Node) []float64 { return Floats(m.Value(n)) }

// Scalar is the value of a target with one element.
func (m *Machine) Scalar(n *gorgonia.Node) float64 { return m.Floats(n)[0] }

// Floats copies the elements of a value, row-major, as float64.
func Floats(v gorgonia.Value) []float64 {
	if d, ok := v.(*tensor.Dense); ok && d.RequiresIterator() {
		v = d.Materialize().(*tensor.Dense)
	}
	switch data := v.Data().(type) {
	case []float64:
		return append([]float64(nil), data...)
	case []float32:
		wide := make([]float64, len(data))
		for i, x := range data {
			wide[i] = float64(x)
		}
		return wide
	case float64:
		return []float64{data}
	case float32:
		return []float64{float64(data)}
	default:
		panic(fmt.Sprintf("graph: no float in %T", data))
	}
}
