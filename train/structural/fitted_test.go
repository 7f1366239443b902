package structural

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// severalForms is a model of two forms and of graphs with both mechanisms, with the models of its forms.
func severalForms(t testing.TB) (*Fitted, *panel.Panel, []Member, model.Task) {
	p := newWorld(t, size{4, 70, 0.01}).panel
	const train = 60
	d := dataOf(t, p, train)
	shared, own := Structural{}.Defaults()
	own.(*Settings).DAGLags = 1
	f := &Fitted{
		settings: own.(*Settings), panel: p, train: panel.Span{To: train}, scaling: d.Scaling, exposure: p.Exposure(d.Media, d.Scaling.exposure()),
	}
	var members []Member
	for _, m := range []struct {
		weight float64
		shape  Shape
	}{
		{0.75, plain.complete()},
		{0.25, Shape{Knots: 3, RegionTrend: 0.05, Media: 0.3, RegionEffect: 0.2, CarryOver: Weibull, Saturation: Power, Signed: true, Shifts: Shifts{30}}.complete()},
	} {
		fit, err := NewFit(context.Background(), d, m.shape, Options{Seed: 3}, Effort{Start: 60}, nil, nil)
		require.NoError(t, err)
		members = append(members, Member{m.shape.String(), m.weight, fit})
		f.forms = append(f.forms, weighted{m.shape, m.weight, fit.Model.Params})
	}
	amounts := chain(t)
	amounts.Mechanism = dag.Amounts
	other, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, 0.2, 0, 0, 0, 0, 0, 0, 0}), mat.NewDense(3, 3, []float64{0, 0, 0.3, 0, 0, 0, 0, 0, 0}))
	require.NoError(t, err)
	f.graph, f.graphs = chain(t), []*dag.Graph{chain(t), amounts, other}
	task := model.Task{Shared: shared, Settings: own, Panel: p, Train: f.train}
	return f, p, members, task
}

// file are the bytes of a model.
func file(t *testing.T, f *Fitted, change func(w *modelfile.Writer)) *modelfile.Reader {
	w := modelfile.NewWriter()
	require.NoError(t, f.Save(w))
	if change != nil {
		change(w)
	}
	var out bytes.Buffer
	require.NoError(t, w.Encode(&out))
	r, err := modelfile.Parse(out.Bytes(), "(train again)")
	require.NoError(t, err)
	_, err = r.Panel()
	require.NoError(t, err)
	return r
}

// A model from a file predicts, and answers do(), as the one that was saved, in all forms, graphs and mechanisms.
func TestAFileKeepsFormsAndGraphs(t *testing.T) {
	f, p, _, task := severalForms(t)
	opened, err := Structural{}.Open(file(t, f, nil), task)
	require.NoError(t, err)
	again := opened.(*Fitted)
	require.Len(t, again.forms, 2)
	for k, form := range f.forms {
		require.Equal(t, form.Shape, again.forms[k].Shape)
		require.Equal(t, form.Weight, again.forms[k].Weight)
	}
	for g, graph := range f.graphs {
		require.Equal(t, graph.Weights(), again.graphs[g].Weights())
		require.Equal(t, graph.Mechanism, again.graphs[g].Mechanism)
	}
	spans := []model.Span{{Name: "all", Span: panel.Span{To: 70}}}
	want, err := f.Predict(p, 0, spans)
	require.NoError(t, err)
	got, err := again.Predict(p, 0, spans)
	require.NoError(t, err)
	require.InDeltaSlice(t, want[0].Predicted, got[0].Predicted, 1e-9*floats.Max(want[0].Predicted))
	do := model.Intervention{Channels: map[int]float64{0: 0.5}}
	answer, err := f.Do(p, 0, panel.Span{From: 20, To: 50}, do)
	require.NoError(t, err)
	same, err := again.Do(p, 0, panel.Span{From: 20, To: 50}, do)
	require.NoError(t, err)
	require.InDeltaSlice(t, answer.Under.Predicted, same.Under.Predicted, 1e-9*floats.Max(answer.Under.Predicted))
	require.InDeltaSlice(t, answer.Media, same.Media, 1e-9*floats.Max(answer.Media))
}

// The prediction is the mean over the forms, and the answer that over forms and graphs.
func TestPredictionsAreMeansOverForms(t *testing.T) {
	f, p, members, _ := severalForms(t)
	got, err := f.Predict(p, 0, []model.Span{{Span: panel.Span{To: 70}}})
	require.NoError(t, err)
	for _, m := range members {
		require.NoError(t, m.Fit.Model.Evaluate())
	}
	mean := meanPrediction(members)
	require.InDeltaSlice(t, mean, got[0].Predicted, 1e-9*floats.Max(mean))
	sum := make([]float64, len(mean))
	for _, c := range got[0].Components {
		floats.Add(sum, c.Value)
	}
	require.InDeltaSlice(t, sum, got[0].Predicted, 1e-9*floats.Max(mean), "components add up")

	do := model.Intervention{Channels: map[int]float64{0: 0.5}}
	answer, err := f.Do(p, 0, panel.Span{To: 70}, do)
	require.NoError(t, err)
	under := make([]float64, len(mean))
	for _, g := range f.graphs {
		for _, m := range members {
			s, err := NewStructure(m.Fit.Model.Data, g)
			require.NoError(t, err)
			exposure, err := s.Under(do, 0)
			require.NoError(t, err)
			require.NoError(t, m.Fit.Model.Under(exposure, nil, 0))
			floats.AddScaled(under, m.Weight/3, m.Fit.Model.predicted())
		}
	}
	require.InDeltaSlice(t, under, answer.Under.Predicted, 1e-9*floats.Max(mean))
	require.ElementsMatch(t, []int{1, 2}, f.Moves(do), "along any of the graphs")
}

// The mean of effects is over members and graphs, so an edge of a third of the graphs counts a third.
func TestEffectsAreMeansOverMembersAndGraphs(t *testing.T) {
	_, _, members, _ := severalForms(t)
	graphs := []*dag.Graph{chain(t), dag.NewEmpty(3, 1), dag.NewEmpty(3, 1)}
	mean, err := meanEffects(members, graphs)
	require.NoError(t, err)
	var direct, indirect, kpi float64
	for _, m := range members {
		e := effectsAlong(t, m.Fit, chain(t))
		direct, indirect = direct+m.Weight*e.Channels[0].Direct, indirect+m.Weight*e.Channels[0].Indirect/3
		kpi += m.Weight * e.KPI
	}
	require.InEpsilon(t, direct, mean.Channels[0].Direct, 1e-9)
	require.InEpsilon(t, indirect, mean.Channels[0].Indirect, 1e-9)
	require.InEpsilon(t, kpi, mean.KPI, 1e-9)
	require.Len(t, mean.Paths, 1)
	require.InEpsilon(t, indirect, mean.Paths[0].Value, 1e-6)
	require.InEpsilon(t, mean.Channels[0].Total, floats.Sum(mean.ByCell[0]), 1e-6)
}

// A file that is broken is one clear error.
func TestBrokenFormsAndGraphs(t *testing.T) {
	f, _, _, task := severalForms(t)
	text := func(key string, value any) func(w *modelfile.Writer) {
		return func(w *modelfile.Writer) {
			b, err := json.Marshal(value)
			require.NoError(t, err)
			w.Text(key, string(b))
		}
	}
	with := func(change func(forms []weighted)) func(w *modelfile.Writer) {
		forms := slices.Clone(f.forms)
		change(forms)
		return text("forms", forms)
	}
	for want, change := range map[string]func(w *modelfile.Writer){
		"the weight of a form is 0, not above 0":                 with(func(forms []weighted) { forms[1].Weight = 0 }),
		"the weight of a form is -0.5, not above 0":              with(func(forms []weighted) { forms[1].Weight = -0.5 }),
		"the weights of its forms add up to 1.25, not to 1":      with(func(forms []weighted) { forms[1].Weight = 0.5 }),
		"are not rows after the first of 60":                     with(func(forms []weighted) { forms[1].Shape.Shifts = Shifts{60} }),
		"its shape is broken: shape.saturation":                  with(func(forms []weighted) { forms[1].Shape.Saturation = "round" }),
		`tensor "form2.baseline.region_trend"`:                   with(func(forms []weighted) { forms[1].Shape.Knots = 9 }),
		"the weights of its forms add up to 0, not to 1":         text("forms", []weighted{}),
		"has mechanisms of 2 graphs, not of 3":                   text(entryMechanisms, []string{"shares", "amounts"}),
		`its metadata "structural_mechanisms" is missing`:        func(w *modelfile.Writer) { w.Text(entryMechanisms, "") },
		`its channels move each other by "magic", which is none`: text(entryMechanisms, []string{"shares", "magic", ""}),
		`tensor "graphs.same" is NaN at element 9`: func(w *modelfile.Writer) {
			same := make([]float64, 27)
			same[9] = math.NaN()
			w.Tensor(tensorsSame, same, 3, 3, 3)
		},
		"has tensors that are not part of its configuration: form3.effect.average": func(w *modelfile.Writer) {
			w.Tensor("form3.effect.average", []float64{0, 0, 0}, 3)
		},
	} {
		_, err := Structural{}.Open(file(t, f, change), task)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "\n")
	}
}
