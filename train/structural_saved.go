package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/nlpodyssey/safetensors"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/structural"
)

// savedStructural is what a prediction needs of a structural model besides its parameters.
type savedStructural struct {
	shape   structural.Shape
	scaling structural.Scaling
	graph   *structural.Graph
}

// parseStructural takes a structural model out of a file; see parseModel.
func (s *Saved) parseStructural(tensors map[string]safetensors.TensorView, metadata map[string]string) error {
	own := &savedStructural{}
	s.structural = own
	for key, into := range map[string]any{
		"shape": &own.shape, "structural_scaling": &own.scaling, "train": &s.Train, "regions": &s.Panel.Regions,
		"weeks": &s.Panel.Weeks, "channels": &s.Panel.Channels, "controls": &s.Panel.Controls,
	} {
		if err := json.Unmarshal([]byte(metadata[key]), into); err != nil {
			return fmt.Errorf("its metadata %q is missing or broken: %w %s", key, err, rewrite)
		}
	}
	if err := s.checkStructural(); err != nil {
		return err
	}
	if err := s.takeSeries(tensors); err != nil {
		return err
	}
	if err := s.takeGraph(tensors); err != nil {
		return err
	}
	// The parameters do not depend on the weeks.
	p := s.Panel
	R, M, C := len(p.Regions), len(p.Channels), len(p.Controls)
	week := &structural.Data{
		Regions: R, Weeks: 1, Channels: M, Controls: C, Media: make([]float64, R*M), Control: make([]float64, R*C),
		Years: []float64{0}, Train: s.Train.To, Scaling: own.scaling,
	}
	s.Params = graph.NewParams(tensor.Float64, s.Config.RandomSeed)
	if _, err := structural.NewModel(week, own.graph, own.shape, structural.Options{}, s.Params, false); err != nil {
		return err
	}
	return takeAll(tensors, s.Params)
}

// checkStructural refuses what contradicts itself.
func (s *Saved) checkStructural() error {
	p, own := s.Panel, s.structural
	if key, problem := s.Config.mistake(); key != "" {
		return fmt.Errorf("its configuration is broken: %s: %s %s", key, problem, rewrite)
	}
	R, M, C := len(p.Regions), len(p.Channels), len(p.Controls)
	if R < 1 || M < 1 || s.Train.From != 0 || s.Train.To < 1 || s.Train.To > len(p.Weeks) {
		return fmt.Errorf("its metadata has %d regions, %d channels and training weeks %d to %d of %d %s",
			R, M, s.Train.From, s.Train.To, len(p.Weeks), rewrite)
	}
	c := own.scaling
	all := slices.Concat(c.Media, c.Target, c.Share)
	wrong := len(c.Media) != R*M || len(c.Target) != R || len(c.Control) != C || c.Share != nil && len(c.Share) != R*M
	for _, control := range c.Control {
		wrong = wrong || len(control.Mean) != R
		all = append(append(all, control.Mean...), control.SD)
	}
	for _, x := range all {
		wrong = wrong || math.IsNaN(x) || math.IsInf(x, 0)
	}
	if wrong {
		return fmt.Errorf("its scaling is not that of %d regions, %d channels and %d controls, or not finite %s", R, M, C, rewrite)
	}
	given := PinnedShape{&own.shape.Knots, &own.shape.RegionTrend, &own.shape.Harmonics, &own.shape.Control, &own.shape.Media,
		&own.shape.RegionEffect, &own.shape.Units}
	for _, r := range (&Structural{Shape: given, DAGLags: 1, MediaContributionSD: 1}).rules() {
		if problem := r.problem(); problem != "" {
			return fmt.Errorf("its shape is broken: %s: %s %s", r.key, problem, rewrite)
		}
	}
	return nil
}

// takeGraph takes the channel graph, and holds the sizes that the parameters depend on against the file's tensors.
func (s *Saved) takeGraph(tensors map[string]safetensors.TensorView) error {
	R, M, lags := len(s.Panel.Regions), len(s.Panel.Channels), s.Config.DAGLags
	if err := checkTensor(tensors, "baseline.region_trend", R, s.structural.shape.Knots); err != nil {
		return err
	}
	if h := s.structural.shape.Units; h > 0 {
		if err := checkTensor(tensors, "gru.weight_hh_l0", 3*h, h); err != nil {
			return err
		}
	}
	same, err := takeFinite(tensors, tensorSame, M, M)
	if err != nil {
		return err
	}
	below, err := takeFinite(tensors, tensorLagged, lags*M, M)
	if err != nil {
		return err
	}
	var lagged []*mat.Dense
	for k := range lags {
		lagged = append(lagged, mat.NewDense(M, M, below[k*M*M:(k+1)*M*M]))
	}
	s.structural.graph, err = structural.NewGraph(mat.NewDense(M, M, same), lagged)
	return err
}

// takeSeries takes the training's exposures and controls.
func (s *Saved) takeSeries(tensors map[string]safetensors.TensorView) (err error) {
	p := s.Panel
	R, T := len(p.Regions), len(p.Weeks)
	if p.Media, err = takeFinite(tensors, tensorMedia, R, T, len(p.Channels)); err != nil {
		return err
	}
	if len(p.Controls) > 0 {
		if p.Control, err = takeFinite(tensors, tensorControls, R, T, len(p.Controls)); err != nil {
			return err
		}
	}
	s.Panel, err = panel.New(*p)
	return err
}

// Intervention sets channels, by name, to multiples of their exposure in the weeks that are predicted.
type Intervention map[string]float64

// Intervened is what an intervention changes, in the target's units.
type Intervened struct {
	Panel  *panel.Panel
	Span   panel.Span // the weeks in which it holds
	AsItIs Part
	Under  Part // with everything that the intervention moves
}

// on is the structural model on a panel whose first week has the number from.
func (s *Saved) on(p *panel.Panel, from int) (*structural.Model, error) {
	own := s.structural
	return structural.NewModel(own.scaling.Rescaled(p, s.Train.To, from), own.graph, own.shape, structural.Options{}, s.Params, false)
}

// predictStructural evaluates weeks as one series, which a holdout and what follows it continue.
func (s *Saved) predictStructural(p *panel.Panel, from int, spans []namedSpan, how string, do Intervention) (*Prediction, error) {
	m, err := s.on(p, from)
	if err != nil {
		return nil, err
	}
	if err := m.Evaluate(); err != nil {
		return nil, err
	}
	out := &Prediction{Panel: p, Parts: partsOf(m, p, spans), How: how}
	if len(do) == 0 {
		return out, nil
	}
	all := panel.Span{From: spans[0].span.From, To: spans[len(spans)-1].span.To}
	whole := []namedSpan{{"", all}}
	asItIs := partsOf(m, p, whole)[0]
	if err := m.Do(s.byPosition(do), all.From); err != nil {
		return nil, err
	}
	out.Intervened = &Intervened{Panel: p, Span: all, AsItIs: asItIs, Under: partsOf(m, p, whole)[0]}
	return out, nil
}

func (s *Saved) byPosition(do Intervention) structural.Intervention {
	positions := structural.Intervention{}
	for name, factor := range do {
		positions[slices.Index(s.Panel.Channels, name)] = factor
	}
	return positions
}

// checkIntervention refuses channels that the model does not have, and factors below 0.
func (s *Saved) checkIntervention(do Intervention) error {
	if len(do) > 0 && s.structural == nil {
		return fmt.Errorf("an intervention needs structural equations, and this model: %s has none (train with preset: %s)",
			s.Config.Model, RecommendedPreset)
	}
	for _, name := range slices.Sorted(maps.Keys(do)) {
		if !slices.Contains(s.Panel.Channels, name) {
			return fmt.Errorf("the model has no channel %q (it has %q)", name, s.Panel.Channels)
		}
		if f := do[name]; !(f >= 0) || math.IsInf(f, 0) {
			return fmt.Errorf("channel %q cannot be set to %g times its exposure: give a factor of 0 or more", name, f)
		}
	}
	return nil
}

// Moves lists the channels that an intervention moves along the graph, parents before children, without those it sets.
func (s *Saved) Moves(do Intervention) []string {
	if s.structural == nil {
		return nil
	}
	g := s.structural.graph
	moved := map[int]bool{}
	for c := range s.byPosition(do) {
		moved[c] = true
	}
	var names []string
	for _, c := range g.Order {
		name := s.Panel.Channels[c]
		if _, set := do[name]; set {
			continue
		}
		for _, e := range dag.Edges(g.All) {
			if e.To == c && moved[e.From] && !moved[c] {
				moved[c] = true
				names = append(names, name)
			}
		}
	}
	return names
}
