package report

import (
	"fmt"
	"strings"
)

// mostEpochs is how many epochs a chart draws: of a longer training every second, third, … and the last.
const mostEpochs = 800

// epochs lists the rows of the history that are drawn.
func (d *drawing) epochs() []int {
	n := len(d.History.Columns["epoch"])
	every := max(1, (n+mostEpochs-1)/mostEpochs)
	var rows []int
	for i := 0; i < n; i += every {
		rows = append(rows, i)
	}
	return rows
}

// column is a column of the history in the epochs that are drawn.
func (d *drawing) column(name string) []float64 {
	var values []float64
	for _, i := range d.epochs() {
		values = append(values, d.History.Columns[name][i])
	}
	return values
}

func (d *drawing) overEpochs(c *chart) *chart {
	c.XName = "epoch"
	for _, e := range d.column("epoch") {
		c.X = append(c.X, fmt.Sprint(e))
	}
	return c
}

// path draws one column of the history.
func (d *drawing) path(id, title, column, caption string, log bool) *chart {
	return d.overEpochs(&chart{
		ID: id, Title: title, Caption: caption, Width: smallWidth, Height: smallHeight, Small: true, Log: log, Zero: !log,
		Series: []series{newSeries(column, "c0", d.column(column))},
	})
}

// training is the section on the epochs.
func (d *drawing) training() []*chart {
	losses := d.overEpochs(&chart{
		ID: "training-loss", Title: "Loss and its terms", Width: wideWidth, Height: wideHeight, Log: true,
		Caption: "The terms as weighted add up to the loss. The axis is logarithmic; what is zero or below is not drawn.",
		Series:  []series{newSeries("loss", "actual", d.column("loss"))},
	})
	for _, name := range d.History.Names {
		if term, ok := strings.CutPrefix(name, "loss_"); ok {
			look := "c" + fmt.Sprint((len(losses.Series)-1)%colours)
			losses.Series = append(losses.Series, newSeries(term, look, d.column(name)))
		}
	}
	rmse := d.overEpochs(&chart{
		ID: "training-rmse", Title: "Error", Width: smallWidth * 1.5, Height: 240, Zero: true,
		Caption: "Root mean squared error, where 1 is a region's average week.",
		Series: []series{
			newSeries("weeks fitted to", "actual", d.column("train_rmse")),
			newSeries("holdout", "predicted", d.column("holdout_rmse")),
		},
	})
	if d.Details.Structural != nil {
		losses.Caption += " It rises where the noise turns out smaller than it was taken for."
		return []*chart{losses, rmse}
	}
	rate := d.path("training-rate", "Learning rate", "learning_rate", "As the schedule has it.", false)
	rate.Small, rate.Width, rate.Height = false, smallWidth*1.5, 240
	return []*chart{losses, rmse, rate}
}
