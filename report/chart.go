package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// chart draws series over evenly spaced positions: weeks, epochs, exposures. The page's script draws it again from the
// same numbers by the same rules, at the width of the window and with the series that the reader chose.
type chart struct {
	ID, Title, Caption string
	Width, Height      float64 // in the units of the drawing; the height stays
	Small              bool    // one of many, side by side
	X                  []string
	XName              string
	Series             []series
	Stacked            bool // areas on top of each other, negative ones below zero
	Zero               bool // the axis begins at zero, or below
	Log                bool // only what is above zero is drawn
	Shade              *shade
	Chooser            []string // what a list beside the chart offers
}

// series is a line, or an area of a stack.
type series struct {
	Name      string
	Look      string // the class that styles it
	Values    numbers
	Low, High numbers // a band around the line, or nil
}

// shade marks the positions from From to the end, or to To if that is more.
type shade struct {
	From, To int
	Name     string
}

// Widths and heights of charts.
const (
	wideWidth, wideHeight   = 960.0, 320.0
	smallWidth, smallHeight = 320.0, 190.0
)

const (
	marginLeft, marginRight = 52.0, 14.0
	marginTop, marginBottom = 18.0, 24.0
	letter                  = 6.6 // the width of a letter at the font size of the axes
)

// newSeries keeps the digits that the page's data keep, so that page and script draw the same.
func newSeries(name, look string, values []float64) series {
	return series{Name: name, Look: look, Values: roundedAll(values)}
}

func roundedAll(values []float64) numbers {
	out := make(numbers, len(values))
	for i, v := range values {
		out[i] = rounded(v)
	}
	return out
}

// tick is a label on an axis.
type tick struct {
	At    float64
	Label string
}

// stack turns series into areas: what is positive piles up from zero, what is negative down from it. A series that
// changes its sign becomes two areas.
func stack(all []series) []series {
	var areas []series
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
		areas = append(areas, series{Look: s.Look, Low: up, High: above})
		if !slices.Equal(below, down) {
			areas = append(areas, series{Look: s.Look, Low: below, High: down})
		}
		up, down = above, below
	}
	return areas
}

// bounds are the least and the greatest value that the chart must show.
func (c *chart) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	see := func(values numbers) {
		for _, v := range values {
			if !math.IsNaN(v) && (!c.Log || v > 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	for _, s := range c.drawn() {
		if !c.Stacked {
			see(s.Values)
		}
		see(s.Low)
		see(s.High)
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
	if size := max(math.Abs(low), math.Abs(high)); high-low < flat*size {
		return low - 5*flat*size, high + 5*flat*size
	}
	if low == high {
		return 0, 1
	}
	return low, high
}

// flat is the part of its size by which a line must move, lest the axis make mountains of rounding.
const flat = 0.01

func (c *chart) drawn() []series {
	if c.Stacked {
		return stack(c.Series)
	}
	return c.Series
}

// niceStep is the least of 1, 2, 2.5 and 5 times a power of ten that is no less than x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// scale is an axis: it takes values to coordinates.
type scale struct {
	low, high   float64
	start, stop float64 // the coordinates of low and high
	log         bool
	Ticks       []tick
}

// ticksWanted is about how many labels an axis has.
const ticksWanted = 5

// newScale lays an axis out between two coordinates. A linear one is widened to its outer ticks.
func newScale(low, high float64, log bool, start, stop float64) scale {
	s := scale{low: low, high: high, start: start, stop: stop, log: log}
	if log {
		if low == high {
			s.high = 10 * low
		}
		decades := math.Round(math.Log10(s.high / low))
		step := math.Ceil(decades / ticksWanted)
		for d := 0.0; d <= decades; d += step {
			v := low * math.Pow(10, d)
			s.Ticks = append(s.Ticks, tick{s.at(v), compact(v)})
		}
		return s
	}
	step := niceStep((high - low) / ticksWanted)
	s.low, s.high = step*math.Floor(low/step+1e-9), step*math.Ceil(high/step-1e-9)
	for i := 0.0; i <= math.Round((s.high-s.low)/step); i++ {
		v := step * math.Round(s.low/step+i)
		s.Ticks = append(s.Ticks, tick{s.at(v), compact(v)})
	}
	return s
}

// scale is the chart's vertical axis.
func (c *chart) scale() scale {
	low, high := c.bounds()
	return newScale(low, high, c.Log, c.Height-marginBottom, marginTop)
}

func (s scale) at(v float64) float64 {
	if s.log {
		return s.start + (s.stop-s.start)*math.Log10(v/s.low)/math.Log10(s.high/s.low)
	}
	return s.start + (s.stop-s.start)*(v-s.low)/(s.high-s.low)
}

func (c *chart) x(i float64) float64 {
	wide := c.Width - marginLeft - marginRight
	if len(c.X) < 2 {
		return marginLeft + wide/2
	}
	return marginLeft + wide*i/float64(len(c.X)-1)
}

// xTicks labels every so many positions that the labels do not touch.
func (c *chart) xTicks() []tick {
	longest := 0
	for _, label := range c.X {
		longest = max(longest, utf8.RuneCountInString(label))
	}
	room := max(2, math.Floor((c.Width-marginLeft-marginRight)/(letter*float64(longest)+14)))
	half := letter * float64(longest) / 2
	step := 1
	for power := 1; float64((len(c.X)-1)/step+1) > room; power *= 10 {
		for _, m := range []int{1, 2, 5} {
			if step = m * power; float64((len(c.X)-1)/step+1) <= room {
				break
			}
		}
	}
	var ticks []tick
	for i := 0; i < len(c.X); i += step {
		at := min(max(c.x(float64(i)), half), c.Width-half)
		ticks = append(ticks, tick{at, c.X[i]})
	}
	return ticks
}

// shape is a series as it is drawn: the paths of its line and of its area.
type shape struct {
	Look, Line, Area string
}

// picture is a chart laid out.
type picture struct {
	Left, Right, Top, Bottom float64
	Zero                     float64 // the height of the line at zero; 0 for none
	XTicks, YTicks           []tick
	Shapes                   []shape
	ShadeFrom, ShadeWidth    float64
	ShadeName                float64 // where its name begins
}

// Picture lays the chart out.
func (c *chart) Picture() picture {
	s := c.scale()
	p := picture{
		Left: marginLeft, Right: c.Width - marginRight, Top: s.stop, Bottom: s.start, XTicks: c.xTicks(), YTicks: s.Ticks,
	}
	if !s.log && s.low < 0 && s.high > 0 {
		p.Zero = s.at(0)
	}
	for _, each := range c.drawn() {
		p.Shapes = append(p.Shapes, c.shape(each, s))
	}
	if c.Shade != nil {
		from := max(marginLeft, c.x(float64(c.Shade.From)-0.5))
		p.ShadeFrom, p.ShadeWidth = from, min(c.Width-marginRight, c.x(float64(c.Shade.To)+0.5))-from
		p.ShadeName = min(from, c.Width-marginRight-letter*float64(len(c.Shade.Name)))
	}
	return p
}

func (c *chart) shape(each series, s scale) shape {
	out := shape{Look: each.Look}
	if !c.Stacked {
		out.Line = c.path(each.Values, s, false)
	}
	if each.Low != nil {
		if edge := c.path(each.High, s, false); edge != "" {
			out.Area = edge + strings.Replace(c.path(each.Low, s, true), "M", "L", 1) + "Z"
		}
	}
	return out
}

// path joins the values that can be drawn, from right to left if backwards.
func (c *chart) path(values numbers, s scale, backwards bool) string {
	var b strings.Builder
	points := 0
	for k := range values {
		i := k
		if backwards {
			i = len(values) - 1 - k
		}
		v := values[i]
		if math.IsNaN(v) || s.log && v <= 0 {
			continue
		}
		b.WriteByte("ML"[min(points, 1)])
		b.WriteString(coordinate(c.x(float64(i))))
		b.WriteByte(' ')
		b.WriteString(coordinate(s.at(v)))
		points++
	}
	if points == 1 {
		b.WriteString("h0") // a dot, by its round end
	}
	return b.String()
}

// coordinate writes a length of the drawing.
func coordinate(x float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}

// Height is that of the plot.
func (p picture) Height() float64 { return p.Bottom - p.Top }

// Above is where names above the plot stand.
func (p picture) Above() float64 { return p.Top - 6 }

// LabelX is where the labels of the vertical axis end.
func (p picture) LabelX() float64 { return p.Left - 6 }

// LabelY is where the labels of the horizontal axis stand.
func (p picture) LabelY() float64 { return p.Bottom + 16 }
