package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"deepcausalmmm/train/model"
)

// training is the section on the steps of the training.
type training struct {
	Choice *choiceTable // nil if the model had no form to choose
	Loss   *chart
	Others []*chart
}

// choiceTable shows how the form of the model was chosen.
type choiceTable struct {
	Heaviest string
	Trials   []trialRow
	Origins  int
}

// trialRow is a form that was tried. Gain is its log density above that of the first.
type trialRow struct {
	model.Trial
	Gain float64
}

// WeightPercent is the weight in per cent.
func (t trialRow) WeightPercent() float64 { return 100 * t.Weight }

// Percent is the error in per cent, with more digits than elsewhere: forms differ by little.
func (t trialRow) Percent() float64 { return 100 * t.WMAPE }

func (d *drawing) choice() *choiceTable {
	if d.Inference == nil || d.Inference.Choice == nil {
		return nil
	}
	of := d.Inference.Choice
	c := &choiceTable{Heaviest: of.Words, Origins: len(of.Origins)}
	for _, t := range of.Trials {
		c.Trials = append(c.Trials, trialRow{t, t.Score - of.Trials[0].Score})
	}
	return c
}

// mostEpochs is the number of epochs that a chart draws at most: every second, third, … of a longer training.
const mostEpochs = 800

// column is a column of the history in the epochs that are drawn; nil if there is none.
func (d *drawing) column(name string) []float64 {
	c := slices.Index(d.History.Columns, name)
	if c < 0 {
		return nil
	}
	n := len(d.History.Rows)
	every := max(1, (n+mostEpochs-1)/mostEpochs)
	var values []float64
	for i := 0; i < n; i += every {
		values = append(values, d.History.Rows[i][c])
	}
	return values
}

// recorded reports whether a column holds any value.
func recorded(column []float64) bool {
	return slices.ContainsFunc(column, func(v float64) bool { return !math.IsNaN(v) })
}

func (d *drawing) overEpochs(c *chart) *chart {
	c.XName = d.History.Columns[0]
	for _, e := range d.column(c.XName) {
		c.X = append(c.X, fmt.Sprint(e))
	}
	return c
}

// path draws one column of the history.
func (d *drawing) path(id, title, column, caption string, log bool) *chart {
	return d.overEpochs(&chart{
		ID: id, Title: title, Caption: caption, Size: small, Height: smallHeight, Log: log, Zero: !log,
		Series: []series{newSeries(column, "c0", d.column(column))},
	})
}

func (d *drawing) training() training {
	t := training{Choice: d.choice()}
	if recorded(d.column("loss")) {
		t.Loss = d.losses()
	}
	if recorded(d.column("train_rmse")) {
		t.Others = append(t.Others, d.errors())
	}
	if recorded(d.column("learning_rate")) {
		rate := d.path("training-rate", "Learning rate", "learning_rate", "As the schedule sets it.", false)
		rate.Size, rate.Height = half, halfHeight
		t.Others = append(t.Others, rate)
	}
	return t
}

func (d *drawing) losses() *chart {
	log := !slices.ContainsFunc(d.column("loss"), func(v float64) bool { return v <= 0 })
	caption := "The weighted terms add up to the loss."
	if log {
		caption += " The axis is logarithmic; values of zero or below are not drawn."
	}
	c := d.overEpochs(&chart{
		ID: "training-loss", Title: "Loss and its terms", Size: full, Height: fullHeight, Log: log,
		Caption: caption,
		Series:  []series{newSeries("loss", "actual", d.column("loss"))},
	})
	if d.Notes.Loss != "" {
		c.Caption += " " + d.Notes.Loss
	}
	for _, name := range d.History.Columns {
		if term, ok := strings.CutPrefix(name, "loss_"); ok {
			look := "c" + fmt.Sprint((len(c.Series)-1)%colours)
			c.Series = append(c.Series, newSeries(term, look, d.column(name)))
		}
	}
	return c
}

func (d *drawing) errors() *chart {
	c := d.overEpochs(&chart{
		ID: "training-rmse", Title: "Error", Size: half, Height: halfHeight, Zero: true,
		Caption: "Root mean squared error, where 1 is a region's average " + d.noun() + ".",
		Series:  []series{newSeries(d.noun()+"s fitted to", "actual", d.column("train_rmse"))},
	})
	if held := d.column("holdout_rmse"); held != nil {
		c.Series = append(c.Series, newSeries("holdout", "predicted", held))
	}
	return c
}
