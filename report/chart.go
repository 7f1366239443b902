package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// chart draws series over evenly spaced positions: weeks, epochs, exposures. Vertical coordinates are pixels, horizontal
// ones positions or per cent of the plot's width, so that one drawing fits every window and its text keeps its size.
type chart struct {
	ID, Title, Caption string
	Height             float64
	Size               size
	X                  []string
	XName              string
	Series             []series
	Stacked            bool // areas on top of each other, negative ones below zero
	Zero               bool // the axis includes zero
	Upright            bool // a bar at each position instead of lines
	Log                bool // only values above zero are drawn
	Soft               bool // bands are faint, since many lie on each other
	Shade              *shade
	Choices            []choice // alternatives to Series that the reader can select
}

// size is the least width of a chart's plot in pixels, in a wide window and on a phone.
type size struct{ wide, narrow float64 }

// The sizes of charts: as wide as the page, half of it, and one of many side by side.
var (
	full  = size{640, 250}
	half  = size{270, 250}
	small = size{210, 210}
)

// Small reports whether the chart is one of many side by side.
func (c *chart) Small() bool { return c.Size == small }

// Heights of charts.
const fullHeight, halfHeight, smallHeight = 320.0, 240.0, 190.0

// series is a line or a stacked area.
type series struct {
	Name   string
	Look   string // CSS class
	Values numbers
	Band   *band // around the line; nil for none
	Beyond int   // the line is dashed after this position; 0: nowhere
	Dot    *spot // on the line; nil for none
}

// spot marks a value, between positions too.
type spot struct{ At, Value float64 }

// band is the area between two lines.
type band struct{ Low, High numbers }

// choice is a named alternative to a chart's series.
type choice struct {
	Name   string
	Series []series
}

// shade marks the positions from From to To.
type shade struct {
	From, To int
	Name     string
}

const (
	marginRight, marginTop, marginBottom = 14.0, 18.0, 24.0

	letter = 6.6 // width of a letter at the font size of the axes
	apart  = 14  // distance of labels
)

// newSeries rounds the values to the digits that the page's data keep, so that drawing and script agree.
func newSeries(name, look string, values []float64) series {
	return series{Name: name, Look: look, Values: roundedAll(values)}
}

func newBand(low, high []float64) *band { return &band{roundedAll(low), roundedAll(high)} }

func roundedAll(values []float64) numbers {
	out := make(numbers, len(values))
	for i, v := range values {
		out[i] = rounded(v)
	}
	return out
}

// stack turns series into areas: positive values pile up from zero, negative values down from it. A series that changes
// its sign becomes two areas.
func stack(all []series) [][]band {
	var areas [][]band
	var up, down numbers
	for _, s := range all {
		if up == nil {
			up, down = make(numbers, len(s.Values)), make(numbers, len(s.Values))
		}
		above, below := slices.Clone(up), slices.Clone(down)
		for i, v := range s.Values {
			above[i] += max(v, 0)
			below[i] += min(v, 0)
		}
		of := []band{{up, above}}
		if !slices.Equal(below, down) {
			of = append(of, band{below, down})
		}
		areas = append(areas, of)
		up, down = above, below
	}
	return areas
}

// areas lists the areas of each series.
func (c *chart) areas() [][]band {
	if c.Stacked {
		return stack(c.Series)
	}
	areas := make([][]band, len(c.Series))
	for i, s := range c.Series {
		if s.Band != nil {
			areas[i] = []band{*s.Band}
		}
	}
	return areas
}

// bounds returns the least and the greatest value of the vertical axis.
func (c *chart) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	include := func(values numbers) {
		for _, v := range values {
			if !math.IsNaN(v) && (!c.Log || v > 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	for i, areas := range c.areas() {
		if !c.Stacked {
			include(c.Series[i].Values)
		}
		for _, area := range areas {
			include(area.Low)
			include(area.High)
		}
	}
	if low > high {
		low, high = 1, 10
	}
	if c.Log {
		return math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
	}
	if c.Zero || c.Stacked {
		low, high = min(low, 0), max(high, 0)
	}
	return widen(low, high)
}

// scale is the vertical axis.
func (c *chart) scale() scale {
	low, high := c.bounds()
	return newScale(low, high, c.Log, c.Height-marginBottom, marginTop)
}

// percent is the horizontal coordinate of a position, as a part of the plot's width.
func (c *chart) percent(i float64) float64 {
	if c.Upright {
		return 100 * (i + 0.5) / float64(len(c.X))
	}
	if len(c.X) < 2 {
		return 50
	}
	return 100 * i / float64(len(c.X)-1)
}

// ViewBox gives the series' drawing positions for horizontal and pixels for vertical coordinates.
func (c *chart) ViewBox() string {
	left, width := 0, len(c.X)-1
	if c.Upright {
		return "-0.5 0 " + strconv.Itoa(len(c.X)) + " " + coordinate(c.Height)
	}
	if width < 1 {
		left, width = -1, 2
	}
	return strconv.Itoa(left) + " 0 " + strconv.Itoa(width) + " " + coordinate(c.Height)
}

// xTick is a label of the horizontal axis, at a per cent of the plot's width.
type xTick struct {
	At    float64
	Label string
	End   bool // the text ends here, not to stick out
	Wide  bool // only wide windows have room for it
}

// xTicks labels as many positions as fit. A narrow window has a subset of a wide one's labels.
func (c *chart) xTicks() []xTick {
	longest := 0
	for _, label := range c.X {
		longest = max(longest, utf8.RuneCountInString(label))
	}
	length := letter * float64(longest)
	// excess is the length of a label at i that would stick out of a plot of a width.
	excess := func(i int, width float64) float64 {
		return max(0, length/2-marginRight-width*(1-c.percent(float64(i))/100))
	}
	last := len(c.X) - 1
	// moved is how far to the left the label at i is drawn so that it does not stick out of the narrow plot.
	moved := func(i int) float64 {
		if excess(i, c.Size.narrow) > 0 {
			return length/2 - marginRight
		}
		return 0
	}
	fits := func(step int, width float64) bool {
		at := last / step * step
		return at == 0 || width*float64(step)/float64(last)-moved(at) >= length+apart
	}
	step := niceCount(func(step int) bool { return fits(step, c.Size.wide) })
	narrow := step
	for !fits(narrow, c.Size.narrow) {
		narrow += step
	}
	var ticks []xTick
	for i := 0; i <= last; i += step {
		t := xTick{At: c.percent(float64(i)), Label: c.X[i], Wide: i%narrow != 0}
		width := c.Size.narrow
		if t.Wide {
			width = c.Size.wide
		}
		t.End = excess(i, width) > 0
		ticks = append(ticks, t)
	}
	return ticks
}

// niceCount returns the first of 1, 2, 5, 10, 20, … that is good.
func niceCount(good func(int) bool) int {
	for power := 1; ; power *= 10 {
		for _, m := range []int{1, 2, 5} {
			if good(m * power) {
				return m * power
			}
		}
	}
}

// picture is a chart laid out.
type picture struct {
	Top, Bottom float64
	XTicks      []xTick
	YTicks      []tick
	Shapes      []shape // of each series
	Shade       *shadeAt
}

// shape is a series as it is drawn: the paths of its line, of the dashed part of it, of its areas, and of its dot.
type shape struct {
	Look, Line, Dashed, Dot string
	Areas                   []string
}

// shadeAt is a shade laid out, in per cent of the plot's width.
type shadeAt struct {
	Name           string
	X, Width, Text float64
	End            bool // the name ends at Text, not to stick out
}

// Picture lays the chart out.
func (c *chart) Picture() picture {
	s := c.scale()
	p := picture{Top: s.stop, Bottom: s.start, XTicks: c.xTicks(), YTicks: s.Ticks, Shade: c.shadeAt()}
	for i, areas := range c.areas() {
		drawn := shape{Look: c.Series[i].Look}
		switch {
		case c.Upright:
			drawn.Areas = uprights(c.Series[i].Values, s)
		case !c.Stacked:
			drawn.Line, drawn.Dashed = lines(c.Series[i], s)
		}
		if d := c.Series[i].Dot; d != nil {
			drawn.Dot = "M" + decimals(d.At, 2) + " " + coordinate(s.at(d.Value)) + "h0"
		}
		for _, area := range areas {
			if edge := points(area.High, s); len(edge) > 0 {
				back := points(area.Low, s)
				slices.Reverse(back)
				drawn.Areas = append(drawn.Areas, line(append(edge, back...))+"Z")
			}
		}
		p.Shapes = append(p.Shapes, drawn)
	}
	return p
}

// lines are a series as its line, and the part of it that is dashed.
func lines(of series, s scale) (drawn, dashed string) {
	if of.Beyond == 0 || of.Beyond >= len(of.Values)-1 {
		return line(points(of.Values, s)), ""
	}
	near, far := slices.Clone(of.Values), slices.Clone(of.Values)
	for i := range of.Values {
		if i > of.Beyond {
			near[i] = nan
		} else if i < of.Beyond {
			far[i] = nan
		}
	}
	return line(points(near, s)), line(points(far, s))
}

func (c *chart) shadeAt() *shadeAt {
	if c.Shade == nil {
		return nil
	}
	from, to := max(0, c.percent(float64(c.Shade.From)-0.5)), min(100, c.percent(float64(c.Shade.To)+0.5))
	if len(c.X) < 2 {
		from, to = 0, 100
	}
	s := &shadeAt{Name: c.Shade.Name, X: from, Width: to - from, Text: from}
	if (1-from/100)*c.Size.narrow < letter*float64(len(s.Name)) {
		s.Text, s.End = 100, true
	}
	return s
}

// points are the coordinates of the values that can be drawn.
func points(values numbers, s scale) []string {
	var at []string
	for i, v := range values {
		if !math.IsNaN(v) && (!s.log || v > 0) {
			at = append(at, strconv.Itoa(i)+" "+coordinate(s.at(v)))
		}
	}
	return at
}

// uprights are bars from zero to the values.
func uprights(values numbers, s scale) []string {
	var bars []string
	for i, v := range values {
		if !math.IsNaN(v) {
			bars = append(bars, "M"+decimals(float64(i)-0.4, 1)+" "+coordinate(s.at(0))+"h0.8V"+coordinate(s.at(v))+"h-0.8Z")
		}
	}
	return bars
}

// line joins points. A single one becomes a dot, by the round ends of its line.
func line(points []string) string {
	switch len(points) {
	case 0:
		return ""
	case 1:
		return "M" + points[0] + "h0"
	}
	return "M" + strings.Join(points, "L")
}

// coordinate writes a length of the drawing.
func coordinate(x float64) string { return decimals(x, 1) }

// share writes a per cent of the plot's width.
func share(x float64) string { return decimals(x, 2) + "%" }

// decimals writes a number to n decimals at most.
func decimals(x float64, n int) string {
	text := strconv.FormatFloat(x, 'f', n, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Height is the height of the plot.
func (p picture) Height() float64 { return p.Bottom - p.Top }

// Above is the vertical coordinate of names above the plot.
func (p picture) Above() float64 { return p.Top - 6 }

// LabelY is the vertical coordinate of the horizontal axis's labels.
func (p picture) LabelY() float64 { return p.Bottom + 16 }

// Zero reports whether a grid line is the one at zero, inside of the plot.
func (p picture) Zero(t tick) bool { return t.Label == "0" && t.At < p.Bottom && t.At > p.Top }
