package train

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/jsonfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// detailsFormat is the version of details.json.
const detailsFormat = 3

// stored is details.json: a result as far as the dashboard shows it.
type stored struct {
	Details
	model.Description
	Version int           `json:"version"`
	Config  Config        `json:"config"` // with absolute paths
	Metrics Metrics       `json:"metrics"`
	History storedHistory `json:"history"`
	Parts   []storedPart  `json:"parts"`
	Graph   storedGraph   `json:"graph"`
	Low     numbers       `json:"low,omitempty"` // of what may be observed, [R, T]
	High    numbers       `json:"high,omitempty"`

	Money      *money.Accounts `json:"money,omitempty"`
	Refutation *Refutation     `json:"refutation,omitempty"`
}

type storedHistory struct {
	Columns []string  `json:"columns"`
	Values  []numbers `json:"values"` // of each column
}

type storedPart struct {
	Name       string     `json:"name"`
	Span       panel.Span `json:"span"`
	Actual     numbers    `json:"actual"`     // [R, T]; null if it was not recorded
	Predicted  numbers    `json:"predicted"`  // [R, T]
	Components []numbers  `json:"components"` // [R, T] each, in the order of components
}

type storedGraph struct {
	Adjacency []numbers `json:"adjacency"` // rows are parents; null without a DAG
	Pruned    []numbers `json:"pruned"`
}

// numbers are written with null for NaN, which marks what was not recorded or does not exist.
type numbers []float64

// MarshalJSON writes NaN as null.
func (x numbers) MarshalJSON() ([]byte, error) {
	text := []byte{'['}
	for i, v := range x {
		if i > 0 {
			text = append(text, ',')
		}
		if math.IsNaN(v) {
			text = append(text, "null"...)
		} else {
			text = strconv.AppendFloat(text, v, 'g', -1, 64)
		}
	}
	return append(text, ']'), nil
}

// finite is x with NaN for infinities, which JSON cannot hold, and a warning that names the place.
func (r *Result) finite(place string, x []float64) numbers {
	found := 0
	kept := slices.Clone(x)
	for i, v := range x {
		if math.IsInf(v, 0) {
			kept[i] = math.NaN()
			found++
		}
	}
	if found > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s: %d values of %s are infinite and are written as null", DetailsFile, found, place))
	}
	return kept
}

func (r *Result) writeDetails(w io.Writer) error {
	config, err := r.Config.absolute()
	if err != nil {
		return err
	}
	s := stored{
		Version: detailsFormat, Details: r.Details, Description: r.Description, Config: config, Metrics: r.Metrics, History: storedHistory{Columns: r.History.Columns},
		Money: r.Money, Refutation: r.Refutation,
	}
	if g := r.Graph; g.Pruned != nil {
		s.Graph = storedGraph{rowsOf(g.Adjacency), rowsOf(g.Pruned.Strongest())}
	}
	s.Metrics.Timing = Timing{Epochs: r.Metrics.Timing.Epochs} // so that the same seed gives the same bytes
	for c := range r.History.Columns {
		column := make(numbers, len(r.History.Rows))
		for i, row := range r.History.Rows {
			column[i] = row[c]
		}
		s.History.Values = append(s.History.Values, r.finite("history."+r.History.Columns[c], column))
	}
	for _, p := range r.Parts {
		part := storedPart{Name: p.Name, Span: p.Span, Actual: p.Actual, Predicted: r.finite(p.Name+".predicted", p.Predicted)}
		for _, c := range p.Components {
			part.Components = append(part.Components, r.finite(p.Name+"."+c.Name, c.Value))
		}
		s.Parts = append(s.Parts, part)
	}
	for _, i := range r.Intervals {
		s.Low, s.High = append(s.Low, i.Low), append(s.High, i.High)
	}
	s.Low, s.High = r.finite("low", s.Low), r.finite("high", s.High)
	return r.encode(w, DetailsFile, s, "")
}

// encode writes JSON. A number that JSON cannot hold becomes null and a warning: it must not cost the rest of the result.
func (r *Result) encode(w io.Writer, file string, v any, indent string) error {
	lost, err := jsonfile.Encode(w, v, indent)
	for _, place := range lost {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s: %s is not a finite number and is written as null", file, place))
	}
	return err
}

func rowsOf(w *mat.Dense) []numbers {
	n, _ := w.Dims()
	rows := make([]numbers, n)
	for i := range rows {
		rows[i] = mat.Row(nil, i, w)
	}
	return rows
}

// LoadResult reads the result of a training from its output folder, as far as the dashboard shows it: without the panel and
// the fitted model. A file that is missing, broken or not of this version is an error that names it.
func LoadResult(dir string) (*Result, error) {
	path := filepath.Join(dir, DetailsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read: %w (is %s the output folder of a training?)", path, files.Cause(err), dir)
	}
	r, err := parseResult(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (train again to renew it)", path, err)
	}
	return r, nil
}

func parseResult(text []byte) (*Result, error) {
	var s stored
	if err := jsonfile.Decode(bytes.NewReader(text), &s); err != nil {
		return nil, fmt.Errorf("is not what a training wrote: %w", err)
	}
	if s.Version != detailsFormat {
		return nil, fmt.Errorf("is of version %d, and this program draws version %d", s.Version, detailsFormat)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	r := &Result{Config: s.Config, Details: s.Details, Metrics: s.Metrics, Money: s.Money, Refutation: s.Refutation}
	if key, problem := r.Config.check(); key != "" {
		return nil, fmt.Errorf("its configuration is broken: %s: %s", key, problem)
	}
	var err error
	r.Description = s.Description
	r.History.Columns = s.History.Columns
	for i := range s.History.Values[0] {
		row := make([]float64, len(s.History.Columns))
		for c, column := range s.History.Values {
			row[c] = column[i]
		}
		r.History.Rows = append(r.History.Rows, row)
	}
	for _, p := range s.Parts {
		part := model.Part{Name: p.Name, Span: p.Span, Regions: len(s.Regions), Actual: p.Actual, Predicted: p.Predicted}
		for i, values := range p.Components {
			part.Components = append(part.Components, model.Component{Name: s.Components[i].Name, Kind: s.Components[i].Kind, Value: values})
		}
		r.Parts = append(r.Parts, part)
	}
	for i := range s.Low {
		r.Intervals = append(r.Intervals, model.Interval{Low: s.Low[i], High: s.High[i]})
	}
	if s.Graph.Pruned != nil {
		r.Graph.Adjacency = denseOf(s.Graph.Adjacency)
		r.Graph.Pruned, err = dag.NewGraph(denseOf(s.Graph.Pruned))
	}
	return r, err
}

func denseOf(rows []numbers) *mat.Dense {
	w := mat.NewDense(len(rows), len(rows), nil)
	for i, row := range rows {
		w.SetRow(i, row)
	}
	return w
}

// check compares all lengths, so that whoever draws the result need not.
func (s *stored) check() error {
	R, T, channels := len(s.Regions), len(s.Weeks), 0
	for _, c := range s.Components {
		if c.Kind.Group() == model.Media {
			channels++
		}
	}
	if R == 0 || T == 0 || channels == 0 {
		return errors.New("names no regions, weeks or channels")
	}
	if s.HoldoutFrom < 1 || s.HoldoutFrom > T || len(s.Filled) != R {
		return fmt.Errorf("holdout_from is %d of %d weeks, and filled is of %d regions, not %d", s.HoldoutFrom, T, len(s.Filled), R)
	}
	for _, f := range []struct {
		name       string
		have, want int
	}{
		{"kinds", len(s.Kinds), channels}, {"population", len(s.Population), R}, {"revenue", len(s.Revenue), R * T},
	} {
		if f.have != 0 && f.have != f.want {
			return fmt.Errorf("%s has %d values, not %d", f.name, f.have, f.want)
		}
	}
	for r, filled := range s.Filled {
		for _, w := range filled {
			if w < 0 || w >= T {
				return fmt.Errorf("filled week %d of region %q is none of the %d weeks", w, s.Regions[r], T)
			}
		}
	}
	if len(s.History.Values) == 0 || len(s.History.Values) != len(s.History.Columns) {
		return fmt.Errorf("history has %d columns and values of %d", len(s.History.Columns), len(s.History.Values))
	}
	for _, column := range s.History.Values {
		if len(column) != len(s.History.Values[0]) {
			return errors.New("the columns of history differ in length")
		}
	}
	return cmp.Or(s.checkParts(R, T), s.checkGraph(channels), s.checkDescription(T, channels), s.checkMoney(channels))
}

func (s *stored) checkParts(R, T int) error {
	spans := []panel.Span{{From: 0, To: s.HoldoutFrom}}
	if s.HoldoutFrom < T {
		spans = append(spans, panel.Span{From: s.HoldoutFrom, To: T})
	}
	if len(s.Parts) != len(spans) {
		return fmt.Errorf("has %d parts, not %d", len(s.Parts), len(spans))
	}
	for i, p := range s.Parts {
		n := R * spans[i].Len()
		if p.Span != spans[i] || len(p.Actual) != n || len(p.Predicted) != n || len(p.Components) != len(s.Components) {
			return fmt.Errorf("part %q does not cover %d regions, weeks %d to %d and %d components", p.Name, R, spans[i].From, spans[i].To,
				len(s.Components))
		}
		for c, values := range p.Components {
			if len(values) != n {
				return fmt.Errorf("part %q has %d values of %q, not %d", p.Name, len(values), s.Components[c].Name, n)
			}
		}
	}
	if len(s.Low) != len(s.High) || len(s.Low) != 0 && len(s.Low) != R*T {
		return fmt.Errorf("has %d and %d bounds of intervals, not %d", len(s.Low), len(s.High), R*T)
	}
	return nil
}

func (s *stored) checkGraph(channels int) error {
	square := func(rows []numbers) bool {
		for _, row := range rows {
			if len(row) != channels {
				return false
			}
		}
		return len(rows) == 0 || len(rows) == channels
	}
	if !square(s.Graph.Adjacency) || !square(s.Graph.Pruned) || len(s.Graph.Adjacency) != len(s.Graph.Pruned) {
		return fmt.Errorf("its graph is not of %d channels", channels)
	}
	return nil
}

func (s *stored) checkDescription(T, channels int) error {
	for _, c := range s.Coefficients {
		if len(c.Low) != T || len(c.Median) != T || len(c.High) != T {
			return fmt.Errorf("the coefficients of %q do not cover the %d weeks", c.Component, T)
		}
	}
	if n := len(s.Responses); n != 0 && n != channels {
		return fmt.Errorf("has responses of %d channels, not of %d", n, channels)
	}
	for _, r := range s.Responses {
		if len(r.CarryOver) == 0 || len(r.Curve) < 2 {
			return fmt.Errorf("the response of %q has %d points and %d weights of carry-over", r.Channel, len(r.Curve), len(r.CarryOver))
		}
		last := r.Curve[0].Exposure - 1
		for _, point := range r.Curve {
			if !(point.Exposure > last) || (point.Low == nil) != (r.Curve[0].Low == nil) || (point.High == nil) != (point.Low == nil) {
				return fmt.Errorf("the curve of %q is not in order of the exposure, or has bounds in some points only", r.Channel)
			}
			last = point.Exposure
		}
	}
	i := s.Inference
	switch {
	case i == nil:
		return nil
	case len(i.Effects) != 3*channels || i.Choice == nil:
		return fmt.Errorf("has %d effects of %d channels, or no choice of a form", len(i.Effects), channels)
	case i.Ensemble > 0 && (len(i.TotalLow) != T || len(i.TotalHigh) != T || len(i.Frequency) != channels):
		return fmt.Errorf("the intervals do not cover the %d weeks, or the frequencies the %d channels", T, channels)
	}
	for _, row := range i.Frequency {
		if len(row) != channels {
			return fmt.Errorf("has frequencies of %d channels, not of %d", len(row), channels)
		}
	}
	return nil
}

func (s *stored) checkMoney(channels int) error {
	m := s.Money
	if m == nil {
		return nil
	}
	if len(m.Channels) != channels || len(m.Responses) != channels {
		return fmt.Errorf("has accounts of %d channels and responses of %d, not of %d", len(m.Channels), len(m.Responses), channels)
	}
	for _, r := range m.Responses {
		if len(r.Points) != len(money.Multiples) {
			return fmt.Errorf("the response of %q has %d points, not %d", r.Channel, len(r.Points), len(money.Multiples))
		}
		for i, p := range r.Points {
			if p.Multiple != money.Multiples[i] {
				return fmt.Errorf("the response of %q has the multiple %g, not %g", r.Channel, p.Multiple, money.Multiples[i])
			}
		}
	}
	return nil
}
