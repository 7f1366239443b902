package train

import (
	"encoding/csv"
	"io"
	"slices"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/money"
)

// moneyOutputs are the files on returns and responses.
func (r *Result) moneyOutputs() []files.File {
	if r.Money == nil {
		return nil
	}
	outputs := []files.File{files.As(responseFile, r.writeResponses)}
	if r.hasReturns() {
		outputs = append(outputs, files.As(returnsFile, r.writeReturns))
	}
	if r.hasReturns() && r.Money.Regions != nil {
		outputs = append(outputs, files.As(regionReturnsFile, r.writeRegionReturns))
	}
	return outputs
}

// figureColumns are the columns of a figure: its value, and the bounds of its interval.
func figureColumns(names ...string) (columns []string) {
	for _, name := range names {
		columns = append(columns, name, name+"_low", name+"_high")
	}
	return columns
}

func figureCells(figures ...money.Figure) (cells []string) {
	for _, f := range figures {
		cells = append(cells, number(f.Value), number(f.Low), number(f.High))
	}
	return cells
}

// inMoney are values, which do not exist in money unless the panel says what a unit of the target is worth.
func (r *Result) inMoney(values ...money.Figure) []string {
	if r.Money.Valued {
		return figureCells(values...)
	}
	return make([]string, 3*len(values))
}

// returnColumns are the columns of a channel's account.
func returnColumns() []string {
	return slices.Concat([]string{"channel", "kind", "source", "note", "exposure", "spend"}, figureColumns("moved_spend", "direct", "total",
		"direct_value", "total_value", "roi_direct", "roi_total", "marginal_roi", "cost_per_kpi", "per_exposure"),
		[]string{"spend_share"}, figureColumns("effect_share"))
}

// returnCells are a channel's account. What depends on a spend is empty without one.
func (r *Result) returnCells(c money.Channel) []string {
	spend, share := "", ""
	if c.Priced {
		spend, share = number(c.Spend), number(c.SpendShare)
	}
	return slices.Concat([]string{
		cell.Text(c.Channel), string(c.Kind), string(c.Source), kinds(notice.Marks(r.Details.Notices)[c.Channel]), number(c.Exposure), spend,
	}, figureCells(c.Moved, c.Direct, c.Total), r.inMoney(c.DirectValue, c.TotalValue),
		figureCells(c.ROIDirect, c.ROI, c.Marginal, c.Cost, c.PerExposure), []string{share}, figureCells(c.EffectShare))
}

// writeReturns writes the account of each channel over all regions and weeks.
func (r *Result) writeReturns(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row(returnColumns()...)
	for _, c := range r.Money.Channels {
		t.row(r.returnCells(c)...)
	}
	return t.end()
}

// writeRegionReturns writes the account of each channel in each region.
func (r *Result) writeRegionReturns(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row(append([]string{"region"}, returnColumns()...)...)
	for i, region := range r.Panel.Regions {
		for _, c := range r.Money.Regions[i] {
			t.row(append([]string{cell.Text(region)}, r.returnCells(c)...)...)
		}
	}
	return t.end()
}

// writeResponses writes the response of each channel at each multiple of its lever.
func (r *Result) writeResponses(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row(slices.Concat([]string{"channel", "multiple", "seen", "spend", "moved_spend"},
		figureColumns("direct", "total", "direct_value", "total_value", "marginal_roi"))...)
	for i, response := range r.Money.Responses {
		for _, p := range response.Points {
			seen, spend := "no", ""
			if p.Multiple <= response.Seen {
				seen = "yes"
			}
			if r.Money.Channels[i].Priced {
				spend = number(p.Spend)
			}
			t.row(slices.Concat([]string{cell.Text(response.Channel), number(p.Multiple), seen, spend, number(p.Moved)},
				figureCells(p.Direct, p.Total), r.inMoney(p.DirectValue, p.TotalValue), figureCells(p.Marginal))...)
		}
	}
	return t.end()
}
