package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/format"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
)

// study holds everything that a result is written from.
type study struct {
	settings  learn.Options
	names     []string
	series    []mat.Matrix
	panel     *learn.Panel // nil of a plain table
	noun      string       // of a panel's row
	block     int          // rows of a block of a panel's resamples
	estimate  *learn.Estimate
	seconds   float64    // of the fit
	frequency *mat.Dense // of each edge over the resamples; nil without
	truth     *mat.Dense // nil without
	sortable  float64    // varsortability of the graph in the data's own units; NaN if they overflow
	resamples int
	notices   []notice.Notice
}

func discover(ctx context.Context, o options, stdout io.Writer) (err error) {
	logf := func(format string, args ...any) {
		if !o.quiet {
			fmt.Fprintf(stdout, format+"\n", args...)
		}
	}
	settings, err := o.settings()
	if err != nil {
		return err
	}
	s := &study{settings: settings, resamples: o.bootstrap}
	raw, err := s.read(o, logf)
	if err != nil {
		return err
	}
	if err = s.fewerRows(o.data, logf); err != nil {
		return err
	}
	if err = s.know(o); err != nil {
		return err
	}
	made, err := s.prepare(o.out, o.data, o.knowledge, o.truth)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && made {
			err = errors.Join(err, os.Remove(o.out))
		}
	}()
	s.settings.Progress = func(step learn.Step) {
		if step.Mu > 0 {
			logf("[DAGMA] mu=%.3g score=%.6g h=%.3g iterations=%d", step.Mu, step.Score, step.H, step.Iterations)
		} else {
			logf("[NOTEARS] rho=%g alpha=%.3g score=%.6g h=%.3g iterations=%d", step.Rho, step.Alpha, step.Score, step.H, step.Iterations)
		}
	}
	if s.settings.Method == "" {
		s.settings.Method = o.defaultMethod(s.settings, len(s.names))
	}
	for _, n := range s.notices {
		logf("%s", n.Line())
	}
	start := time.Now()
	if s.estimate, err = s.learn(ctx); err != nil {
		var lost *learn.ConvergenceError
		if errors.As(err, &lost) {
			return cli.Failure(err)
		}
		return err
	}
	s.seconds = time.Since(start).Seconds()
	if s.sortable, err = s.varsortability(raw); err != nil {
		logf("warning: no varsortability, so null in result.json: %v", err)
	}
	if o.bootstrap > 0 {
		if s.frequency, err = s.resample(ctx, o.bootstrap, o.seed); err != nil {
			return err
		}
	}
	s.describe(logf)
	if names := s.result().notFinite(); names != nil {
		logf("warning: not finite, so null in result.json: %s (weights are this large if columns have very different units; compare "+
			"with --scale standardise)", strings.Join(names, ", "))
	}
	if err = files.Write(o.out, s.outputs()...); err != nil {
		return cli.Failure(err)
	}
	logf("written to %s", o.out)
	return nil
}

func (s *study) learn(ctx context.Context) (*learn.Estimate, error) {
	if s.panel != nil {
		return s.panel.Learn(ctx, s.settings, nil)
	}
	return learn.Learn(ctx, s.settings, s.series...)
}

// resample returns the frequency of each edge over n resamples.
func (s *study) resample(ctx context.Context, n int, seed uint64) (*mat.Dense, error) {
	if s.panel != nil {
		return s.panel.Bootstrap(ctx, s.settings, n, seed, s.block)
	}
	return learn.Bootstrap(ctx, s.settings, n, seed, s.series...)
}

// read reads the table, and for a panel turns exposures into signals. It also returns the series in their own units.
func (s *study) read(o options, logf func(string, ...any)) (raw []mat.Matrix, err error) {
	patterns := o.columns
	if len(patterns) == 0 && o.truth != "" {
		if patterns, err = truthNodes(o.truth); err != nil {
			return nil, err
		}
	}
	header, err := panel.Header(o.data, o.sheet)
	if err != nil {
		return nil, err
	}
	if len(patterns) == 0 {
		patterns = slices.DeleteFunc(slices.Clone(header), func(name string) bool {
			return name == "" || o.panel && (name == o.region || name == o.week || o.isControl(name))
		})
	}
	if !o.panel {
		n, err := panel.ReadNumbers(o.data, o.sheet, patterns...)
		if err != nil {
			return nil, err
		}
		s.names = n.Names
		s.series = []mat.Matrix{mat.NewDense(n.Rows, len(n.Names), n.Cells)}
		logf("%s: %d rows, %d columns", o.data, n.Rows, len(n.Names))
		s.notices = notice.OfTable(n)
		return s.series, nil
	}
	raw, options, err := s.readPanel(o, patterns, logf)
	if err != nil {
		return nil, err
	}
	if s.panel, err = learn.NewPanel(raw, options); err != nil {
		return nil, fmt.Errorf("%s: %w", o.data, err)
	}
	s.series = s.panel.Signals(dag.Shares)
	if s.panel.Evidence().InTime {
		logf("one region: trend and season are taken out, and an edge of the same %s needs knowledge, since a calendar that channels share "+
			"looks alike; the others need --lags, here %d", s.noun, o.lags)
	}
	return raw, nil
}

// isControl reports whether --controls names a column.
func (o options) isControl(column string) bool {
	return slices.ContainsFunc(o.controls, func(pattern string) bool {
		matched, _ := path.Match(pattern, column) // a bad pattern is an error where the panel is read
		return matched || pattern == column
	})
}

// readPanel reads exposures, a matrix for each region, and what is taken out of them. Exposure of missing rows is imputed, as in a
// training.
func (s *study) readPanel(o options, patterns []string, logf func(string, ...any)) (exposures []mat.Matrix, _ learn.SignalOptions, err error) {
	options := learn.SignalOptions{KeepWeeks: o.keepWeeks, Lags: o.lags}
	p, err := panel.Read(o.data, panel.Columns{
		Sheet: o.sheet, Region: o.region, Week: o.week, Media: patterns, Controls: o.controls, NoTarget: true,
	})
	var cell *panel.CellError
	if errors.As(err, &cell) && len(o.columns) == 0 {
		return nil, options, fmt.Errorf("%w; if %s is no channel, choose the channels with --columns", err, cell.Column)
	}
	if err != nil {
		return nil, options, err
	}
	if len(p.Channels) < 2 {
		return nil, options, fmt.Errorf("%s: --columns matches only %q: a graph has two channels or more", o.data, p.Channels[0])
	}
	s.names = p.Channels
	for _, line := range p.Report.Lines() {
		logf("%s", line)
	}
	logf("%d channels: %s", len(s.names), strings.Join(s.names, ", "))
	s.notices = notice.OfGraph(p, o.keepWeeks)
	byRegion := func(cells []float64, columns int) (m []mat.Matrix) {
		for part := range slices.Chunk(cells, len(p.Weeks)*columns) {
			m = append(m, mat.NewDense(len(p.Weeks), columns, part))
		}
		return m
	}
	if len(p.Controls) > 0 {
		options.Controls = byRegion(p.Control, len(p.Controls))
	}
	scale := p.ExposureScale(len(p.Weeks))
	relative, _ := p.RelativeExposure(scale)
	options.Calendar = learn.Calendar(p.Years())
	s.noun, s.block = p.Resolution.Noun(1), max(p.Resolution.Rows(learn.BlockRows), shortestBlock)
	return byRegion(p.Exposure(relative, scale), len(s.names)), options, nil
}

// know reads the prior knowledge and the truth.
func (s *study) know(o options) error {
	if o.knowledge != "" {
		k, err := format.OpenKnowledge(o.knowledge)
		if err != nil {
			return err
		}
		if s.settings.Constraints, err = k.Constraints(s.names); err != nil {
			return err
		}
	}
	if o.truth == "" {
		return nil
	}
	file, err := os.Open(o.truth)
	if err != nil {
		return fmt.Errorf("%s: %w (check the path)", o.truth, files.Cause(err))
	}
	defer file.Close()
	s.truth, err = format.ReadTruth(file, o.truth, s.names)
	return err
}

// shortestBlock is the fewest rows of a block, which lags need at every resolution.
const shortestBlock = 4

// fewerRows is an error if a regression on all columns and their lags has no residual, and a warning if there are less than
// fewRows rows for each.
func (s *study) fewerRows(file string, logf func(string, ...any)) error {
	rows, columns := 0, len(s.names)*(1+s.settings.Lags)
	for _, x := range s.series {
		n, _ := x.Dims()
		rows += max(0, n-s.settings.Lags)
	}
	what := fmt.Sprintf("%d rows for %d columns", rows, columns)
	if s.settings.Lags > 0 {
		what = fmt.Sprintf("%d rows after the first %d of each series for %d columns × %d (the row itself and %d before it)", rows, s.settings.Lags,
			len(s.names), 1+s.settings.Lags, s.settings.Lags)
	}
	if rows <= columns {
		return fmt.Errorf("%s: %s: with no more rows than columns, any graph fits them (choose fewer columns with --columns, or fewer --lags)",
			file, what)
	}
	if rows < fewRows*columns {
		logf("warning: %s: with less than %d for each, edges are uncertain (see --bootstrap)", what, fewRows)
	}
	return nil
}

// fewRows is the number of rows a column below which a regression is uncertain (Harrell 2015, sec. 4.4).
const fewRows = 10

// varsortability measures the graph in the data's own units. With an error it returns NaN.
func (s *study) varsortability(raw []mat.Matrix) (float64, error) {
	m, err := dag.NewMoments(0, raw...)
	if err != nil {
		return math.NaN(), err
	}
	variances := make([]float64, len(s.names))
	for i := range variances {
		variances[i] = m.At(i, i)
	}
	return learn.Varsortability(s.estimate.Graph, variances), nil
}

// describeCut lists the edges that the threshold left out.
func (s *study) describeCut(logf func(string, ...any)) {
	cut := s.estimate.Cut
	if len(cut) == 0 {
		return
	}
	logf("left out for a weight up to threshold %g: %d edges (compare with a lower --threshold%s)", s.settings.Threshold, len(cut), s.orAuto())
	binary := map[int]bool{}
	for i, edge := range cut {
		if i == maxShown {
			logf("  … and %d more in result.json", len(cut)-maxShown)
			break
		}
		logf("  left out %s → %s  %.3g", s.names[edge.From], s.names[edge.To], edge.Weight)
		if !binary[edge.To] && !s.settings.Standardise && ofTwoValues(s.series, edge.To) {
			binary[edge.To] = true
			logf("  %s has two values only: a weight into it is a change of a frequency, for which a threshold of %g is blunt",
				s.names[edge.To], s.settings.Threshold)
		}
	}
}

// orAuto names the threshold that keeps all selected edges, where edges are selected.
func (s *study) orAuto() string {
	if s.settings.Plain || s.settings.Loss == learn.Logistic {
		return ""
	}
	return ", or auto: all that the information criterion selects"
}

// ofTwoValues reports whether a column has exactly two values.
func ofTwoValues(series []mat.Matrix, column int) bool {
	values := map[float64]bool{}
	for _, x := range series {
		rows, _ := x.Dims()
		for t := 0; t < rows && len(values) <= 2; t++ {
			values[x.At(t, column)] = true
		}
	}
	return len(values) == 2
}

// minSortable is the varsortability at which sorting by variance would give most of the graph.
const minSortable = 0.9

// maxShown is the number of edges that are printed.
const maxShown = 15

func (s *study) describe(logf func(string, ...any)) {
	e := s.estimate
	edges := e.Graph.Edges()
	logf("%s: %d edges between %d variables, acyclic; %d removed for that; %.3g s", e.Method, len(edges), len(s.names),
		len(e.Graph.Removed()), s.seconds)
	if e.Fallback != nil {
		logf("warning: %v; using the graph of eqvar instead", e.Fallback)
	}
	if s.panel != nil && len(edges) > 0 {
		logf("the channels move each other by %s", e.Graph.Mechanism)
	}
	for i, edge := range edges {
		if i == maxShown {
			logf("  … and %d more in result.json", len(edges)-maxShown)
			break
		}
		line := fmt.Sprintf("  %s → %s  %.3g", s.names[edge.From], s.names[edge.To], edge.Weight)
		if s.frequency != nil {
			line += fmt.Sprintf("  in %.0f %% of the resamples", 100*s.frequency.At(edge.From, edge.To))
		}
		logf("%s", line)
	}
	s.describeCut(logf)
	for _, r := range e.Graph.Removed() {
		logf("  removed %s → %s (%.3g): it closed a cycle of %d", s.names[r.From], s.names[r.To], r.Weight, len(r.Cycle))
	}
	switch {
	case s.settings.Loss == learn.Logistic || len(edges) == 0 || math.IsNaN(s.sortable):
	case s.settings.Standardise || e.Method == learn.Exact:
		rest := "on what you know and on which graph needs fewest edges"
		if s.settings.Lags > 0 {
			rest = "on time and on what you know"
		}
		logf("varsortability %.2f in the data's own units, which do not matter here: directions rest %s",
			s.sortable, rest)
	case s.sortable >= minSortable:
		logf("warning: varsortability %.2f: sorting the variables by variance would give this graph's order; if the units are "+
			"arbitrary (impressions beside euros), so are the arrows: compare with --scale standardise", s.sortable)
	default:
		logf("varsortability %.2f: the order is not merely that of the variances; it holds if errors have equal variances in these units",
			s.sortable)
	}
	if s.truth != nil {
		m := dag.Compare(e.Graph.Strongest(), s.truth)
		logf("against the truth: SHD %d, precision %.3f, recall %.3f, F1 %.3f (%d right, %d reversed, %d extra, %d missing)",
			m.SHD, m.Precision, m.Recall, m.F1, m.TruePositives, m.Reversed, m.FalsePositives, m.Missing)
	}
}
