package structural

import (
	"cmp"
	"fmt"
	"slices"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/internal/modelfile"
)

// mostKept is the number of draws from the posterior that a model's file has at most, for markets. An end of an 80 % interval over them
// is known to about a tenth of its width.
const mostKept = 40

// keptDraw is a draw from the posterior as a model's file has it.
type keptDraw struct {
	Form  int `json:"form"`
	Graph int `json:"graph"`

	values []float64 // of the form's parameters, one after the other by their names
}

// The draws of a file: the form and the graph of each, and for each form a tensor of its draws [draws, values] under its prefix.
// Models of earlier versions have none.
const (
	entryDraws  = "structural_draws"
	tensorDraws = "draws"
)

// keep takes the first of the draws.
func keep(draws []Draw, graphs []*dag.Graph) []keptDraw {
	var kept []keptDraw
	for _, d := range draws[:min(len(draws), mostKept)] {
		kept = append(kept, keptDraw{Form: d.member, Graph: slices.Index(graphs, d.Graph), values: d.parameters})
	}
	return kept
}

// byName lists parameters by their names.
func byName(params *graph.Params) []*graph.Param {
	return slices.SortedFunc(slices.Values(params.All()), func(a, b *graph.Param) int { return cmp.Compare(a.Name, b.Name) })
}

// allValues are the values of parameters, one after the other by their names.
func allValues(params *graph.Params) []float64 {
	var all []float64
	for _, p := range byName(params) {
		all = append(all, p.Value.Float64s()...)
	}
	return all
}

// into sets those parameters of the form that a graph has.
func (d keptDraw) into(params, form *graph.Params) {
	rest := d.values
	for _, p := range byName(form) {
		n := len(p.Value.Float64s())
		if to := params.Get(p.Name); to != nil {
			copy(to.Value.Float64s(), rest[:n])
		}
		rest = rest[n:]
	}
}

// saveDraws writes the draws.
func (f *Fitted) saveDraws(w *modelfile.Writer) error {
	if len(f.draws) == 0 {
		return nil
	}
	for k, form := range f.forms {
		var all []float64
		n := 0
		for _, d := range f.draws {
			if d.Form == k {
				all, n = append(all, d.values...), n+1
			}
		}
		if n > 0 {
			w.Tensor(prefix(k)+tensorDraws, all, n, len(allValues(form.params)))
		}
	}
	return w.JSON(map[string]any{entryDraws: f.draws})
}

// takeDraws takes the draws, after the forms and the graphs.
func (f *Fitted) takeDraws(r *modelfile.Reader) error {
	if r.Text(entryDraws) == "" {
		return nil
	}
	if err := r.JSON(entryDraws, &f.draws); err != nil {
		return err
	}
	of := make([][]*keptDraw, len(f.forms))
	for i := range f.draws {
		d := &f.draws[i]
		if d.Form < 0 || d.Form >= len(f.forms) || d.Graph < 0 || d.Graph >= len(f.graphs) {
			return r.Errorf("draw %d is of form %d and graph %d, of which there are %d and %d", i+1, d.Form, d.Graph, len(f.forms), len(f.graphs))
		}
		of[d.Form] = append(of[d.Form], d)
	}
	for k, draws := range of {
		if len(draws) == 0 {
			continue
		}
		n := len(allValues(f.forms[k].params))
		all, err := r.Finite(prefix(k)+tensorDraws, len(draws), n)
		if err != nil {
			return fmt.Errorf("draws from the posterior: %w", err)
		}
		for i, d := range draws {
			d.values = all[i*n:][:n]
		}
	}
	return nil
}
