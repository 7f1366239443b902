package neural

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Fitted is the trained model: parameters, and what turns a panel into its inputs.
type Fitted struct {
	config  Config
	panel   *panel.Panel // the training's
	train   panel.Span
	dims    Dims // of the training window
	scaling scaling
	season  *season
	params  *graph.Params
}

var _ model.Fitted = (*Fitted)(nil)

const tensorSeason = "panel.season"

// Save writes every parameter under its name in the dtype of the training, and in float64 the season.
func (f *Fitted) Save(w *modelfile.Writer) error {
	w.Params("", f.params)
	w.Tensor(tensorSeason, f.season.Values, len(f.panel.Regions), f.season.Weeks)
	if err := w.Panel(f.panel, f.panel.Media); err != nil {
		return err
	}
	return w.JSON(map[string]any{"dims": f.dims, "scaling": f.scaling})
}

// Open reads what Save wrote, and checks that all of it fits together.
func (Original) Open(r *modelfile.Reader, task model.Task) (model.Fitted, error) {
	f := &Fitted{config: Config{task.Shared, *task.Settings.(*Settings)}, panel: task.Panel, train: task.Train}
	if err := r.JSON("dims", &f.dims); err != nil {
		return nil, err
	}
	if err := r.JSON("scaling", &f.scaling); err != nil {
		return nil, err
	}
	if err := f.check(r); err != nil {
		return nil, err
	}
	var err error
	f.season = &season{Regions: f.dims.Regions, Weeks: f.train.Len()}
	if f.season.Values, err = r.Finite(tensorSeason, f.dims.Regions, f.train.Len()); err != nil {
		return nil, err
	}
	return f, f.takeParams(r)
}

// check refuses what contradicts itself.
func (f *Fitted) check(r *modelfile.Reader) error {
	p, d := f.panel, f.dims
	for _, c := range []struct {
		what     string
		has, not int
	}{
		{"regions", len(p.Regions), d.Regions}, {"channels", len(p.Channels), d.Channels},
		{"controls", len(p.Controls), d.Controls}, {"target means", len(f.scaling.TargetMean), d.Regions},
		{"control medians", len(f.scaling.ControlMedian), d.Controls}, {"control ranges", len(f.scaling.ControlIQR), d.Controls},
		{"training weeks", f.train.Len() + f.config.BurnInWeeks, d.Weeks},
	} {
		if c.has != c.not {
			return r.Errorf("its metadata has %d %s where its sizes say %d", c.has, c.what, c.not)
		}
	}
	for _, x := range slices.Concat(f.scaling.TargetMean, f.scaling.ControlMedian, f.scaling.ControlIQR) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return r.Errorf("its scaling is not finite")
		}
	}
	return nil
}

// takeParams builds the model of the configuration and gives its parameters their values. The sizes in the metadata are
// compared with a few of the tensors first, so that they cannot ask for more memory than the file has bytes.
func (f *Fitted) takeParams(r *modelfile.Reader) error {
	if err := r.Has("region_baseline", f.dims.Regions); err != nil {
		return err
	}
	if err := f.config.checkSizes(r, f.dims.Channels); err != nil {
		return err
	}
	f.params = graph.NewParams(dtypes[f.config.Dtype], f.config.RandomSeed)
	d := f.dims
	d.Weeks = 1 // the parameters do not depend on it
	if _, err := New(f.config, d, f.params, Evaluation, f.config.Design); err != nil {
		return err
	}
	if err := r.Params("", f.params); err != nil {
		return err
	}
	return r.Surplus()
}

// checkSizes compares the sizes of a configuration with the tensors that depend on them, as far as the model's own layers have
// them.
func (c Config) checkSizes(r *modelfile.Reader, channels int) error {
	if c.Design.Saturation == nil {
		if err := r.Has("hill_a", channels); err != nil {
			return err
		}
	}
	if c.Design.Recurrence != nil {
		return nil
	}
	h := c.HiddenDim
	for _, layer := range []int{0, c.GRULayers - 1} {
		if err := r.Has(fmt.Sprintf("gru.weight_hh_l%d", layer), 3*h, h); err != nil {
			return err
		}
	}
	return nil
}

// build makes the model for a window and gives it the window's data.
func (f *Fitted) build(w *window, mode Mode) (*Model, error) {
	d := Dims{Regions: w.Regions, Weeks: w.Weeks, Channels: w.Channels, Controls: w.Controls}
	m, err := New(f.config, d, f.params, mode, f.config.Design)
	if err != nil {
		return nil, err
	}
	return m, m.SetData(w.Media, w.Control, w.Target, w.Season)
}

// Predict evaluates spans as the training did: its own weeks and its holdout as windows that start on their own, and new weeks
// that follow them as one series with them, with the season by the calendar.
func (f *Fitted) Predict(p *panel.Panel, first int, spans []model.Span) ([]model.Part, error) {
	p = withTarget(p)
	var parts []model.Part
	for _, span := range spans {
		w := f.scaling.window(p, span.Span, f.config.BurnInWeeks, f.season)
		if span.Continues {
			w = f.scaling.window(p, panel.Span{From: 0, To: len(p.Weeks)}, f.config.BurnInWeeks, f.season)
			w.Season = f.season.follow(f.config.BurnInWeeks, len(p.Weeks))
		}
		m, err := f.build(w, Evaluation)
		if err != nil {
			return nil, err
		}
		part, err := f.evaluate(m, p, span)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// withTarget is the panel with a target of NaN if it has none: a window holds one, which a prediction does not look at.
func withTarget(p *panel.Panel) *panel.Panel {
	if len(p.Target) > 0 {
		return p
	}
	filled := *p
	filled.Target = slices.Repeat([]float64{math.NaN()}, len(p.Regions)*len(p.Weeks))
	return &filled
}
