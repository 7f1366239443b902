package report

import (
	"math"
	"unicode/utf8"
)

// bars is a chart of horizontal bars, one a row, each between two values.
type bars struct {
	ID, Title, Caption string
	Rows               []bar
	Rule               *rule // nil for none
}

// rule is a vertical line at a value.
type rule struct {
	At   float64
	Name string
}

// ruleAt is a rule laid out.
type ruleAt struct {
	rule
	X, Bottom, TextY float64
	End              bool // the name ends at the rule, not to stick out
}

// Ruled lays the rule out; nil if there is none.
func (b *bars) Ruled() *ruleAt {
	if b.Rule == nil {
		return nil
	}
	at := &ruleAt{rule: *b.Rule, X: b.scale().at(b.Rule.At)}
	at.Bottom = b.Height() - ruleSpace
	at.TextY = at.Bottom + ruleSpace/2
	at.End = at.X > barsWidth-barsLetter*float64(utf8.RuneCountInString(at.Name))
	return at
}

// bar is a row of bars.
type bar struct {
	Label, Full string // shortened, and in full
	Look        string
	From, To    float64
	Text        string
	Tight       bool         // belongs to the row above
	Ranges      [][2]float64 // intervals, the widest first
}

// The measures of bars, in units of the drawing.
const (
	barsWidth  = 480.0
	barsLabel  = 168.0 // room for labels
	barsText   = 92.0  // least room for values
	barsLetter = 8.4   // width of a letter of them
	barsHeight = 24.0
	tightSpace = 17.0
	ruleSpace  = 18.0 // for a rule's name
)

// barAt is a bar laid out.
type barAt struct {
	bar
	X, Y, Width, Height, TextX, TextY float64

	Whiskers []whisker // the widest first
}

// whisker is an interval laid out. The narrower it is, the thicker is its line.
type whisker struct{ LowX, HighX, Thick float64 }

// The thickness of whiskers: of the widest, and what each further one has more.
const thinWhisker, thicker = 1.2, 1.9

// Width is the width of the drawing.
func (b *bars) Width() float64 { return barsWidth }

// LabelX is the right end of the labels.
func (b *bars) LabelX() float64 { return barsLabel - 8 }

// Height is the height of the drawing.
func (b *bars) Height() float64 {
	laid := b.Laid()
	if len(laid) == 0 {
		return barsHeight
	}
	height := laid[len(laid)-1].Y + barsHeight
	if b.Rule != nil {
		height += ruleSpace
	}
	return height
}

// scale maps values to the room between labels and texts.
func (b *bars) scale() scale {
	low, high, room := 0.0, 0.0, barsText
	if b.Rule != nil {
		high = max(high, b.Rule.At)
	}
	for _, row := range b.Rows {
		low, high = min(low, row.From, row.To), max(high, row.From, row.To)
		for _, ends := range row.Ranges {
			low, high = min(low, ends[0]), max(high, ends[1])
		}
		room = max(room, barsLetter*float64(utf8.RuneCountInString(row.Text)+1))
	}
	if low == high {
		high = 1
	}
	return scale{low: low, high: high, start: barsLabel, stop: barsWidth - room}
}

// Zero is the horizontal coordinate of zero.
func (b *bars) Zero() float64 { return b.scale().at(0) }

// Laid lays the rows out from top to bottom.
func (b *bars) Laid() []barAt {
	s := b.scale()
	var out []barAt
	y := 0.0
	for i, row := range b.Rows {
		if i > 0 {
			y += barsHeight
			if row.Tight {
				y += tightSpace - barsHeight
			}
		}
		from, to := s.at(min(row.From, row.To)), s.at(max(row.From, row.To))
		height := barsHeight - 8
		if row.Tight || i+1 < len(b.Rows) && b.Rows[i+1].Tight {
			height = tightSpace - 3
		}
		at := barAt{
			bar: row, X: from, Y: y + 2, Width: math.Max(to-from, 0.5), Height: height, TextX: to + 6, TextY: y + 2 + height/2,
		}
		for k, ends := range row.Ranges {
			w := whisker{s.at(ends[0]), s.at(ends[1]), thinWhisker + thicker*float64(k)}
			at.Whiskers, at.TextX = append(at.Whiskers, w), max(at.TextX, w.HighX+6)
		}
		if b.Rule != nil {
			end := at.TextX + barsLetter*float64(utf8.RuneCountInString(row.Text))
			if x := s.at(b.Rule.At); at.TextX < x+6 && end > x { // the rule would cross the text
				at.TextX = x + 6
			}
		}
		out = append(out, at)
	}
	return out
}
