package structural

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Fitted is the trained model: parameters, channel graph, and what turns a panel into its inputs.
type Fitted struct {
	settings *Settings
	panel    *panel.Panel // the training's
	train    panel.Span
	exposure []float64 // [R, T, M] of the training's panel: what rows that were missing were taken for
	shape    Shape
	scaling  Scaling
	graph    *dag.Graph
	params   *graph.Params
}

var _ model.Intervener = (*Fitted)(nil)

// The tensors of the channel graph.
const (
	tensorSame   = "graph.same"
	tensorLagged = "graph.lagged"
)

// entryMechanism is how the channels on the graph move each other. Models of earlier versions have none: they move by shares.
const entryMechanism = "structural_mechanism"

// Save writes every parameter under its name, the graph, and the exposure that a prediction continues from.
func (f *Fitted) Save(w *modelfile.Writer) error {
	w.Params(f.params)
	M, weights := len(f.panel.Channels), f.graph.Weights().RawMatrix().Data
	w.Tensor(tensorSame, weights[:M*M], M, M)
	w.Tensor(tensorLagged, weights[M*M:], f.graph.Lags()*M, M)
	if err := w.Panel(f.panel, f.exposure); err != nil {
		return err
	}
	return w.JSON(map[string]any{"shape": f.shape, "structural_scaling": f.scaling, entryMechanism: f.graph.Mechanism})
}

// Open reads what Save wrote, and checks that all of it fits together.
func (Structural) Open(r *modelfile.Reader, task model.Task) (model.Fitted, error) {
	f := &Fitted{settings: task.Settings.(*Settings), panel: task.Panel, train: task.Train, exposure: task.Panel.Media}
	if err := r.JSON("shape", &f.shape); err != nil {
		return nil, err
	}
	if err := r.JSON("structural_scaling", &f.scaling); err != nil {
		return nil, err
	}
	if err := f.check(r); err != nil {
		return nil, err
	}
	if err := f.takeGraph(r); err != nil {
		return nil, err
	}
	// The parameters do not depend on the weeks.
	R, M, C := len(f.panel.Regions), len(f.panel.Channels), len(f.panel.Controls)
	_, H := f.panel.HolidayRows(f.scaling.Holidays)
	week := &Data{
		Days:    make([]float64, H),
		Regions: R, Weeks: 1, Channels: M, Controls: C, Media: make([]float64, R*M), Control: make([]float64, R*C),
		Years: []float64{0}, Train: f.train.To, Scaling: f.scaling,
	}
	f.params = graph.NewParams(tensor.Float64, task.Shared.RandomSeed)
	if _, err := NewModel(week, f.graph, f.shape, Options{Design: f.settings.Design}, f.params, false); err != nil {
		return nil, err
	}
	r.Skip("structure.weights", "structure.lagged") // earlier versions had the graph's weights as parameters too
	return f, r.Params(f.params)
}

// check refuses what contradicts itself.
func (f *Fitted) check(r *modelfile.Reader) error {
	R, M, C := len(f.panel.Regions), len(f.panel.Channels), len(f.panel.Controls)
	c := f.scaling
	all := slices.Concat(c.Media, c.Target, c.Share, c.Shift)
	wrong := len(c.Media) != R*M || len(c.Target) != R || len(c.Control) != C || c.Share != nil && len(c.Share) != R*M ||
		c.Shift != nil && len(c.Shift) != M
	for _, control := range c.Control {
		wrong = wrong || len(control.Mean) != R
		all = append(append(all, control.Mean...), control.SD)
	}
	for _, x := range all {
		wrong = wrong || math.IsNaN(x) || math.IsInf(x, 0)
	}
	if wrong {
		return r.Errorf("its scaling is not that of %d regions, %d channels and %d controls, or not finite", R, M, C)
	}
	given := pinned(&f.shape)
	if key, problem := settings.Check(&given); key != "" {
		return r.Errorf("its shape is broken: shape.%s: %s", key, problem)
	}
	return nil
}

// takeGraph takes the channel graph, and compares the sizes that the parameters depend on with the file's tensors.
func (f *Fitted) takeGraph(r *modelfile.Reader) error {
	R, M, lags := len(f.panel.Regions), len(f.panel.Channels), f.settings.DAGLags
	if f.settings.Design.Baseline == nil {
		if err := r.Has("baseline.region_trend", R, f.shape.Knots); err != nil {
			return err
		}
	}
	if h := f.shape.Units; h > 0 && f.settings.Design.Recurrence == nil {
		if err := r.Has("gru.weight_hh_l0", 3*h, h); err != nil {
			return err
		}
	}
	same, err := r.Finite(tensorSame, M, M)
	if err != nil {
		return err
	}
	below, err := r.Finite(tensorLagged, lags*M, M)
	if err != nil {
		return err
	}
	var lagged []mat.Matrix
	for k := range lags {
		lagged = append(lagged, mat.NewDense(M, M, below[k*M*M:(k+1)*M*M]))
	}
	if f.graph, err = dag.NewGraph(mat.NewDense(M, M, same), lagged...); err != nil {
		return err
	}
	return f.takeMechanism(r)
}

func (f *Fitted) takeMechanism(r *modelfile.Reader) error {
	if r.Text(entryMechanism) == "" {
		return nil
	}
	if err := r.JSON(entryMechanism, &f.graph.Mechanism); err != nil {
		return err
	}
	if by := f.graph.Mechanism; by != "" && !slices.Contains(dag.Mechanisms, by) {
		return r.Errorf("its channels move each other by %q, which is none of %v", by, dag.Mechanisms)
	}
	return nil
}

// on is the model on a panel whose first week has the number first.
func (f *Fitted) on(p *panel.Panel, first int) (*Model, error) {
	dated := *p
	dated.Holidays = f.panel.Holidays
	return NewModel(f.scaling.Rescaled(&dated, f.train.To, first), f.graph, f.shape, Options{Design: f.settings.Design}, f.params, false)
}

// Predict evaluates all weeks as one series: a holdout and what follows it continue the training weeks.
func (f *Fitted) Predict(p *panel.Panel, first int, spans []model.Span) ([]model.Part, error) {
	m, err := f.on(p, first)
	if err != nil {
		return nil, err
	}
	if err := m.Evaluate(); err != nil {
		return nil, err
	}
	return parts(m, p, spans), nil
}

// Do evaluates a span without and with an intervention.
func (f *Fitted) Do(p *panel.Panel, first int, span panel.Span, do model.Intervention) (model.Answer, error) {
	if err := f.checkIntervention(do); err != nil {
		return model.Answer{}, err
	}
	m, err := f.on(p, first)
	if err == nil {
		err = m.Evaluate()
	}
	if err != nil {
		return model.Answer{}, err
	}
	spans := []model.Span{{Span: span}}
	out := model.Answer{AsItIs: parts(m, p, spans)[0]}
	if err := m.Do(do, span.From); err != nil {
		return model.Answer{}, err
	}
	out.Under = parts(m, p, spans)[0]
	for c, name := range p.Channels {
		if _, set := do.Channels[c]; set && f.scaling.Shift != nil && f.scaling.Shift[c] < 0 {
			out.Notes = append(out.Notes, fmt.Sprintf("%s has negative values and is counted from %.6g: the factor applies to what is above it",
				name, f.scaling.Shift[c]))
		}
	}
	M, scale := len(p.Channels), f.scaling.exposure()
	out.Media = panel.Cut(p, m.Floats(m.Exposure), M, span)
	for i, relative := range out.Media {
		out.Media[i] = scale.Units(i/(span.Len()*M), i%M, M, relative)
	}
	return out, nil
}

// checkIntervention refuses what has no answer.
func (f *Fitted) checkIntervention(do model.Intervention) error {
	for c := range do.Treatments {
		if f.shape.Control == 0 {
			return fmt.Errorf("%q has no effect in this model, whose shape.control is 0 (train with another)", f.panel.Controls[c])
		}
	}
	return nil
}

// Moves lists the channels that an intervention moves along the graph, parents before children, without those it sets.
func (f *Fitted) Moves(do model.Intervention) []int {
	moved := map[int]bool{}
	for c := range do.Channels {
		moved[c] = true
	}
	var channels []int
	for _, c := range f.graph.Order() {
		if _, set := do.Channels[c]; set {
			continue
		}
		for _, e := range f.graph.Edges() {
			if e.To == c && moved[e.From] && !moved[c] {
				moved[c] = true
				channels = append(channels, c)
			}
		}
	}
	return channels
}
