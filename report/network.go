package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/dag"
)

// network is a drawing of an acyclic graph in layers, parents to the left of their children (Sugiyama et al. 1981): a
// node's layer is the length of the longest path to it, an edge over several layers bends around the nodes between, and
// the order within a layer follows the mean of the neighbours.
type network struct {
	Width, Height float64
	Nodes         []node
	Links         []link
}

type node struct {
	X, Y, Width, Height float64
	Label, Full         string
	at                  int // the channel
}

// MiddleX is the horizontal coordinate of the label.
func (n node) MiddleX() float64 { return n.X + n.Width/2 }

// MiddleY is the vertical coordinate of the label.
func (n node) MiddleY() float64 { return n.Y + n.Height/2 }

type link struct {
	Path, Label, Title string
	Thick              float64
	LabelX, LabelY     float64
	edge               dag.Edge
}

// The measures of a network.
const (
	nodeHeight   = 34.0
	nodeLetter   = 7.2
	layerGap     = 120.0
	rowGap       = 28.0
	bendHeight   = 12.0
	arrowLength  = 8.0
	thinnest     = 1.2
	thickest     = 5.0
	nodeLetters  = 20
	orderRounds  = 12
	networkInset = 6.0
)

// slot is a place in a layer, of a node or of an edge that passes by.
type slot struct {
	channel int // −1 if an edge passes
	layer   int
	y       float64
}

// newNetwork draws the edges of an acyclic graph, given strongest first.
func newNetwork(edges []dag.Edge, names []string) *network {
	if len(edges) == 0 {
		return nil
	}
	short := labels(names, nodeLetters)
	var slots []*slot
	at := map[int]*slot{}
	for channel, layer := range longestPaths(edges) {
		s := &slot{channel: channel, layer: layer}
		at[channel] = s
		slots = append(slots, s)
	}
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.channel, b.channel) })
	routes := make([][]*slot, len(edges)) // of each edge, from its parent through the layers between to its child
	for i, e := range edges {
		routes[i] = []*slot{at[e.From]}
		for layer := at[e.From].layer + 1; layer < at[e.To].layer; layer++ {
			pass := &slot{channel: -1, layer: layer}
			slots = append(slots, pass)
			routes[i] = append(routes[i], pass)
		}
		routes[i] = append(routes[i], at[e.To])
	}
	n := &network{}
	n.Height = arrange(slots, routes)

	width := 0.0
	for channel := range at {
		width = max(width, nodeLetter*float64(len([]rune(short[channel])))+20)
	}
	left := func(layer int) float64 { return networkInset + float64(layer)*(width+layerGap) }
	for _, s := range slots {
		n.Width = max(n.Width, left(s.layer)+width+networkInset)
		if s.channel >= 0 {
			n.Nodes = append(n.Nodes, node{left(s.layer), s.y - nodeHeight/2, width, nodeHeight, short[s.channel],
				oneLine(names[s.channel]), s.channel})
		}
	}
	n.link(edges, routes, names, func(s *slot) float64 { return left(s.layer) }, width)
	return n
}

// longestPaths gives each node of an acyclic graph the length of the longest path to it.
func longestPaths(edges []dag.Edge) map[int]int {
	layer := map[int]int{}
	for _, e := range edges {
		layer[e.From], layer[e.To] = 0, 0
	}
	for range layer { // no path is longer than there are nodes
		for _, e := range edges {
			layer[e.To] = max(layer[e.To], layer[e.From]+1)
		}
	}
	return layer
}

// arrange orders the slots of each layer by the mean height of their neighbours, in alternating directions, and returns the
// height of the drawing.
func arrange(slots []*slot, routes [][]*slot) float64 {
	last := 0
	for _, s := range slots {
		last = max(last, s.layer)
	}
	byLayer := make([][]*slot, last+1)
	for _, s := range slots {
		byLayer[s.layer] = append(byLayer[s.layer], s)
	}
	left, right := map[*slot][]*slot{}, map[*slot][]*slot{} // neighbours, by layer
	for _, route := range routes {
		for i := 1; i < len(route); i++ {
			from, to := route[i-1], route[i]
			left[to], right[from] = append(left[to], from), append(right[from], to)
		}
	}
	height := 0.0
	for _, layer := range byLayer {
		height = max(height, stacked(layer))
	}
	for round := range orderRounds {
		neighbours := left
		if round%2 == 1 {
			neighbours = right
		}
		for _, l := range sweep(byLayer, round) {
			mean := map[*slot]float64{}
			for _, s := range l {
				mean[s] = s.y
				if near := neighbours[s]; len(near) > 0 {
					mean[s] = 0
					for _, other := range near {
						mean[s] += other.y / float64(len(near))
					}
				}
			}
			slices.SortStableFunc(l, func(a, b *slot) int { return cmp.Compare(mean[a], mean[b]) })
			stacked(l)
		}
	}
	for _, s := range slots {
		s.y += height / 2
	}
	return height + 2*networkInset
}

// sweep lists the layers from left to right, in odd rounds from right to left.
func sweep(layers [][]*slot, round int) [][]*slot {
	order := slices.Clone(layers)
	if round%2 == 1 {
		slices.Reverse(order)
	}
	return order
}

// stacked puts the slots of a layer below each other, around 0, and returns their height.
func stacked(layer []*slot) float64 {
	size := func(s *slot) float64 {
		if s.channel < 0 {
			return bendHeight
		}
		return nodeHeight
	}
	height := -rowGap
	for _, s := range layer {
		height += size(s) + rowGap
	}
	y := -height / 2
	for _, s := range layer {
		s.y = y + size(s)/2 + networkInset
		y += size(s) + rowGap
	}
	return height
}

// point is a place in a drawing.
type point struct{ x, y float64 }

// link draws the edges, each from a port of its parent to one of its child, and finds room for their labels.
func (n *network) link(edges []dag.Edge, routes [][]*slot, names []string, left func(*slot) float64, width float64) {
	strongest := math.Abs(edges[0].Weight)
	var taken []point
	for i, e := range edges {
		route := routes[i]
		from := point{left(route[0]) + width, port(routes, i, 0)}
		path := "M" + coordinate(from.x) + " " + coordinate(from.y)
		var room []point
		for k, s := range route[1:] {
			to := point{left(s), s.y}
			if k == len(route)-2 {
				to = point{left(s) - arrowLength, port(routes, i, 1)}
			}
			middle := (from.x + to.x) / 2
			path += fmt.Sprintf("C%s %s %s %s %s %s", coordinate(middle), coordinate(from.y), coordinate(middle),
				coordinate(to.y), coordinate(to.x), coordinate(to.y))
			for _, t := range []float64{0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.2, 0.8} {
				room = append(room, bezier(from, to, t))
			}
			if s.channel < 0 { // nothing else is near a passing edge
				path += "H" + coordinate(to.x+width)
				room = append([]point{{to.x + width/2, to.y}}, room...)
				to.x += width
			}
			from = to
		}
		at := freest(room, taken)
		taken = append(taken, at)
		strength := math.Abs(e.Weight) / strongest
		n.Links = append(n.Links, link{
			Path: path, Label: fixed(e.Weight, 2), LabelX: at.x, LabelY: at.y, edge: e,
			Thick: thinnest + (thickest-thinnest)*strength,
			Title: fmt.Sprintf("%s → %s: %s", oneLine(names[e.From]), oneLine(names[e.To]), fixed(e.Weight, 3)),
		})
	}
}

// port is the height at which edge i leaves its parent (end 0) or meets its child (end 1): the ends at a node are in
// the order of their other ends.
func port(routes [][]*slot, i, end int) float64 {
	node := func(route []*slot) *slot { return route[end*(len(route)-1)] }
	next := func(route []*slot) float64 { return route[1+end*(len(route)-3)].y }
	at := node(routes[i])
	before, count := 0, 0
	for j, route := range routes {
		if node(route) != at {
			continue
		}
		count++
		if y := next(route); y < next(routes[i]) || y == next(routes[i]) && j < i {
			before++
		}
	}
	return at.y - nodeHeight/2 + nodeHeight*float64(before+1)/float64(count+1)
}

// bezier is the point at t of a curve that is horizontal at from and to.
func bezier(from, to point, t float64) point {
	s := 1 - t
	a, b, c, d := s*s*s, 3*s*s*t, 3*s*t*t, t*t*t
	middle := (from.x + to.x) / 2
	return point{a*from.x + (b+c)*middle + d*to.x, (a+b)*from.y + (c+d)*to.y}
}

// freest returns the first place that is far from all taken ones, or else the farthest.
func freest(places, taken []point) point {
	best, farthest := places[0], -1.0
	for _, p := range places {
		nearest := 1.0 // labels at this distance do not touch
		for _, q := range taken {
			nearest = min(nearest, math.Hypot((p.x-q.x)/40, (p.y-q.y)/18))
		}
		if nearest > farthest {
			best, farthest = p, nearest
		}
	}
	return best
}
