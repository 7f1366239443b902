package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

// Of the channels that an intervention changes, those that the data do not tell have a mark, explained once.
func TestWhatDataDoNotTellIsMarked(t *testing.T) {
	p := &panel.Panel{Weeks: []string{"2024-01-01"}}
	part := func(sales float64) model.Part {
		return model.Part{Predicted: []float64{sales}, Components: []model.Component{
			{Name: "tv", Kind: model.Media, Value: []float64{sales / 4}}, {Name: "radio", Kind: model.Media, Value: []float64{sales / 8}}}}
	}
	i := &train.Intervened{Panel: p, Span: panel.Span{From: 0, To: 1}, AsItIs: part(8), Under: part(16)}
	said := func(notices []notice.Notice) (text string) {
		describe(i, notices, func(format string, args ...any) { text += fmt.Sprintf(format, args...) + "\n" })
		return text
	}
	require.NotContains(t, said(nil), "*")
	text := said(notice.Prior([]string{"tv"}))
	require.Regexp(t, `(?m)^  tv .* \*$`, text)
	require.Regexp(t, `(?m)^  radio .* %$`, text)
	require.Regexp(t, `(?m)^\* not told by the data`, text)
}
