package graph

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph/op"
)

// Param is a named trainable tensor. The graphs built on it (for training, for evaluation) share its value.
type Param struct {
	Name  string
	Value *tensor.Dense
	Group Group

	PerRegion bool // its first axis is the regions, and no cell of another region depends on a row
}

// Group names the parameters whose gradients are clipped together.
type Group string

// The coefficients and the network that generates them are clipped apart from everything else.
const (
	Structure    Group = "structure"
	Coefficients Group = "coefficients"
)

// Params are a model's parameters in the order of their first use. NewParams makes one; the zero value is not usable.
type Params struct {
	dtype  tensor.Dtype
	seed   uint64
	list   []*Param
	byName map[string]*Param
}

// NewParams returns an empty set of parameters of a dtype (tensor.Float32 or Float64). The start of each is drawn from
// the seed and its name, so a new layer does not change the starts of the others.
func NewParams(dtype tensor.Dtype, seed uint64) *Params {
	return &Params{dtype: dtype, seed: seed, byName: map[string]*Param{}}
}

// All returns the parameters in the order of their first use.
func (p *Params) All() []*Param { return p.list }

// Dtype is the element type of every parameter.
func (p *Params) Dtype() tensor.Dtype { return p.dtype }

// Get returns a parameter by name, nil if there is none.
func (p *Params) Get(name string) *Param { return p.byName[name] }

// Set copies values (row-major) into a parameter. It fails if the parameter does not exist or has another size.
func (p *Params) Set(name string, values []float64) error {
	param := p.byName[name]
	if param == nil {
		return fmt.Errorf("graph: no parameter %s", name)
	}
	if n := param.Value.Shape().TotalSize(); n != len(values) {
		return fmt.Errorf("graph: parameter %s has %d elements, not %d", name, n, len(values))
	}
	fill(param.Value, values)
	return nil
}

func (p *Params) rng(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(p.seed, h.Sum64()))
}

// Tensor returns a tensor of a dtype with float64 values (row-major).
func Tensor(dtype tensor.Dtype, values []float64, shape ...int) *tensor.Dense {
	t := tensor.New(tensor.Of(dtype), tensor.WithShape(shape...))
	fill(t, values)
	return t
}

func fill(t *tensor.Dense, values []float64) {
	switch data := t.Data().(type) {
	case []float64:
		copy(data, values)
	case []float32:
		for i, v := range values {
			data[i] = float32(v)
		}
	}
}

// Scope gives the layers of a graph their parameters and constants.
type Scope struct {
	Graph  *gorgonia.ExprGraph
	params *Params
	nodes  map[string]*Node
	order  Nodes
}

// NewScope opens a graph on parameters. A parameter that does not exist yet is made when a layer declares it.
func NewScope(g *gorgonia.ExprGraph, params *Params) *Scope {
	return &Scope{Graph: g, params: params, nodes: map[string]*Node{}}
}

// ScopeOf opens a graph whose parameters are nodes of it, found by name. It serves to differentiate a layer by its
// parameters, see gradcheck.
func ScopeOf(g *gorgonia.ExprGraph, nodes ...*Node) *Scope {
	s := NewScope(g, NewParams(tensor.Float64, 0))
	for _, n := range nodes {
		s.nodes[n.Name()] = n
	}
	return s
}

// Params returns the graph's parameter nodes and their parameters, in the order of their first use here.
func (s *Scope) Params() (Nodes, []*Param) {
	list := make([]*Param, len(s.order))
	for i, n := range s.order {
		list[i] = s.params.Get(n.Name())
	}
	return s.order, list
}

// Param declares a parameter and returns its node. Its first use fills it by init; a later one must give the same shape.
func (s *Scope) Param(name string, group Group, init Init, shape ...int) *Node {
	if n, ok := s.nodes[name]; ok {
		return n
	}
	p := s.params.Get(name)
	if p == nil {
		values := make([]float64, tensor.Shape(shape).TotalSize())
		init(s.params.rng(name), shape, values)
		p = &Param{Name: name, Value: Tensor(s.params.dtype, values, shape...), Group: group}
		s.params.list = append(s.params.list, p)
		s.params.byName[name] = p
	}
	if !p.Value.Shape().Eq(tensor.Shape(shape)) {
		op.Fail("graph: parameter %s is %v, but a layer declares it as %v", name, p.Value.Shape(), shape)
	}
	n := gorgonia.NewTensor(s.Graph, s.params.dtype, len(shape), gorgonia.WithName(name), gorgonia.WithValue(p.Value))
	s.nodes[name] = n
	s.order = append(s.order, n)
	return n
}

// PerRegion declares a parameter whose first axis is the regions: no cell of another region depends on a row of it.
func (s *Scope) PerRegion(name string, group Group, init Init, shape ...int) *Node {
	n := s.Param(name, group, init, shape...)
	if p := s.params.Get(name); p != nil {
		p.PerRegion = true
	}
	return n
}

// Input adds an input tensor to the graph, zero until its value is set.
func (s *Scope) Input(name string, shape ...int) *Node {
	t := tensor.New(tensor.Of(s.params.dtype), tensor.WithShape(shape...))
	return gorgonia.NewTensor(s.Graph, s.params.dtype, len(shape), gorgonia.WithName(name), gorgonia.WithValue(t))
}

// Constant adds a tensor with values (row-major) that no gradient is taken by.
func (s *Scope) Constant(name string, values []float64, shape ...int) *Node {
	n := s.Input(name, shape...)
	fill(n.Value().(*tensor.Dense), values)
	return n
}

// Scalar adds a scalar input with a first value.
func (s *Scope) Scalar(name string, value float64) *Node {
	n := gorgonia.NewScalar(s.Graph, s.params.dtype, gorgonia.WithName(name))
	SetScalar(n, value)
	return n
}

// SetScalar changes the value of a scalar input.
func SetScalar(n *Node, value float64) {
	var v any = value
	if n.Dtype() == tensor.Float32 {
		v = float32(value)
	}
	if err := gorgonia.Let(n, v); err != nil {
		panic(err) // a scalar input accepts any float, so n is not one
	}
}

// Init fills a new parameter of a shape, row-major.
type Init func(rng *rand.Rand, shape []int, values []float64)

// Fill starts every element at v.
func Fill(v float64) Init {
	return func(_ *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = v
		}
	}
}

// Normal starts at mean + sd·N(0, 1).
func Normal(mean, sd float64) Init {
	return func(rng *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = mean + sd*rng.NormFloat64()
		}
	}
}

// Uniform starts in ±bound.
func Uniform(bound float64) Init {
	return func(rng *rand.Rand, _ []int, values []float64) {
		for i := range values {
			values[i] = bound * (2*rng.Float64() - 1)
		}
	}
}

// Xavier starts a weight [out, in] in ±gain·√(6/(in + out)) (Glorot and Bengio 2010).
func Xavier(gain float64) Init {
	return func(rng *rand.Rand, shape []int, values []float64) {
		Uniform(gain*math.Sqrt(6/float64(shape[0]+shape[1])))(rng, shape, values)
	}
}
