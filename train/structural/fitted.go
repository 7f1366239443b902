package structural

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Fitted is the trained model: the forms of the average, the channel graphs, and what turns a panel into its inputs.
type Fitted struct {
	settings *Settings
	panel    *panel.Panel // the training's
	train    panel.Span
	exposure []float64 // [R, T, M] of the training's panel: what rows that were missing were taken for
	scaling  Scaling
	forms    []weighted   // the heaviest first
	graph    *dag.Graph   // the one that is drawn
	graphs   []*dag.Graph // those that interventions are averaged over
	draws    []keptDraw   // of markets; none in files of earlier versions
}

// weighted is a form of the average.
type weighted struct {
	Shape  Shape   `json:"shape"`
	Weight float64 `json:"weight"`

	params *graph.Params
}

var _ model.Intervener = (*Fitted)(nil)

// The tensors of the channel graph, and of all graphs, one after the other.
const (
	tensorSame    = "graph.same"
	tensorLagged  = "graph.lagged"
	tensorsSame   = "graphs.same"
	tensorsLagged = "graphs.lagged"
)

// The entries that say how the channels on the graphs move each other. Models of earlier versions have none: their
// channels move by shares.
const (
	entryMechanism  = "structural_mechanism"
	entryMechanisms = "structural_mechanisms"
)

// prefix is that of the names of form k's parameters.
func prefix(k int) string {
	if k == 0 {
		return ""
	}
	return fmt.Sprintf("form%d.", k+1)
}

// Save writes every parameter under its name, the graphs, and the exposure that a prediction continues from.
func (f *Fitted) Save(w *modelfile.Writer) error {
	for k, form := range f.forms {
		w.Params(prefix(k), form.params)
	}
	M, lags := len(f.panel.Channels), f.graph.Lags()
	weights := f.graph.Weights().RawMatrix().Data
	w.Tensor(tensorSame, weights[:M*M], M, M)
	w.Tensor(tensorLagged, weights[M*M:], lags*M, M)
	var same, lagged []float64
	for _, g := range f.graphs {
		weights := g.Weights().RawMatrix().Data
		same, lagged = append(same, weights[:M*M]...), append(lagged, weights[M*M:]...)
	}
	w.Tensor(tensorsSame, same, len(f.graphs), M, M)
	w.Tensor(tensorsLagged, lagged, len(f.graphs), lags*M, M)
	if err := w.Panel(f.panel, f.exposure); err != nil {
		return err
	}
	if err := f.saveDraws(w); err != nil {
		return err
	}
	var by []dag.Mechanism
	for _, g := range f.graphs {
		by = append(by, g.Mechanism)
	}
	return w.JSON(map[string]any{
		"forms": f.forms, "structural_scaling": f.scaling, entryMechanism: f.graph.Mechanism, entryMechanisms: by,
	})
}

// Open reads what Save wrote, and checks that all of it fits together.
func (Structural) Open(r *modelfile.Reader, task model.Task) (model.Fitted, error) {
	f := &Fitted{settings: task.Settings.(*Settings), panel: task.Panel, train: task.Train, exposure: task.Panel.Media}
	if err := f.takeForms(r); err != nil {
		return nil, err
	}
	if err := r.JSON("structural_scaling", &f.scaling); err != nil {
		return nil, err
	}
	if err := f.check(r); err != nil {
		return nil, err
	}
	if err := f.takeGraphs(r); err != nil {
		return nil, err
	}
	r.Skip("structure.weights", "structure.lagged") // earlier versions had the graph's weights as parameters too
	// The parameters do not depend on the weeks.
	R, M, C := len(f.panel.Regions), len(f.panel.Channels), len(f.panel.Controls)
	_, H := f.panel.HolidayRows(f.scaling.Holidays)
	week := &Data{
		Days:    make([]float64, H),
		Regions: R, Weeks: 1, Channels: M, Controls: C, Media: make([]float64, R*M), Control: make([]float64, R*C),
		Years: []float64{0}, Train: f.train.To, Scaling: f.scaling,
	}
	for k := range f.forms {
		form := &f.forms[k]
		if err := f.checkSizes(r, k); err != nil {
			return nil, err
		}
		form.params = graph.NewParams(tensor.Float64, task.Shared.RandomSeed)
		if _, err := NewModel(week, form.Shape, Options{Design: f.settings.Design}, form.params, false); err != nil {
			return nil, err
		}
		if err := r.Params(prefix(k), form.params); err != nil {
			return nil, err
		}
	}
	if err := f.takeDraws(r); err != nil {
		return nil, err
	}
	return f, r.Surplus()
}

// takeForms takes the forms, or the only shape of a file of an earlier version.
func (f *Fitted) takeForms(r *modelfile.Reader) error {
	if r.Text("forms") != "" {
		if err := r.JSON("forms", &f.forms); err != nil {
			return err
		}
	} else {
		only := weighted{Weight: 1}
		if err := r.JSON("shape", &only.Shape); err != nil {
			return err
		}
		only.Shape = only.Shape.complete()
		f.forms = []weighted{only}
		if err := f.convert(r); err != nil {
			return err
		}
	}
	total := 0.0
	for _, form := range f.forms {
		if !(form.Weight > 0) {
			return r.Errorf("the weight of a form is %v, not above 0", form.Weight)
		}
		total += form.Weight
		if !form.Shape.Shifts.valid(f.train.To) {
			return r.Errorf("its shape is broken: shape.shifts: %v are not rows after the first of %d, in their order", form.Shape.Shifts, f.train.To)
		}
		given := pinned(&form.Shape)
		if key, problem := settings.Check(&given); key != "" {
			return r.Errorf("its shape is broken: shape.%s: %s", key, problem)
		}
	}
	if math.Abs(total-1) > 1e-6 {
		return r.Errorf("the weights of its forms add up to %v, not to 1", total)
	}
	return nil
}

// check refuses what contradicts itself.
func (f *Fitted) check(r *modelfile.Reader) error {
	R, M, C := len(f.panel.Regions), len(f.panel.Channels), len(f.panel.Controls)
	c := f.scaling
	all := slices.Concat(c.Media, c.Target, c.Share, c.Shift, c.Expected)
	wrong := len(c.Media) != R*M || len(c.Target) != R || len(c.Control) != C || c.Share != nil && len(c.Share) != R*M ||
		c.Shift != nil && len(c.Shift) != M || c.Expected != nil && len(c.Expected) != M
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
	return nil
}

// checkSizes compares the sizes that the parameters of form k depend on with the file's tensors, before memory is taken for them.
func (f *Fitted) checkSizes(r *modelfile.Reader, k int) error {
	if f.settings.Design.Baseline == nil {
		if err := r.Has(prefix(k)+"baseline.region_trend", len(f.panel.Regions), f.forms[k].Shape.Knots); err != nil {
			return err
		}
	}
	if h := f.forms[k].Shape.Units; h > 0 && f.settings.Design.Recurrence == nil {
		return r.Has(prefix(k)+"gru.weight_hh_l0", 3*h, h)
	}
	return nil
}

// takeGraphs takes the channel graph, and those that are averaged over; in files of earlier versions there are no others.
func (f *Fitted) takeGraphs(r *modelfile.Reader) error {
	M, lags := len(f.panel.Channels), f.settings.DAGLags
	same, err := r.Finite(tensorSame, M, M)
	if err != nil {
		return err
	}
	lagged, err := r.Finite(tensorLagged, lags*M, M)
	if err != nil {
		return err
	}
	if f.graph, err = graphOf(same, lagged, M); err != nil {
		return err
	}
	if r.Text(entryMechanism) != "" {
		if err := r.JSON(entryMechanism, &f.graph.Mechanism); err != nil {
			return err
		}
	}
	f.graphs = []*dag.Graph{f.graph}
	G := r.Len(tensorsSame)
	if G == 0 {
		return nil
	}
	if same, err = r.Finite(tensorsSame, G, M, M); err != nil {
		return err
	}
	if lagged, err = r.Finite(tensorsLagged, G, lags*M, M); err != nil {
		return err
	}
	var by []dag.Mechanism
	if err := r.JSON(entryMechanisms, &by); err != nil {
		return err
	}
	if len(by) != G {
		return r.Errorf("has mechanisms of %d graphs, not of %d", len(by), G)
	}
	f.graphs = nil
	for g := range G {
		drawn, err := graphOf(same[g*M*M:][:M*M], lagged[g*lags*M*M:][:lags*M*M], M)
		if err != nil {
			return err
		}
		drawn.Mechanism = by[g]
		f.graphs = append(f.graphs, drawn)
	}
	for _, g := range append(f.graphs, f.graph) {
		if g.Mechanism != "" && !slices.Contains(dag.Mechanisms, g.Mechanism) {
			return r.Errorf("its channels move each other by %q, which is none of %v", g.Mechanism, dag.Mechanisms)
		}
	}
	return nil
}

// graphOf is the graph with weights [M, M] and [lags·M, M].
func graphOf(same, lagged []float64, M int) (*dag.Graph, error) {
	var below []mat.Matrix
	for ; len(lagged) > 0; lagged = lagged[M*M:] {
		below = append(below, mat.NewDense(M, M, lagged[:M*M]))
	}
	return dag.NewGraph(mat.NewDense(M, M, same), below...)
}

// on are the models of all forms on a panel whose first week has the number first.
func (f *Fitted) on(p *panel.Panel, first int) ([]*Model, error) {
	dated := *p
	dated.Holidays = f.panel.Holidays
	d := f.scaling.Rescaled(&dated, f.train.To, first)
	models, failures := make([]*Model, len(f.forms)), make([]error, len(f.forms))
	cores.Each(len(f.forms), func(k int) {
		models[k], failures[k] = NewModel(d, f.forms[k].Shape, Options{Design: f.settings.Design}, f.forms[k].params, false)
		if failures[k] == nil {
			failures[k] = models[k].Evaluate()
		}
	})
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return models, nil
}

// weights are those of the forms.
func (f *Fitted) weights() []float64 {
	var weights []float64
	for _, form := range f.forms {
		weights = append(weights, form.Weight)
	}
	return weights
}

// Predict evaluates all weeks as one series: a holdout and what follows it continue the training weeks.
func (f *Fitted) Predict(p *panel.Panel, first int, spans []model.Span) ([]model.Part, error) {
	models, err := f.on(p, first)
	if err != nil {
		return nil, err
	}
	return f.mean(models, p, spans), nil
}

// mean is the average of what the models were evaluated to last.
func (f *Fitted) mean(models []*Model, p *panel.Panel, spans []model.Span) []model.Part {
	var all [][]model.Part
	for _, m := range models {
		all = append(all, parts(m, p, spans))
	}
	return averaged(all, f.weights())
}

// Do evaluates a span without and with an intervention, averaged over forms and graphs.
func (f *Fitted) Do(p *panel.Panel, first int, span panel.Span, do model.Intervention) (model.Answer, error) {
	if err := f.checkIntervention(do); err != nil {
		return model.Answer{}, err
	}
	models, err := f.on(p, first)
	if err != nil {
		return model.Answer{}, err
	}
	spans := []model.Span{{Span: span}}
	out := model.Answer{AsItIs: f.mean(models, p, spans)[0], Notes: f.notesOn(do, p)}
	d := models[0].Data
	exposures := make([][]float64, len(f.graphs))
	media := make([]float64, len(d.Media))
	for g, graph := range f.graphs {
		s, err := NewStructure(d, graph)
		if err != nil {
			return model.Answer{}, err
		}
		if exposures[g], err = s.Under(do, span.From); err != nil {
			return model.Answer{}, err
		}
		floats.AddScaled(media, 1/float64(len(f.graphs)), exposures[g])
	}
	under, failures := make([][]model.Part, len(models)), make([]error, len(models))
	cores.Each(len(models), func(k int) {
		for g, exposure := range exposures {
			if failures[k] = models[k].Under(exposure, do.Treatments, span.From); failures[k] != nil {
				return
			}
			if here := parts(models[k], p, spans); g == 0 {
				under[k] = here
			} else {
				approach(under[k], here, 1/float64(g+1))
			}
		}
	})
	for _, err := range failures {
		if err != nil {
			return model.Answer{}, err
		}
	}
	out.Under = averaged(under, f.weights())[0]
	M, scale := len(p.Channels), f.scaling.exposure()
	out.Media = panel.Cut(p, media, M, span)
	for i, relative := range out.Media {
		out.Media[i] = scale.Units(i/(span.Len()*M), i%M, M, relative)
	}
	return out, nil
}

// notesOn says what a factor means for channels that are not counted from 0.
func (f *Fitted) notesOn(do model.Intervention, p *panel.Panel) []string {
	var notes []string
	for c, name := range p.Channels {
		if _, set := do.Channels[c]; set && f.scaling.Shift != nil && f.scaling.Shift[c] < 0 {
			notes = append(notes, fmt.Sprintf("%s has negative values and is counted from %.6g: the factor applies to what is above it",
				name, f.scaling.Shift[c]))
		}
	}
	return notes
}

// checkIntervention refuses what has no answer.
func (f *Fitted) checkIntervention(do model.Intervention) error {
	for c := range do.Treatments {
		if !slices.ContainsFunc(f.forms, func(w weighted) bool { return w.Shape.Control > 0 }) {
			return fmt.Errorf("%q has no effect in this model, whose shape.control is 0 (train with another)", f.panel.Controls[c])
		}
	}
	return nil
}

// Moves lists the channels that an intervention moves along any of the graphs, parents before children in the one that is drawn,
// without those it sets. A channel with a lever is among them if others move it too.
func (f *Fitted) Moves(do model.Intervention) []int {
	reached := map[int]bool{}
	for _, g := range f.graphs {
		moved := map[int]bool{}
		for c := range do.Channels {
			moved[c] = true
		}
		for c := range do.Levers {
			moved[c] = true
		}
		for _, c := range g.Order() {
			for _, e := range g.Edges() {
				if e.To == c && moved[e.From] {
					moved[c], reached[c] = true, true
				}
			}
		}
	}
	var channels []int
	for _, c := range f.graph.Order() {
		if _, set := do.Channels[c]; !set && reached[c] {
			channels = append(channels, c)
		}
	}
	return channels
}
