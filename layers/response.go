package layers

import (
	"math"

	"deepcausalmmm/graph"
)

// Decaying is a carry-over that reports each channel's decay: the part of a week's exposure that the next week keeps,
// in [0, 1), at the current parameters.
type Decaying interface{ Decays() []float64 }

// Saturating is a saturation that reports the curve of each channel, xⁿ/(xⁿ + kⁿ), at the current parameters.
type Saturating interface {
	Curves() (half, slope []float64)
}

// Decays are those of a carry-over [channels]; nil if it is not Decaying.
func Decays(carryOver graph.Layer) []float64 {
	if l, ok := carryOver.(Decaying); ok {
		return l.Decays()
	}
	return nil
}

// Curves are the half-saturations k and slopes n of a saturation [channels]; nil if it is not Saturating.
func Curves(saturation graph.Layer) (half, slope []float64) {
	if l, ok := saturation.(Saturating); ok {
		return l.Curves()
	}
	return nil, nil
}

// Probe evaluates the carry-over of one row of exposure and the saturation at chosen exposures, by the equations of the layers:
// it describes any layers, whatever their form. It shares their graph and parameters, so it must not run while the model does.
type Probe struct {
	machine        *graph.Machine
	carried, curve *graph.Node
	channels       int
}

// NewProbe builds the equations in the graph of a model's exposure [regions, weeks, channels]. Carry-over is followed over rows, the
// exposure's own included; the saturation is evaluated at points [channels][points], as many for each channel. Layers that only fit
// the model's own shape are an error.
func NewProbe(exposure *graph.Node, carryOver, saturation graph.Layer, rows int, points [][]float64) (*Probe, error) {
	M, P := len(points), len(points[0])
	p := &Probe{channels: M}
	stage, err := graph.Build(func() graph.Nodes {
		s := graph.NewScope(exposure.Graph(), graph.NewParams(exposure.Dtype(), 0))
		pulse := make([]float64, (rows+1)*M) // in the second row: rows before the first are taken to equal it
		for c := range M {
			pulse[M+c] = 1
		}
		grid := make([]float64, P*M)
		for c, at := range points {
			for i, x := range at {
				grid[i*M+c] = x
			}
		}
		p.carried = carryOver.Forward(s.Constant("probe of the carry-over", pulse, 1, rows+1, M))
		p.curve = saturation.Forward(s.Constant("probe of the saturation", grid, 1, P, M))
		return graph.Nodes{p.carried, p.curve}
	})
	if err != nil {
		return nil, err
	}
	p.machine = graph.NewMachine(stage)
	return p, nil
}

// Run evaluates the probe at the current parameters.
func (p *Probe) Run() error { return p.machine.Run() }

// Weights are the carried-over exposure [channels][rows] in the row of an exposure of 1 and in the rows after it.
func (p *Probe) Weights() [][]float64 { return p.byChannel(p.carried, 1) }

// Curves are the saturation [channels][points].
func (p *Probe) Curves() [][]float64 { return p.byChannel(p.curve, 0) }

// byChannel takes the rows of a node [1, rows, channels] from first on.
func (p *Probe) byChannel(n *graph.Node, first int) [][]float64 {
	values, columns := p.machine.Floats(n), make([][]float64, p.channels)
	for i := first * p.channels; i < len(values); i++ {
		columns[i%p.channels] = append(columns[i%p.channels], values[i])
	}
	return columns
}

// Saturation is Hill's equation for one exposure x, with slope n and half-saturation k.
func Saturation(x, n, k float64) float64 { return math.Pow(x, n) / (math.Pow(x, n) + math.Pow(k, n)) }

// each applies f to the current values of a parameter.
func each(param *graph.Node, f func(float64) float64) []float64 {
	values := graph.Floats(param.Value())
	for i, v := range values {
		values[i] = f(v)
	}
	return values
}
