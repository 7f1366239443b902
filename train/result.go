package train

import (
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/blas"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/neural"
)

// Graph is what was learned of the channels' influence on each other. Without a DAG all is empty.
type Graph struct {
	Adjacency *mat.Dense    // W, continuous: [M, M], rows are parents
	Pruned    *mat.Dense    // at notears_threshold, and acyclic
	Removed   []dag.Removal // what pruning took out to break cycles
	Duals     dag.Duals
}

// Metrics is metrics.json.
type Metrics struct {
	Train     Figures      `json:"train"`
	Holdout   *Figures     `json:"holdout"` // null without a holdout, as are baselines and skill; skill also where a naive forecast is exact
	Baselines *Baselines   `json:"baselines"`
	Skill     *float64     `json:"skill"` // 1 − wMAPE / wMAPE of the best baseline: above 0 the model earns its keep
	Shares    Shares       `json:"shares"`
	Graph     GraphFigures `json:"graph"`
	Timing    Timing       `json:"timing"`
	BLAS      string       `json:"blas"` // what multiplied the matrices
}

// Shares are the components' parts of the prediction over all weeks, which add up to 1.
type Shares struct {
	Baseline float64            `json:"baseline"`
	Trend    float64            `json:"trend"` // 0 in the original model, which has none
	Season   float64            `json:"season"`
	Controls float64            `json:"controls"`
	Media    map[string]float64 `json:"media"`
}

// GraphFigures describe the graph: h of the continuous W, the duals at the end, and the pruned graph.
type GraphFigures struct {
	H       float64   `json:"h"`
	Rho     float64   `json:"rho"`
	Alpha   float64   `json:"alpha"`
	Stuck   string    `json:"stuck"` // why h would not fall to 0 with more epochs, in words; empty where it might
	Edges   int       `json:"edges"`
	IsDAG   bool      `json:"is_dag"`
	Removed []Removed `json:"removed"`
}

// Removed is an edge that pruning took out, and the cycle that it broke.
type Removed struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Weight float64  `json:"weight"`
	Cycle  []string `json:"cycle"`
}

// Timing is all that differs between two runs of one seed.
type Timing struct {
	SecondsPerEpoch float64 `json:"seconds_per_epoch"` // median, looks at the holdout left out
	Epochs          int     `json:"epochs"`
	TotalSeconds    float64 `json:"total_seconds"`
	PeakRSSMB       float64 `json:"peak_rss_mb"` // 0 where the system does not tell
}

func (t *Trainer) result() (*Result, error) {
	r := &Result{
		Config: t.config, Panel: t.panel, Scaling: t.scaling, Season: t.season, Params: t.params, Dims: t.model.Dims,
		History: t.history, Details: describePanel(t.panel, t.spans[0].To, false),
	}
	var evaluated []*neural.Model
	for i, m := range []*neural.Model{t.model, t.holdout} {
		if m == nil {
			continue
		}
		part, err := evaluate([]string{"train", "holdout"}[i], m, t.panel, t.scaling, t.spans[i])
		if err != nil {
			return nil, err
		}
		r.Parts = append(r.Parts, part)
		evaluated = append(evaluated, m)
	}
	t.describeModels(&r.Details, evaluated)
	t.learnedGraph(r)
	r.Metrics.Timing = t.timing()
	r.Metrics.BLAS = blas.Used()
	r.measure()
	return r, nil
}

func (t *Trainer) learnedGraph(r *Result) {
	r.Graph.Duals = *t.loop.duals
	w := t.model.Adjacency()
	if w == nil {
		r.Metrics.Graph.IsDAG = true // no edges
		return
	}
	r.Graph.Adjacency = w
	r.Graph.Pruned, r.Graph.Removed = dag.Prune(w, t.config.NotearsThreshold)
	r.Metrics.Graph = r.Graph.figures(t.panel.Channels)
	r.Metrics.Graph.Stuck = t.stuck()
	if n := len(r.Graph.Removed); n > 0 {
		last := r.Metrics.Graph.Removed[n-1]
		t.observer.Logf("pruning removed %d edges to break cycles; the strongest was %s → %s (%.3f), of the cycle %s "+
			"(metrics.json has them all)", n, last.From, last.To, last.Weight,
			strings.Join(append(last.Cycle, last.Cycle[0]), " → "))
	}
}

func (g Graph) figures(channels []string) GraphFigures {
	figures := GraphFigures{
		H: dag.Acyclicity(g.Adjacency), Rho: g.Duals.Rho, Alpha: g.Duals.Alpha,
		Edges: len(dag.Edges(g.Pruned)), IsDAG: dag.IsDAG(g.Pruned), Removed: []Removed{},
	}
	for _, removal := range g.Removed {
		named := Removed{From: channels[removal.From], To: channels[removal.To], Weight: removal.Weight}
		for _, i := range removal.Cycle {
			named.Cycle = append(named.Cycle, channels[i])
		}
		figures.Removed = append(figures.Removed, named)
	}
	return figures
}

// stuck is empty where no outer loop runs.
func (t *Trainer) stuck() string {
	if !t.loop.active {
		return ""
	}
	return t.loop.duals.Stuck(t.model.Acyclicity())
}

func (t *Trainer) timing() Timing {
	seconds := slices.Clone(t.seconds)
	slices.Sort(seconds)
	return Timing{
		SecondsPerEpoch: panel.Median(seconds), Epochs: len(seconds),
		TotalSeconds: t.clock.elapsed().Seconds(), PeakRSSMB: peakRSSMB(),
	}
}

// measure sets the figures that depend on the parts alone.
func (r *Result) measure() {
	m, train := &r.Metrics, r.Parts[0]
	m.Train = Measure(train.Actual, train.Predicted, train.Regions)
	m.Shares = shares(r.Parts)
	if len(r.Parts) == 1 {
		return
	}
	holdout := r.Parts[1]
	figures := Measure(holdout.Actual, holdout.Predicted, holdout.Regions)
	naive := NaiveForecasts(r.Panel.Target, holdout.Actual, holdout.Regions, train.Span.To)
	skill := 1 - figures.WMAPE/naive.best()
	m.Holdout, m.Baselines, m.Skill = &figures, &naive, finite(skill)
}

func shares(parts []Part) Shares {
	s := Shares{Media: map[string]float64{}}
	total := 0.0
	for _, p := range parts {
		for _, v := range p.Predicted {
			total += v
		}
	}
	for _, p := range parts {
		for _, c := range p.Components {
			share := 0.0
			for _, v := range c.Value {
				share += v / total
			}
			switch c.Kind {
			case Baseline:
				s.Baseline += share
			case Trend:
				s.Trend += share
			case Season:
				s.Season += share
			case Control:
				s.Controls += share
			case Media:
				s.Media[c.Name] += share
			}
		}
	}
	return s
}
