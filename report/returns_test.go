package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/report"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// seller is a training of a shop that knows what two of its three channels cost, and what a sale is worth, or 0.
func seller(t *testing.T, worth float64) (dir string, r *train.Result) {
	p := shop(3, 60, threeChannels, []string{"price"}, []string{"tv_cost", "radio_cost"})
	p.SpendOf = []int{0, 1, -1}
	if worth > 0 {
		for range p.Target {
			p.Revenue = append(p.Revenue, worth)
		}
	}
	dir = trained(t, p, recommended)
	r, err := train.LoadResult(dir)
	require.NoError(t, err)
	require.NotNil(t, r.Money)
	return dir, r
}

func drawn(t *testing.T, r *train.Result) string {
	var b bytes.Buffer
	require.NoError(t, report.Draw(&b, r))
	return b.String()
}

// The summary begins with what the channels returned, in which unit, and what is sure of it.
func TestSummaryBeginsWithReturns(t *testing.T) {
	_, r := seller(t, 2)
	r.Details.Notices = nil // no asterisks
	set := func(c int, value, low, high float64) {
		r.Money.Channels[c].ROI = money.Figure{Value: value, Low: low, High: high}
		r.Money.Channels[c].Marginal = money.Figure{Value: value / 2, Low: low / 2, High: high / 2}
	}
	set(0, 0.5, 0.4, 0.6)
	set(1, 2.5, 0.9, 4)
	page := drawn(t, r)
	require.Contains(t, page, "radio returned most for its spend, 2.50 (0.9 to 4.00) of revenue per unit; tv least, 0.5 (0.4 to 0.6)")
	require.Contains(t, page, "Revenue is below spend for tv; above or below, which the interval does not tell, for radio.")
	require.Contains(t, page, "A little more spend would return most in radio, 1.25 (0.45 to 2.00) per unit, and least in tv, 0.25 (0.2 to 0.3).")
	require.Contains(t, page, "break-even")
	require.Less(t, strings.Index(page, `id="returns-top"`), strings.Index(page, `id="fit"`))
	require.Less(t, strings.Index(page, `id="fit"`), strings.Index(page, `id="fit-errors"`), "errors have moved to the fit")

	set(0, 3, 2, 4)
	require.Contains(t, drawn(t, r), "Revenue is above spend for tv; ")
	r.Money.Channels[0].Source, r.Money.Channels[1].Source = model.Assumed, model.PartlyLearned
	page = drawn(t, r)
	require.Contains(t, page, "Pale: the return of tv_impressions is assumed, not learned from the data; the return of radio_impressions is learned in part")
	require.Contains(t, page, `class="all assumed"`)
}

// Without a worth, returns are in the target's units, and the page says so; without a spend there are none.
func TestPageSaysWhatReturnsCount(t *testing.T) {
	_, r := seller(t, 0)
	page := drawn(t, r)
	require.Contains(t, page, "Sales per unit of spend")
	require.Contains(t, page, "does not say what a unit of sales is worth")
	require.NotContains(t, page, "break-even")
	for c := range r.Money.Channels {
		r.Money.Channels[c].Priced, r.Money.Channels[c].ROI.Value = false, nan
	}
	page = drawn(t, r)
	require.Contains(t, page, "No channel has a column of spend")
	require.NotContains(t, page, `id="returns-top"`)
	require.Contains(t, page, `id="response-money-0"`, "responses need no spend")
	r.Money = nil
	require.NotContains(t, drawn(t, r), `id="returns"`)
}

// The dot of a response is the total effect at the spend of today, on its line; the numbers are those of response.csv.
func TestResponseIsDrawnThroughToday(t *testing.T) {
	dir, r := seller(t, 2)
	p := open(t, dir)
	for c, channel := range r.Money.Channels[:2] {
		id := "response-money-" + []string{"0", "1"}[c]
		chart := p.data.Charts[id]
		dot := regexp.MustCompile(`^M([0-9.]+) ([0-9.]+)h0$`).FindStringSubmatch(attribute(find(p.find("#" + id)[0], ".dot")[0], "d"))
		require.NotNil(t, dot)
		points := r.Money.Responses[c].Points
		last := len(chart.Views[0].Values[0]) - 1
		for last > 0 && chart.Views[0].Values[0][last] == nil {
			last--
		}
		step := channel.Spend / float(t, dot[1]) // of the axis
		require.InDelta(t, points[len(points)-1].Spend, step*float64(last), 1.01*step)
		at := int(float(t, dot[1]))
		below, above := *chart.Views[0].Values[0][at], *chart.Views[0].Values[0][at+1]
		require.LessOrEqual(t, below, channel.TotalValue.Value*(1+digits))
		require.GreaterOrEqual(t, above, channel.TotalValue.Value*(1-digits))
	}
	require.Equal(t, "multiple", attributeOf(t, dir, "response-money-2"), "nothing says what search costs")
}

// attributeOf is the name of a chart's horizontal axis.
func attributeOf(t *testing.T, dir, chart string) string {
	text, err := os.ReadFile(filepath.Join(dir, train.Dashboard))
	require.NoError(t, err)
	data := regexp.MustCompile(`(?s)id="data">(.*?)</script>`).FindSubmatch(text)[1]
	var page struct {
		Charts map[string]struct {
			XName string `json:"xname"`
		} `json:"charts"`
	}
	require.NoError(t, json.Unmarshal(data, &page))
	return page.Charts[chart].XName
}
