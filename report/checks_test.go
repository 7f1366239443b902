package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"deepcausalmmm/report"
	"deepcausalmmm/train"
)

// The section of checks has a row for each, says what failures mean, and warns of them in the summary; the page of a result that was not
// checked has none.
func TestChecksAreShown(t *testing.T) {
	dir := trained(t, shop(2, 40, threeChannels, nil, nil), recommended)
	require.Empty(t, open(t, dir).find("#checks"))
	result, err := train.LoadResult(dir)
	require.NoError(t, err)
	low, high := 0.011, 0.072
	result.Refutation = &train.Refutation{Trainings: 3, Intervals: true, Checks: []train.Check{
		{Kind: train.Placebo, Channel: "tv\nspots", What: "a copy", Verdict: train.Failed, Original: 0.06, Found: 0.04, FoundLow: &low, FoundHigh: &high,
			Low: -0.02, High: 0.02, Failure: "It sells."},
		{Kind: train.CommonCause, Channel: "radio", What: "noise", Verdict: train.Passed, Original: 0.03, Found: 0.031, Low: 0.01, High: 0.05, Failure: "It moves."},
		{Kind: train.Start, Channel: "app", What: "earlier", Verdict: train.Passed, Found: 0.1, High: 0.02, Low: -0.02, Assumed: true},
		{Kind: train.Start, What: "nothing", Verdict: train.NotApplicable, Reason: "none starts", Failure: "Early."},
	}}
	require.NoError(t, report.Write(dir, result))
	p := open(t, dir)
	var rows [][]string
	for _, row := range find(p.find("#checks")[0], "tr") {
		var cells []string
		for cell := range row.ChildNodes() {
			if cell.Type == html.ElementNode {
				cells = append(cells, textOf(cell))
			}
		}
		rows = append(rows, cells)
	}
	require.Equal(t, [][]string{
		{"placebo channel", "failed", "tv spots", "4.0\u202f%", "1.1\u202f% to 7.2\u202f%", "−2.0\u202f% to 2.0\u202f%", "6.0\u202f%", "a copy"},
		{"random common cause", "passed", "radio", "3.1\u202f%", "–", "1.0\u202f% to 5.0\u202f%", "3.0\u202f%", "noise"},
		{"weeks before a start", "passed", "app", "10.0\u202f%", "assumed", "−2.0\u202f% to 2.0\u202f%", "0.0\u202f%", "earlier"},
		{"weeks before a start", "not applicable", "", "–", "–", "–", "–", "none starts"},
	}, rows[1:])
	text := textOf(p.find("#checks")[0])
	require.Contains(t, text, "2 passed, 1 failed, 1 not applicable; 3 trainings of altered panels")
	require.Contains(t, text, "intervals of 80 %")
	require.Contains(t, text, "It sells.")
	require.Contains(t, text, "What is assumed comes from the prior")
	require.NotContains(t, text, "It moves.")
	require.Contains(t, textOf(p.find("#summary")[0]), "1 check of the result failed: ")
	require.NotEmpty(t, find(p.find("#checks")[0], ".poor"))

	result.Refutation.Checks = result.Refutation.Checks[1:]
	require.NoError(t, report.Write(dir, result))
	p = open(t, dir)
	require.NotEmpty(t, find(p.find("#checks")[0], ".good"))
	require.NotContains(t, textOf(p.find("#summary")[0]), "of the result failed")
}
