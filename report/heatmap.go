package report

import (
	"fmt"
	"math"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"
)

// heatmap shows every weight of the continuous graph; rows are parents.
type heatmap struct {
	Width, Height, Cell float64
	Left, Top           float64
	Rows, Columns       []tickLabel
	Cells               []heat
	Greatest            string
}

type tickLabel struct {
	At          float64
	Label, Full string
}

type heat struct {
	X, Y    float64
	Opacity string
	Strong  bool // dark enough for a light number
	Text    string
	Title   string
	weight  float64
}

// LabelX is the end of the labels, beside the rows and above the columns.
func (h *heatmap) LabelX() float64 { return h.Left - 6 }

// Middle is the middle of a cell that begins at a coordinate.
func (heat) Middle(at, cell float64) float64 { return at + cell/2 }

// The measures of a heat map.
const (
	heatLetter  = 7.0
	heatRoom    = 340.0
	heatLetters = 18
	strong      = 0.9 // share of the greatest weight above which numbers are light on dark
	mostTexts   = 14  // most channels with numbers in the cells
)

func newHeatmap(w *mat.Dense, names []string) *heatmap {
	n := len(names)
	short := labels(names, heatLetters)
	longest := 0
	for _, label := range short {
		longest = max(longest, utf8.RuneCountInString(label))
	}
	room := heatLetter*float64(longest) + 12
	h := &heatmap{Cell: min(max(math.Floor(heatRoom/float64(n)), 11), 44), Left: room, Top: room}
	h.Width, h.Height = h.Left+h.Cell*float64(n)+2, h.Top+h.Cell*float64(n)+2
	greatest := 0.0
	for _, v := range w.RawMatrix().Data {
		greatest = max(greatest, math.Abs(v))
	}
	h.Greatest = fixed(greatest, 2)
	for i, label := range short {
		at := h.Cell * (float64(i) + 0.5)
		h.Rows = append(h.Rows, tickLabel{h.Top + at, label, oneLine(names[i])})
		h.Columns = append(h.Columns, tickLabel{h.Left + at, label, oneLine(names[i])})
	}
	for i := range n {
		for j := range n {
			v := w.At(i, j)
			c := heat{
				X: h.Left + h.Cell*float64(j), Y: h.Top + h.Cell*float64(i), weight: v, Opacity: "0",
				Title: fmt.Sprintf("%s → %s: %s", oneLine(names[i]), oneLine(names[j]), fixed(v, 3)),
			}
			if greatest > 0 {
				c.Opacity, c.Strong = fmt.Sprintf("%.3f", math.Abs(v)/greatest), math.Abs(v)/greatest > strong
			}
			if n <= mostTexts && v != 0 {
				c.Text = fixed(v, 2)
			}
			h.Cells = append(h.Cells, c)
		}
	}
	return h
}
