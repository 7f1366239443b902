package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
)

// study is everything that a result is written from.
type study struct {
	settings  dag.Options
	names     []string
	series    []mat.Matrix
	estimate  *dag.Estimate
	seconds   float64    // of the fit alone
	frequency *mat.Dense // of each edge over the resamples; nil without
	truth     *mat.Dense // nil without
	sortable  float64    // varsortability of the graph in the data's own units
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
	made, err := prepare(o.out, o.data, o.knowledge, o.truth)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && made {
			err = errors.Join(err, os.Remove(o.out))
		}
	}()
	s.settings.Progress = func(step dag.Step) {
		if step.Mu > 0 {
			logf("[DAGMA] mu=%.3g score=%.6g h=%.3g iterations=%d", step.Mu, step.Score, step.H, step.Iterations)
		} else {
			logf("[NOTEARS] rho=%g alpha=%.3g score=%.6g h=%.3g iterations=%d", step.Rho, step.Alpha, step.Score, step.H, step.Iterations)
		}
	}
	start := time.Now()
	if s.estimate, err = dag.Learn(ctx, s.settings, s.series...); err != nil {
		var lost *dag.ConvergenceError
		if errors.As(err, &lost) {
			return cli.Failure(err)
		}
		return err
	}
	s.seconds = time.Since(start).Seconds()
	s.sortable = dag.Varsortability(s.estimate.Weights, variances(raw))
	if o.bootstrap > 0 {
		if s.frequency, err = dag.Bootstrap(ctx, s.settings, o.bootstrap, o.seed, s.series...); err != nil {
			return err
		}
	}
	s.describe(logf)
	if err = files.Write(o.out, s.outputs()...); err != nil {
		return cli.Failure(err)
	}
	logf("written to %s", o.out)
	return nil
}

// read reads the table, and for a panel turns exposures into signals. It returns the series in their own units too.
func (s *study) read(o options, logf func(string, ...any)) (raw []mat.Matrix, err error) {
	patterns := o.columns
	if len(patterns) == 0 && o.truth != "" {
		if patterns, err = truthNodes(o.truth); err != nil {
			return nil, err
		}
	}
	header, err := panel.Header(o.data)
	if err != nil {
		return nil, err
	}
	if len(patterns) == 0 {
		patterns = slices.DeleteFunc(slices.Clone(header), func(name string) bool {
			return name == "" || o.panel && (name == o.region || name == o.week || o.isControl(name))
		})
	}
	if !o.panel {
		n, err := panel.ReadNumbers(o.data, patterns...)
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
	if s.series, err = dag.Signals(raw, dag.SignalOptions{KeepWeeks: o.keepWeeks, Controls: controls, Lags: o.lags}); err != nil {
		return nil, fmt.Errorf("%s: %w", o.data, err)
	}
	return raw, nil
}

// isControl tells whether one of --controls names a column.
func (o options) isControl(column string) bool {
	return slices.ContainsFunc(o.controls, func(pattern string) bool {
		matched, _ := path.Match(pattern, column) // a bad pattern is an error where the panel is read
		return matched || pattern == column
	})
}

// readPanel reads exposures and controls, a matrix of each for each region.
func (s *study) readPanel(o options, patterns []string, logf func(string, ...any)) (exposures, controls []mat.Matrix, err error) {
	p, err := panel.Read(o.data, panel.Columns{Region: o.region, Week: o.week, Media: patterns, Controls: o.controls, NoTarget: true})
	var cell *panel.CellError
	if errors.As(err, &cell) && len(o.columns) == 0 {
		return nil, nil, fmt.Errorf("%w; if %s is no channel, choose the channels with --columns", err, cell.Column)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(p.Channels) < 2 {
		return nil, nil, fmt.Errorf("%s: --columns matches %q alone: a graph has two channels or more", o.data, p.Channels[0])
	}
	s.names = p.Channels
	logf("%s: %d rows, %d regions × %d weeks, %d channels", o.data, p.Report.Rows, len(p.Regions), len(p.Weeks), len(s.names))
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

// know reads what is known of the graph, and the truth.
func (s *study) know(o options) error {
	if o.knowledge != "" {
		k, err := dag.OpenKnowledge(o.knowledge)
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
	s.truth, err = dag.ReadTruth(file, o.truth, s.names)
	return err
}

// variances of the columns over all series, in their own units.
func variances(series []mat.Matrix) []float64 {
	_, d := series[0].Dims()
	sum, square, n := make([]float64, d), make([]float64, d), 0.0
	for _, x := range series {
		rows, _ := x.Dims()
		n += float64(rows)
		for j := range d {
			for t := range rows {
				sum[j] += x.At(t, j)
			}
		}
	}
	for _, x := range series {
		rows, _ := x.Dims()
		for j := range d {
			for t := range rows {
				square[j] += (x.At(t, j) - sum[j]/n) * (x.At(t, j) - sum[j]/n) / n
			}
		}
	}
	return square
}

// sortableFrom is the varsortability from which the order of variances alone would give most of the graph.
const sortableFrom = 0.9

// shown edges at most.
const shown = 15

func (s *study) describe(logf func(string, ...any)) {
	e := s.estimate
	edges := dag.Edges(e.Weights)
	logf("%s: %d edges between %d variables, acyclic; %d removed for that; %.3g s", e.Method, len(edges), len(s.names),
		len(e.Removed), s.seconds)
	for i, edge := range edges {
		if i == shown {
			logf("  … and %d more in result.json", len(edges)-shown)
			break
		}
		line := fmt.Sprintf("  %s → %s  %.3g", s.names[edge.From], s.names[edge.To], edge.Weight)
		if s.frequency != nil {
			line += fmt.Sprintf("  in %.0f %% of the resamples", 100*s.frequency.At(edge.From, edge.To))
		}
		logf("%s", line)
	}
	for _, r := range e.Removed {
		logf("  removed %s → %s (%.3g): it closed a cycle of %d", s.names[r.From], s.names[r.To], r.Weight, len(r.Cycle))
	}
	switch {
	case s.settings.Loss == dag.Logistic || len(edges) == 0:
	case s.settings.Standardise:
		rest := "on what you know and on which graph needs fewest edges"
		if s.settings.Lags > 0 {
			rest = "on time and on what you know"
		}
		logf("varsortability %.2f in the data's own units, which standardising took away: directions rest %s, not on units",
			s.sortable, rest)
	case s.sortable >= sortableFrom:
		logf("warning: varsortability %.2f: sorting the variables by variance alone would give this graph's order; if the units are "+
			"arbitrary (impressions beside euros), so are the arrows: compare with --scale standardise", s.sortable)
	default:
		logf("varsortability %.2f: the order is not merely that of the variances; it holds if errors have equal variances in these units",
			s.sortable)
	}
	if s.truth != nil {
		m := dag.Compare(e.Weights, s.truth)
		logf("against the truth: SHD %d, precision %.3f, recall %.3f, F1 %.3f (%d right, %d reversed, %d extra, %d missing)",
			m.SHD, m.Precision, m.Recall, m.F1, m.TruePositives, m.Reversed, m.FalsePositives, m.Missing)
	}
}
