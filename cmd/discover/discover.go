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
)

// study holds everything that a result is written from.
type study struct {
	settings  learn.Options
	names     []string
	series    []mat.Matrix
	estimate  *learn.Estimate
	seconds   float64    // of the fit
	frequency *mat.Dense // of each edge over the resamples; nil without
	truth     *mat.Dense // nil without
	sortable  float64    // varsortability of the graph in the data's own units; NaN if they overflow
	resamples int
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
	s.warnOfColumns(raw, logf)
	start := time.Now()
	if s.estimate, err = learn.Learn(ctx, s.settings, s.series...); err != nil {
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
		if s.frequency, err = learn.Bootstrap(ctx, s.settings, o.bootstrap, o.seed, s.series...); err != nil {
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
		return s.series, nil
	}
	raw, controls, err := s.readPanel(o, patterns, logf)
	if err != nil {
		return nil, err
	}
	if s.series, err = learn.Signals(raw, learn.SignalOptions{KeepWeeks: o.keepWeeks, Controls: controls, Lags: o.lags}); err != nil {
		return nil, fmt.Errorf("%s: %w", o.data, err)
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

// readPanel reads exposures and controls, a matrix of each for each region.
func (s *study) readPanel(o options, patterns []string, logf func(string, ...any)) (exposures, controls []mat.Matrix, err error) {
	p, err := panel.Read(o.data, panel.Columns{
		Sheet: o.sheet, Region: o.region, Week: o.week, Media: patterns, Controls: o.controls, NoTarget: true,
	})
	var cell *panel.CellError
	if errors.As(err, &cell) && len(o.columns) == 0 {
		return nil, nil, fmt.Errorf("%w; if %s is no channel, choose the channels with --columns", err, cell.Column)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(p.Channels) < 2 {
		return nil, nil, fmt.Errorf("%s: --columns matches only %q: a graph has two channels or more", o.data, p.Channels[0])
	}
	s.names = p.Channels
	logf("%s: %d rows, %d regions × %d %s, %d channels", o.data, p.Report.Rows, len(p.Regions), len(p.Weeks), p.Resolution.RowNoun(2), len(s.names))
	byRegion := func(cells []float64, columns int) (m []mat.Matrix) {
		for part := range slices.Chunk(cells, len(p.Weeks)*columns) {
			m = append(m, mat.NewDense(len(p.Weeks), columns, part))
		}
		return m
	}
	if len(p.Controls) > 0 {
		controls = byRegion(p.Control, len(p.Controls))
	}
	return byRegion(p.Media, len(s.names)), controls, nil
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

// warnOfColumns names the columns that have no edges because they are constant, and pairs that are copies of each other.
func (s *study) warnOfColumns(raw []mat.Matrix, logf func(string, ...any)) {
	for j, name := range s.names {
		if constant(raw, j) {
			logf("warning: column %q is constant: it has no edges", name)
		}
	}
	m, err := dag.NewMoments(0, s.series...)
	if err != nil {
		return // Learn reports it
	}
	for j, name := range s.names {
		for i, other := range s.names[:j] {
			if v := m.At(i, i) * m.At(j, j); v > 0 && m.At(i, j)*m.At(i, j) >= (1-dag.Negligible)*v {
				logf("warning: columns %q and %q are copies up to scale: edges of one of them may be the other's", other, name)
			}
		}
	}
}

// constant reports whether a column has one value in each series.
func constant(series []mat.Matrix, column int) bool {
	for _, x := range series {
		rows, _ := x.Dims()
		for t := range rows {
			if x.At(t, column) != x.At(0, column) {
				return false
			}
		}
	}
	return true
}

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
