// Package evaluate measures the recommended model on panels whose truth is known: errors of direct and total effects, coverage
// of their intervals, edges of the graph and skill of the forecast. Find lists the worlds of a folder, Run evaluates them, and
// Report writes the tables. Start reading at Run.
package evaluate

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"

	"gonum.org/v1/gonum/mat"
)

// Options say how worlds are evaluated.
type Options struct {
	Set      []string // key=value over the recommended preset
	Ensemble int      // draws from the posterior; 0: the preset's
	Jobs     int      // worlds at a time
	Done     func(r Row, finished, all int)
}

// Row is the result of one world. NaN marks what is unknown.
type Row struct {
	World         *World
	Estimates     []Estimate
	Direct, Total Score
	Edges         Edges
	WMAPE         float64 // of the holdout
	Naive         float64 // of the best naive forecast
	Skill         float64
	Holdout       []float64 // for each of the Levels, the share of the holdout's rows inside their intervals
	Notices       int
	Seconds       float64
	Err           error // why there is no result
}

// Edges compares the learned graph with the true one.
type Edges struct {
	Known          bool // the truth tells the edges
	Found          int  // edges of the learned graph
	False, Missing int  // reversed ones are false
	F1             float64
}

// Check returns the first world's error in the options or in the roles of its columns, without any work.
func Check(worlds []*World, o Options) error {
	for _, w := range worlds {
		if _, err := w.config(o.Set); err != nil {
			return err
		}
	}
	return nil
}

// Run evaluates worlds with the recommended preset, several at a time. The rows are in the order of the worlds, and do not depend
// on how many run at a time, but for the seconds. A world that fails is a row with an error. A cancelled ctx ends all.
func Run(ctx context.Context, worlds []*World, o Options) ([]Row, error) {
	rows := make([]Row, len(worlds))
	err := inParallel(ctx, o.Jobs, len(worlds), func(i int) { rows[i] = worlds[i].evaluate(ctx, o) }, func(i, finished int) {
		if o.Done != nil {
			o.Done(rows[i], finished, len(worlds))
		}
	})
	return rows, err
}

// inParallel does the work on worlds 0 to n − 1, several at a time, and reports each that is done, one after the other.
func inParallel(ctx context.Context, jobs, n int, work func(i int), done func(i, finished int)) error {
	next := make(chan int)
	var workers sync.WaitGroup
	var mutex sync.Mutex
	finished := 0
	for range max(1, jobs) {
		workers.Go(func() {
			for i := range next {
				work(i)
				mutex.Lock()
				if finished++; ctx.Err() == nil {
					done(i, finished)
				}
				mutex.Unlock()
			}
		})
	}
	for i := range n {
		if ctx.Err() == nil {
			next <- i
		}
	}
	close(next)
	workers.Wait()
	return ctx.Err()
}

// config is the recommended preset for the world's table.
func (w *World) config(set []string) (train.Config, error) {
	return train.Configure(train.RecommendedPreset, train.Data{File: w.Table, Columns: w.columns}, set...)
}

// evaluate trains on the world and compares with its truth.
func (w *World) evaluate(ctx context.Context, o Options) (row Row) {
	row = w.unknown()
	began := time.Now()
	defer func() {
		if problem := recover(); problem != nil { // a defect in one world must not end the others
			row = w.unknown()
			row.Err = fmt.Errorf("%s: the training panicked: %v", w.Table, problem)
		}
		row.Seconds = time.Since(began).Seconds()
	}()
	r, err := w.train(ctx, o)
	if err == nil {
		err = row.compare(r)
	}
	if err != nil {
		row = w.unknown()
		row.Err = err
	}
	return row
}

// unknown is a row without a result.
func (w *World) unknown() Row {
	none := math.NaN()
	holdout := make([]float64, len(Levels))
	for l := range Levels {
		holdout[l] = none
	}
	return Row{
		World: w, Direct: score(nil, model.Direct), Total: score(nil, model.Total), Edges: Edges{F1: none},
		WMAPE: none, Naive: none, Skill: none, Holdout: holdout,
	}
}

func (w *World) train(ctx context.Context, o Options) (*train.Result, error) {
	c, err := w.config(o.Set)
	if err != nil {
		return nil, err
	}
	p, err := panel.Read(w.Table, w.columns)
	if err != nil {
		return nil, err
	}
	t, err := train.New(c, p, model.Observer{})
	if err != nil {
		return nil, err
	}
	if o.Ensemble > 0 {
		if err := t.Ensemble(o.Ensemble); err != nil {
			return nil, err
		}
	}
	return t.Run(ctx)
}

// compare fills the row from a result.
func (row *Row) compare(r *train.Result) error {
	w := row.World
	row.Estimates = estimates(r.Inference.Effects, w.Truth, w.channels)
	row.Direct, row.Total = score(row.Estimates, model.Direct), score(row.Estimates, model.Total)
	row.Notices = len(r.Details.Notices)
	if m := r.Metrics; m.Holdout != nil {
		row.WMAPE, row.Naive = m.Holdout.WMAPE, m.Baselines.Best()
		if m.Skill != nil {
			row.Skill = *m.Skill
		}
		row.Holdout = holdoutCoverage(r)
	}
	return row.compareGraph(r)
}

// compareGraph compares the learned edges with the true ones.
func (row *Row) compareGraph(r *train.Result) error {
	var names []string
	for _, column := range r.Panel.Channels {
		name := row.World.channels[column]
		if name == "" { // a mediator that the truth does not rank among the channels
			name = column
		}
		names = append(names, name)
	}
	truth, err := row.World.Truth.graph(names)
	if err != nil {
		return err
	}
	learned := mat.NewDense(len(names), len(names), nil)
	if r.Graph.Pruned != nil {
		learned = r.Graph.Pruned.Strongest()
	}
	row.Edges = compareEdges(learned, truth)
	return nil
}

// compareEdges counts edges. Without a truth (nil) only the learned ones are counted.
func compareEdges(learned, truth *mat.Dense) Edges {
	if truth == nil {
		n, _ := learned.Dims()
		return Edges{Found: dag.Compare(learned, mat.NewDense(n, n, nil)).FalsePositives, F1: math.NaN()}
	}
	m := dag.Compare(learned, truth)
	return Edges{
		Known: true, Found: m.TruePositives + m.FalsePositives + m.Reversed, False: m.FalsePositives + m.Reversed, Missing: m.Missing, F1: m.F1,
	}
}

// holdoutCoverage is, for each of the Levels, the share of the holdout's recorded rows inside their intervals.
func holdoutCoverage(r *train.Result) []float64 {
	coverage := make([]float64, len(Levels))
	part := r.Parts[1]
	for l, level := range Levels {
		in, all := 0.0, 0.0
		for i, y := range part.Actual {
			b, ok := predictive(r, level, part.Cell(i, len(r.Panel.Weeks)))
			if math.IsNaN(y) || !ok {
				continue
			}
			if all++; b.contains(y) {
				in++
			}
		}
		coverage[l] = in / all // NaN without intervals
	}
	return coverage
}

// predictive is the interval of a cell at a level, if the result has one.
func predictive(r *train.Result, level, cell int) (Bound, bool) {
	all := map[int][]model.Interval{50: r.Intervals50, 80: r.Intervals, 95: r.Intervals95}[level]
	if all == nil {
		return Bound{}, false
	}
	return Bound{level, all[cell].Low, all[cell].High}, true
}

// String is the row as a line for a reader.
func (row Row) String() string {
	if row.Err != nil {
		return fmt.Sprintf("%s: failed: %s", row.World.Name, oneLine(row.Err))
	}
	return fmt.Sprintf("%s: median and worst error: direct %s, total %s; %.0f s", row.World.Name,
		percents(row.Direct.Median, row.Direct.Worst), percents(row.Total.Median, row.Total.Worst), row.Seconds)
}

// Failed is an error if worlds failed.
func Failed(rows []Row) error {
	var first error
	failed := 0
	for _, r := range rows {
		if r.Err != nil {
			if failed++; first == nil {
				first = fmt.Errorf("%s: %w", r.World.Table, r.Err)
			}
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d worlds failed; the first: %w", failed, len(rows), first)
}
