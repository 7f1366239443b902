package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/neural"
	"deepcausalmmm/train/structural"
)

// shop is a small panel, whose sales are waves.
func shop(regions, weeks int, channels, controls, spend []string) panel.Panel {
	p := panel.Panel{Channels: channels, Controls: controls, SpendNames: spend}
	for w := range weeks {
		p.Weeks = append(p.Weeks, strconv.Itoa(w+1))
	}
	for r := range regions {
		p.Regions = append(p.Regions, "region "+strconv.Itoa(r+1))
		for w := range weeks {
			for c := range channels {
				p.Media = append(p.Media, 100+90*math.Sin(float64(w*(c+2)+r)))
			}
			for c := range controls {
				p.Control = append(p.Control, math.Cos(float64(w+7*c+r)))
			}
			for s := range spend {
				p.Spend = append(p.Spend, float64(10*(s+1)))
			}
			p.Target = append(p.Target, float64(r+1)*(2000+500*math.Sin(float64(w)/4)+300*math.Sin(float64(w*2+r))))
		}
	}
	return p
}

var threeChannels = []string{"tv_impressions", "radio_impressions", "search_impressions"}

var nan = math.NaN()

// trained trains for a moment, writes the result to a new folder and draws it there.
func trained(t *testing.T, p panel.Panel, change func(*train.Config)) string {
	c := train.DefaultConfig()
	own := original(&c)
	own.HiddenDim, own.NEpochs, own.WarmStartEpochs = 4, 12, 1
	own.NotearsWarmupEpochs, own.NotearsDualUpdateEvery = 2, 3
	c.MinTrainWeeks, c.HoldoutRatio, c.DAGMode, c.NotearsThreshold = 10, 0.2, dag.NOTEARS, 0.3
	c.Data.Region, c.Data.Week, c.Data.Target, c.Data.Media = "region", "week", "sales", []string{"*"}
	if change != nil {
		change(&c)
	}
	complete, err := panel.New(p)
	require.NoError(t, err)
	complete.Report.TargetName = "sales"
	training, err := train.New(c, complete, model.Observer{})
	require.NoError(t, err)
	if c.Preset == train.RecommendedPreset {
		require.NoError(t, training.Ensemble(2))
	}
	result, err := training.Run(context.Background())
	require.NoError(t, err)
	require.NoError(t, result.Account(false))
	dir := t.TempDir()
	require.NoError(t, result.Write(dir))
	require.NoError(t, report.Write(dir, result))
	return dir
}

// original are the settings of the original model.
func original(c *train.Config) *neural.Settings { return c.Settings.(*neural.Settings) }

// recommended trains the recommended model instead, in a form that is given, with an ensemble.
func recommended(c *train.Config) {
	other := train.RecommendedConfig()
	other.MinTrainWeeks, other.HoldoutRatio, other.Data = c.MinTrainWeeks, c.HoldoutRatio, c.Data
	other.Settings.(*structural.Settings).ChooseShape = false
	*c = other
}

// page is a dashboard as a browser parses it.
type page struct {
	*testing.T
	root *html.Node
	data struct {
		Weeks  []string
		Charts map[string]chartData
	}
}

// chartData are the numbers of a chart.
type chartData struct {
	X, Names []string
	Views    []struct {
		Values    [][]*float64
		Low, High [][]float64
	}
}

func open(t *testing.T, dir string) *page {
	text, err := os.ReadFile(filepath.Join(dir, train.Dashboard))
	require.NoError(t, err)
	p := &page{T: t}
	p.root, err = html.Parse(bytes.NewReader(text))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(textOf(p.find("#data")[0])), &p.data))
	for id, c := range p.data.Charts {
		if c.X == nil {
			c.X = p.data.Weeks
			p.data.Charts[id] = c
		}
	}
	return p
}

// find lists the elements of a name, the one of an "#id" or those of a ".class".
func (p *page) find(what string) []*html.Node { return find(p.root, what) }

func find(root *html.Node, what string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == what || "#"+attribute(n, "id") == what ||
			what[0] == '.' && slices.Contains(strings.Fields(attribute(n, "class")), what[1:])) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func readCSV(t *testing.T, dir, name string) [][]string {
	f, err := os.Open(filepath.Join(dir, name))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

func float(t *testing.T, text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}

// sums adds up a column of a table by the cells that name its rows.
func sums(t *testing.T, rows [][]string, column int, by ...int) map[string]float64 {
	sum := map[string]float64{}
	for _, row := range rows {
		var key []string
		for _, i := range by {
			key = append(key, row[i])
		}
		sum[strings.Join(key, "|")] += float(t, row[column])
	}
	return sum
}

// digits is the relative precision of the page's data.
const digits = 5.1e-6

func TestNumbersEqualTheFiles(t *testing.T) {
	dir := trained(t, shop(3, 40, threeChannels, []string{"price"}, nil), nil)
	p := open(t, dir)
	predictions, contributions := readCSV(t, dir, "predictions.csv"), readCSV(t, dir, "contributions.csv")

	total := p.data.Charts["fit-total"]
	actual, predicted := sums(t, predictions, 3, 1), sums(t, predictions, 4, 1)
	for w, week := range total.X {
		require.InEpsilon(t, actual[week], *total.Views[0].Values[0][w], digits)
		require.InEpsilon(t, predicted[week], *total.Views[0].Values[1][w], digits)
	}
	cell := sums(t, predictions, 4, 0, 1)
	for r := range 3 {
		for w, week := range total.X {
			require.InEpsilon(t, cell["region "+strconv.Itoa(r+1)+"|"+week], *total.Views[r+1].Values[1][w], digits)
		}
	}

	over := sums(t, contributions, 3, 1, 2)
	contributed := p.data.Charts["contributions-total"]
	for i, name := range contributed.Names {
		switch name {
		case "tv", "radio", "search":
			name += "_impressions"
		case "1 control":
			name = "price"
		}
		for w, week := range total.X {
			want := over[week+"|"+name]
			require.InDelta(t, want, *contributed.Views[0].Values[i][w], digits*math.Abs(want)+1e-9, "%s in week %s", name, week)
		}
	}

	by := sums(t, contributions, 3, 2)
	rows := find(find(p.find("#contributions")[0], "tbody")[0], "tr")
	require.Len(t, rows, len(by))
	for _, row := range rows {
		name := textOf(find(row, "th")[0])
		require.InEpsilon(t, by[name], float(t, attribute(find(row, "td")[1], "data-v")), 1e-12, name)
	}
}

// axis inverts a linear vertical axis, and gives the value of a quarter of a pixel.
func axis(t *testing.T, svg *html.Node) func(y float64) (value, pixel float64) {
	var at, label []float64
	for _, tick := range find(svg, ".y") {
		text := strings.ReplaceAll(textOf(tick), "−", "-")
		unit := 1.0
		for suffix, by := range map[string]float64{"k": 1e3, "m": 1e6, "bn": 1e9} {
			if strings.HasSuffix(text, suffix) {
				text, unit = strings.TrimSuffix(text, suffix), by
			}
		}
		at, label = append(at, float(t, attribute(tick, "y"))), append(label, unit*float(t, text))
	}
	last := len(at) - 1
	slope := (label[last] - label[0]) / (at[last] - at[0])
	return func(y float64) (float64, float64) { return label[0] + slope*(y-at[0]), 0.25 * math.Abs(slope) }
}

var hostile = []string{
	`<script>alert(1)</script>`, `"; DROP TABLE sales; --`, `=cmd()`, `📺 <img src=x onerror=alert(1)>`,
	strings.Repeat("long ", 60), `</script><script>alert(2)</script>`, `' onmouseover='alert(3)`, "{{.}}",
	`\u003cscript\u003e`, "javascript:alert(4)", "a\nb", "<!--",
}

func TestHostileNamesAreText(t *testing.T) {
	p := shop(3, 40, hostile, []string{`<b onclick="alert(5)">`, "]]>"}, nil)
	p.Regions = []string{`<script>alert(6)</script>`, `-->`, `"><svg onload=alert(7)>`}
	dir := trained(t, p, func(c *train.Config) { c.Visualization.CorrelationThreshold = 0; c.NotearsThreshold = 0.01 })
	shown := open(t, dir)
	require.Len(t, shown.find("script"), 2)
	require.Empty(t, shown.find("img"))
	require.Empty(t, shown.find("b"))
	for n := range shown.root.Descendants() {
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), "%s of <%s>", a.Key, n.Data)
			if a.Key == "href" || a.Key == "src" {
				require.Regexp(t, `^(#|data:,)`, a.Val)
			}
		}
	}
	var named []string
	for _, n := range find(shown.find("#contributions")[0], "th") {
		named = append(named, textOf(n))
	}
	for _, name := range slices.Concat(hostile, p.Controls) {
		require.Contains(t, named, strings.ReplaceAll(name, "\n", " "))
	}
	var regions []string
	for _, n := range shown.find("option") {
		regions = append(regions, textOf(n))
	}
	require.Equal(t, append([]string{"all regions"}, p.Regions...), regions)
	for _, n := range shown.find("text") {
		label := ""
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				label += c.Data
			}
		}
		require.LessOrEqual(t, len([]rune(label)), 24, label)
	}
}

var sections = []string{"summary", "fit", "contributions", "response", "coefficients", "graph", "training", "data-section"}

// Every page has all sections, and no coordinate that is not a number.
func TestAnyTrainingIsDrawn(t *testing.T) {
	one := []string{"tv"}
	for name, run := range map[string]struct {
		panel  panel.Panel
		change func(*train.Config)
		says   string
	}{
		"without DAG":      {shop(2, 40, threeChannels, []string{"price"}, nil), func(c *train.Config) { c.EnableDAG = false }, "The graph was off"},
		"without controls": {shop(2, 40, threeChannels, nil, nil), nil, "hypotheses"},
		"no edge":          {shop(2, 40, threeChannels, nil, nil), func(c *train.Config) { c.NotearsThreshold = 0.99 }, "No edge is left"},
		"no edge to draw": {shop(2, 40, threeChannels, nil, nil), func(c *train.Config) {
			c.NotearsThreshold, c.Visualization.CorrelationThreshold = 0.1, 0.99
		}, "No edge is drawn"},
		"one region":      {shop(1, 40, threeChannels, nil, nil), nil, "1 region ×"},
		"one channel":     {shop(2, 40, one, nil, []string{"cost"}), nil, "its one channel, tv"},
		"a week held out": {shop(2, 40, one, nil, nil), func(c *train.Config) { c.HoldoutRatio = 0.03 }, "last 1 week,"},
		"no holdout":      {shop(2, 40, one, nil, nil), func(c *train.Config) { c.HoldoutRatio = 0 }, "Nothing was held out"},
		"one epoch":       {shop(2, 40, one, nil, nil), func(c *train.Config) { original(c).NEpochs = 1 }, "Learning rate"},
		"recommended":     {shop(2, 40, threeChannels, []string{"price"}, nil), recommended, "Lines are intervals of 95, 80 and 50"},
		"ten channels":    {shop(2, 40, strings.Split("a b c d e f g h i j", " "), nil, nil), nil, "2 other channels"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, trained(t, run.panel, run.change))
			for _, id := range sections {
				require.Len(t, p.find("#"+id), 1, id)
			}
			require.Contains(t, textOf(p.find("body")[0]), run.says)
			for _, svg := range p.find("svg") {
				if attribute(svg, "class") == "series" {
					continue // within another
				}
				require.Equal(t, "img", attribute(svg, "role"))
				for _, key := range []string{"aria-labelledby", "aria-describedby"} {
					require.NotEmpty(t, textOf(p.find("#" + attribute(svg, key))[0]))
				}
				for n := range svg.Descendants() {
					for _, a := range n.Attr {
						require.NotRegexp(t, `NaN|Inf|[0-9]e[+-]`, a.Val, "%s of <%s>", a.Key, n.Data)
					}
				}
			}
			for _, head := range p.find("th") {
				require.NotEmpty(t, attribute(head, "scope"))
			}
		})
	}
}

// The page of the largest panel in use fits into an e-mail.
func TestLargePanelStaysSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("draws a large panel")
	}
	var names []string
	for i := range 13 {
		names = append(names, "impressions_channel_"+strconv.Itoa(i))
	}
	p := shop(190, 109, names, strings.Split("a b c d e f g", " "), nil)
	for i := range p.Target {
		p.Target[i] *= 1e4 * (1 + 1e-7*float64(i%977)) // with many digits
	}
	dir := trained(t, p, func(c *train.Config) { original(c).NEpochs, c.DAGMode = 2, dag.Triangular })
	info, err := os.Stat(filepath.Join(dir, train.Dashboard))
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(5e6))
}
