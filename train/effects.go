package train

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/format"
	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/model"
)

// effectOutputs are the files on effects, as far as the model knows them and draws from its posterior say how sure they are.
func (r *Result) effectOutputs() []files.File {
	var outputs []files.File
	if r.Inference == nil {
		return nil
	}
	outputs = append(outputs, files.As(effectsFile, r.writeEffects))
	if r.ByCell != nil {
		outputs = append(outputs, files.As(weeklyFile, r.writeWeeklyEffects))
	}
	if r.Intervals == nil {
		return outputs
	}
	outputs = append(outputs, files.As(intervalsFile, r.writeIntervals))
	if r.Graph.Adjacency == nil {
		return outputs
	}
	return append(outputs, files.As(frequencyFile, func(w io.Writer) error {
		M := len(r.Panel.Channels)
		frequency := mat.NewDense(M, M, nil)
		for i, row := range r.Inference.Frequency {
			frequency.SetRow(i, row)
		}
		return format.WriteCSV(w, r.Panel.Channels, frequency)
	}))
}

// writeEffects writes the effects with their intervals of 80 %, and of 50 % and 95 %. The note has the kinds of notices by which an effect is not told by the data.
func (r *Result) writeEffects(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("channel", "kind", "value", "share", "low", "high", "low_50", "high_50", "low_95", "high_95", "source", "note")
	bound := func(v *float64) string {
		if v == nil {
			return ""
		}
		return number(*v)
	}
	bounds := func(i *model.Interval) (low, high string) {
		if i == nil {
			return "", ""
		}
		return number(i.Low), number(i.High)
	}
	marks := notice.Marks(r.Details.Notices)
	for _, e := range r.Inference.Effects {
		low50, high50 := bounds(e.Interval50)
		low95, high95 := bounds(e.Interval95)
		t.row(cell.Text(e.Channel), string(e.Kind), number(e.Value), number(e.Share), bound(e.Low), bound(e.High), low50, high50, low95, high95,
			string(e.Source), kinds(marks[e.Channel]))
	}
	return t.end()
}

func kinds(of []notice.Kind) string {
	var names []string
	for _, kind := range of {
		names = append(names, string(kind))
	}
	return strings.Join(names, "; ")
}

// writeWeeklyEffects writes each channel's effects in each region and week.
func (r *Result) writeWeeklyEffects(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "channel", "direct", "indirect", "total")
	for _, part := range r.Parts {
		media := slices.DeleteFunc(slices.Clone(part.Components), func(c model.Component) bool { return c.Kind.Group() != model.Media })
		eachCell(part, r.Panel, func(i int, region, week string) {
			at := part.Cell(i, len(r.Panel.Weeks))
			for c, channel := range media {
				direct, total := channel.Value[i], r.ByCell[c][at]
				t.row(region, week, cell.Text(channel.Name), number(direct), number(total-direct), number(total))
			}
		})
	}
	return t.end()
}

// writeIntervals writes the 80 % interval of what may be observed in each region and week.
func (r *Result) writeIntervals(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "part", "predicted", "low", "high")
	for _, part := range r.Parts {
		eachCell(part, r.Panel, func(i int, region, week string) {
			between := r.Intervals[part.Cell(i, len(r.Panel.Weeks))]
			t.row(region, week, part.Name, number(part.Predicted[i]), number(between.Low), number(between.High))
		})
	}
	return t.end()
}
