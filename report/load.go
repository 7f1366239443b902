package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/train"
)

// Run is a training as its output folder tells it.
type Run struct {
	Config        train.Config
	ConfigText    string // config.yaml as it stands
	Metrics       train.Metrics
	Details       train.Details
	History       History
	Actual        []float64   // [R, T], all weeks of the panel; NaN where it was not recorded and nothing stands in
	Predicted     []float64   // [R, T]
	Low, High     []float64   // [R, T]: where an observation may lie; nil without an ensemble
	Contributions [][]float64 // of each component [R, T]; they add up to Predicted
	Adjacency     *mat.Dense  // W [M, M], rows are parents; nil without a DAG
	Pruned        *mat.Dense  // acyclic; nil without a DAG
}

// History is history.csv by columns.
type History struct {
	Names   []string
	Columns map[string][]float64 // NaN where a cell is empty
}

// Load reads the output folder of a training. A file that is missing, broken or of another training than the others is
// an error that names it.
func Load(dir string) (*Run, error) {
	l := loader{dir: dir, run: &Run{}}
	for _, step := range []func() error{
		l.config, l.metrics, l.details, l.history, l.predictions, l.intervals, l.contributions, l.sums, l.graph,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l.run, nil
}

type loader struct {
	dir string
	run *Run
}

func (l *loader) path(name string) string { return filepath.Join(l.dir, name) }

func (l *loader) config() (err error) {
	if l.run.Config, err = train.Load(l.path("config.yaml"), train.Overrides{}); err != nil {
		return err
	}
	text, err := os.ReadFile(l.path("config.yaml"))
	l.run.ConfigText = string(text)
	return err
}

func (l *loader) metrics() error { return l.json("metrics.json", &l.run.Metrics) }

func (l *loader) details() error {
	if err := l.json("details.json", &l.run.Details); err != nil {
		return err
	}
	if problem := inconsistency(l.run.Details); problem != "" {
		return fmt.Errorf("%s: %s (train again to renew it)", l.path("details.json"), problem)
	}
	return nil
}

// inconsistency says what would keep the details from being drawn.
func inconsistency(d train.Details) string {
	weeks := len(d.Weeks)
	switch {
	case len(d.Regions) == 0 || weeks == 0 || len(d.Components) == 0:
		return "names no regions, weeks or components"
	case d.HoldoutFrom < 1 || d.HoldoutFrom > weeks:
		return fmt.Sprintf("holdout_from is %d, but there are %d weeks", d.HoldoutFrom, weeks)
	case len(d.Filled) != len(d.Regions):
		return fmt.Sprintf("filled tells of %d regions, not of %d", len(d.Filled), len(d.Regions))
	}
	for r, filled := range d.Filled {
		for _, w := range filled {
			if w < 0 || w >= weeks {
				return fmt.Sprintf("filled week %d of region %q is none of the %d weeks", w, d.Regions[r], weeks)
			}
		}
	}
	for _, c := range d.Coefficients {
		if len(c.Low) != weeks || len(c.Median) != weeks || len(c.High) != weeks {
			return fmt.Sprintf("the coefficients of %q do not cover the %d weeks", c.Component, weeks)
		}
	}
	channels := ofKind(d, train.Media)
	if len(d.Responses) != len(channels) {
		return fmt.Sprintf("responses of %d channels, not of %d", len(d.Responses), len(channels))
	}
	for i, c := range channels {
		if r := d.Responses[i]; r.Channel != d.Components[c].Name || !(r.Slope > 0) || !(r.HalfSaturation > 0) {
			return fmt.Sprintf("no response curve of channel %q", d.Components[c].Name)
		}
	}
	return structuralInconsistency(d, len(channels))
}

// structuralInconsistency does the same for what the structural model tells.
func structuralInconsistency(d train.Details, channels int) string {
	s := d.Structural
	switch {
	case s == nil:
		return ""
	case len(s.Effects) != 3*channels:
		return fmt.Sprintf("%d effects of %d channels", len(s.Effects), channels)
	case s.Ensemble > 0 && (len(s.TotalLow) != len(d.Weeks) || len(s.TotalHigh) != len(d.Weeks) || len(s.Frequency) != channels):
		return fmt.Sprintf("the intervals do not cover the %d weeks, or the frequencies the %d channels", len(d.Weeks), channels)
	case s.Choice == nil:
		return "does not say how the model's shape was chosen"
	}
	for _, row := range s.Frequency {
		if len(row) != channels {
			return fmt.Sprintf("frequencies of %d channels, not of %d", len(row), channels)
		}
	}
	return ""
}

// ofKind lists the components of a kind, by their position.
func ofKind(d train.Details, kind train.Kind) []int {
	var at []int
	for i, c := range d.Components {
		if c.Kind == kind {
			at = append(at, i)
		}
	}
	return at
}

func (l *loader) json(name string, v any) error {
	text, err := os.ReadFile(l.path(name))
	if err != nil {
		return l.unreadable(name, err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: is not what a training wrote: %w", l.path(name), err)
	}
	return nil
}

func (l *loader) unreadable(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: cannot read: %w (is %s the output folder of a training by this version?)",
		l.path(name), err, l.dir)
}

func (l *loader) history() error {
	h := &l.run.History
	h.Columns = map[string][]float64{}
	t, err := l.open("history.csv")
	if err != nil {
		return err
	}
	defer t.file.Close()
	h.Names = slices.Clone(t.header)
	for _, name := range []string{"epoch", "loss", "h", "rho", "alpha", "learning_rate", "train_rmse", "holdout_rmse"} {
		if !slices.Contains(h.Names, name) {
			return fmt.Errorf("%s: has no column %s", t.path, name)
		}
	}
	return t.each(func(row []string) error {
		for i, name := range h.Names {
			v, err := t.number(row[i], true)
			if err != nil {
				return err
			}
			h.Columns[name] = append(h.Columns[name], v)
		}
		return nil
	})
}

func (l *loader) predictions() error {
	r := l.run
	n := len(r.Details.Regions) * len(r.Details.Weeks)
	r.Actual, r.Predicted = make([]float64, n), make([]float64, n)
	t, err := l.open("predictions.csv", "region", "week", "part", "actual", "predicted")
	if err != nil {
		return err
	}
	defer t.file.Close()
	at := cells(r.Details)
	next := 0
	err = t.each(func(row []string) (err error) {
		if next == len(at) {
			return t.foreign()
		}
		if err := t.expect(row, r.Details, at[next]); err != nil {
			return err
		}
		if r.Actual[at[next]], err = t.number(row[3], true); err != nil {
			return err
		}
		r.Predicted[at[next]], err = t.number(row[4], false)
		next++
		return err
	})
	if err == nil && next < len(at) {
		return t.foreign()
	}
	return err
}

func (l *loader) intervals() error {
	r := l.run
	if s := r.Details.Structural; s == nil || s.Ensemble == 0 {
		return nil
	}
	n := len(r.Predicted)
	r.Low, r.High = make([]float64, n), make([]float64, n)
	t, err := l.open("intervals.csv", "region", "week", "part", "predicted", "low", "high")
	if err != nil {
		return err
	}
	defer t.file.Close()
	at := cells(r.Details)
	next := 0
	err = t.each(func(row []string) (err error) {
		if next == len(at) {
			return t.foreign()
		}
		if err := t.expect(row, r.Details, at[next]); err != nil {
			return err
		}
		if r.Low[at[next]], err = t.number(row[4], false); err != nil {
			return err
		}
		r.High[at[next]], err = t.number(row[5], false)
		next++
		return err
	})
	if err == nil && next < len(at) {
		return t.foreign()
	}
	return err
}

func (l *loader) contributions() error {
	r := l.run
	names := r.Details.Components
	for range names {
		r.Contributions = append(r.Contributions, make([]float64, len(r.Actual)))
	}
	t, err := l.open("contributions.csv", "region", "week", "component", "value")
	if err != nil {
		return err
	}
	defer t.file.Close()
	at := cells(r.Details)
	next := 0
	err = t.each(func(row []string) (err error) {
		if next == len(at)*len(names) {
			return t.foreign()
		}
		cell, component := at[next/len(names)], next%len(names)
		if err := t.expect(row, r.Details, cell); err != nil {
			return err
		}
		if !same(row[2], names[component].Name) {
			return t.foreign()
		}
		r.Contributions[component][cell], err = t.number(row[3], false)
		next++
		return err
	})
	if err == nil && next < len(at)*len(names) {
		return t.foreign()
	}
	return err
}

// sums checks what would tell that the files are of different trainings: contributions add up to the prediction, and
// the figures are those of the predictions.
func (l *loader) sums() error {
	r := l.run
	for i, predicted := range r.Predicted {
		sum := 0.0
		for _, values := range r.Contributions {
			sum += values[i]
		}
		if !near(sum, predicted) {
			return fmt.Errorf("%s: does not add up to predictions.csv (the files are of different trainings)",
				l.path("contributions.csv"))
		}
	}
	var off, size float64
	weeks := len(r.Details.Weeks)
	for i, y := range r.Actual {
		if i%weeks < r.Details.HoldoutFrom && !math.IsNaN(y) {
			off, size = off+math.Abs(r.Predicted[i]-y), size+math.Abs(y)
		}
	}
	if !near(off/size, r.Metrics.Train.WMAPE) {
		return fmt.Errorf("%s: its figures are not those of predictions.csv (the files are of different trainings)",
			l.path("metrics.json"))
	}
	return nil
}

// near leaves room for the order of a sum.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(math.Abs(a), math.Abs(b))+1e-9 }

// cells lists the region-weeks, as positions in [R, T], in the order in which a training writes them: part by part,
// region by region, week by week.
func cells(d train.Details) []int {
	var at []int
	weeks := len(d.Weeks)
	for _, span := range [][2]int{{0, d.HoldoutFrom}, {d.HoldoutFrom, weeks}} {
		for r := range d.Regions {
			for w := span[0]; w < span[1]; w++ {
				at = append(at, r*weeks+w)
			}
		}
	}
	return at
}

func (l *loader) graph() (err error) {
	if !l.run.Config.HasDAG() {
		return nil
	}
	if l.run.Adjacency, err = l.adjacency("dag_adjacency.csv"); err != nil {
		return err
	}
	l.run.Pruned, err = l.adjacency("dag_pruned.csv")
	if err == nil && !dag.IsDAG(l.run.Pruned) {
		return fmt.Errorf("%s: has a cycle, which a training never leaves", l.path("dag_pruned.csv"))
	}
	return err
}

func (l *loader) adjacency(name string) (*mat.Dense, error) {
	f, err := os.Open(l.path(name))
	if err != nil {
		return nil, l.unreadable(name, err)
	}
	defer f.Close()
	_, w, err := dag.ReadCSV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.path(name), err)
	}
	if n, _ := w.Dims(); n != len(ofKind(l.run.Details, train.Media)) {
		return nil, fmt.Errorf("%s: has %d channels, but %s has %d (the files are of different trainings)",
			l.path(name), n, l.path("details.json"), len(ofKind(l.run.Details, train.Media)))
	}
	return w, nil
}

// table is a CSV file that is being read.
type table struct {
	path   string
	file   *os.File
	csv    *csv.Reader
	header []string
}

// open reads a table's header, which must be as given if it is.
func (l *loader) open(name string, header ...string) (*table, error) {
	f, err := os.Open(l.path(name))
	if err != nil {
		return nil, l.unreadable(name, err)
	}
	t := &table{path: l.path(name), file: f, csv: csv.NewReader(f)}
	if t.header, err = t.csv.Read(); err != nil {
		f.Close()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: is empty", t.path)
		}
		return nil, fmt.Errorf("%s: %w", t.path, err)
	}
	if header != nil && !slices.Equal(t.header, header) {
		f.Close()
		return nil, fmt.Errorf("%s:1: columns %s, not %s", t.path, strings.Join(t.header, ","), strings.Join(header, ","))
	}
	t.csv.ReuseRecord = true
	return t, nil
}

func (t *table) each(visit func(row []string) error) error {
	for {
		row, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}

func (t *table) line() int {
	line, _ := t.csv.FieldPos(0)
	return line
}

// expect checks that a row begins with the region and week of a cell.
func (t *table) expect(row []string, d train.Details, cell int) error {
	if same(row[0], d.Regions[cell/len(d.Weeks)]) && same(row[1], d.Weeks[cell%len(d.Weeks)]) {
		return nil
	}
	return t.foreign()
}

func (t *table) foreign() error {
	return fmt.Errorf("%s:%d: is not the row that details.json asks for here (the files are of different trainings, "+
		"or the table was sorted or cut)", t.path, t.line())
}

// same compares a cell with a name, before which a table may put an apostrophe lest a spreadsheet take it for a
// formula. CSV does not keep a carriage return before a line feed.
func same(cell, name string) bool {
	name = strings.ReplaceAll(name, "\r\n", "\n")
	return cell == name || cell == "'"+name
}

// number reads a finite number; a blank one is NaN where that is allowed.
func (t *table) number(cell string, blank bool) (float64, error) {
	if cell == "" && blank {
		return nan, nil
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || v-v != 0 {
		return 0, fmt.Errorf("%s:%d: %q is not a finite number", t.path, t.line(), cell)
	}
	return v, nil
}
