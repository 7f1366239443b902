package report_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"deepcausalmmm/train"
)

// browser opens pages without a network and records their requests and complaints.
type browser struct {
	*testing.T
	ctx        context.Context
	mutex      sync.Mutex
	requests   []string
	complaints []string
}

func newBrowser(t *testing.T) *browser {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine")
	}
	b, err := startBrowser(t, path)
	if err != nil {
		t.Logf("once more: %v", err) // chromium crashes now and then while it starts
		b, err = startBrowser(t, path)
	}
	require.NoError(t, err)
	return b
}

func startBrowser(t *testing.T, path string) (*browser, error) {
	options := []chromedp.ExecAllocatorOption{ // chromedp makes and removes a user data folder
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-component-update", true),
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		stop()
		chromedp.FromContext(ctx).Allocator.Wait()
	})
	timed, stopTime := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stopTime)
	b := &browser{T: t, ctx: timed}
	chromedp.ListenTarget(timed, func(event any) {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			b.requests = append(b.requests, e.Request.URL)
		case *runtime.EventExceptionThrown:
			b.complaints = append(b.complaints, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			b.complaints = append(b.complaints, fmt.Sprint(e.Type, e.Args))
		case *log.EventEntryAdded:
			b.complaints = append(b.complaints, e.Entry.Text)
		}
	})
	return b, chromedp.Run(b.ctx, log.Enable(), network.Enable(), network.EmulateNetworkConditions(true, 0, 0, 0))
}

func (b *browser) do(actions ...chromedp.Action) {
	b.Helper()
	require.NoError(b, chromedp.Run(b.ctx, actions...))
}

// open opens a folder's dashboard in a window of the given width.
func (b *browser) open(dir string, width int64) {
	b.Helper()
	b.openPage(filepath.Join(dir, train.Dashboard), width)
}

// openPage opens a page in a window of the given width.
func (b *browser) openPage(path string, width int64) {
	b.Helper()
	b.requests = nil
	url := "file://" + path
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(url), chromedp.WaitReady("main"))
	b.mutex.Lock()
	defer b.mutex.Unlock()
	require.Equal(b, []string{url}, b.requests, "the page requests only itself")
}

// value evaluates an expression.
func value[T any](b *browser, expression string) T {
	b.Helper()
	var v T
	b.do(chromedp.Evaluate(expression, &v))
	return v
}

// DASHBOARDS lists folders of trainings, separated as in PATH, whose dashboards are tested too.
func TestBrowserDrawsEverySection(t *testing.T) {
	b := newBrowser(t)
	channels := []string{"impressions_Channel_04_exponential_decay", "impressions_Channel_07_delayed_lag_2", "impressions_tv"}
	p := shop(3, 60, channels, []string{"price"}, []string{"cost_tv"})
	p.Regions[1] = `<script>alert(1)</script>`
	for _, dir := range append(filepath.SplitList(os.Getenv("DASHBOARDS")), trained(t, p, nil)) {
		requireDrawn(t, b, dir)
	}
}

func requireDrawn(t *testing.T, b *browser, dir string) {
	for _, width := range []int64{1280, 390} {
		b.open(dir, width)
		drawn := value[map[string]int](b, `Object.fromEntries([...document.querySelectorAll('section')].map((s) => [s.id,
			[...s.querySelectorAll('.plot > svg')].map((v) => v.getBoundingClientRect())
				.filter((v) => v.height > 60 && v.width > 120).length]))`)
		for _, id := range sections {
			require.Contains(t, drawn, id)
			require.Positive(t, drawn[id], "%s at %d", id, width)
		}
		require.Zero(t, value[int](b,
			`[...document.querySelectorAll('.plot > svg')].filter((v) => v.getBoundingClientRect().height < 60).length`))
		requireUncut(t, b, width)
	}
	require.Empty(t, b.complaints)
}

// requireUncut refuses a page whose text is cut off or touches other text.
func requireUncut(t *testing.T, b *browser, width int64) {
	require.LessOrEqual(t, value[int64](b, `document.documentElement.scrollWidth`), width, "nothing sticks out")
	require.Empty(t, value[[]string](b, `[...document.querySelectorAll('.bars text, .heatmap text, .network text')].filter((a) => {
		const [text, frame] = [a.getBoundingClientRect(), a.closest('svg').getBoundingClientRect()];
		return text.left < frame.left - 1 || text.right > frame.right + 1 || text.top < frame.top - 4;
	}).map((a) => a.textContent)`), "labels are cut off at %d", width)
	require.Empty(t, value[[]string](b, `[...document.querySelectorAll('.axes .x:not(.name)')].filter((a) => a.checkVisibility()).filter((a, i, all) => {
		const next = all[i + 1];
		return next && next.parentNode === a.parentNode && next.getBoundingClientRect().left < a.getBoundingClientRect().right + 2;
	}).map((a) => a.closest('figure').id + ': ' + a.textContent)`), "labels touch at %d", width)
}

// Pages of plans and of comparisons open, in a wide window and on a phone, with and without the script; printed they are no wider than A4.
func TestPagesOfPlansAndComparisons(t *testing.T) {
	b := newBrowser(t)
	pages := map[string][]string{
		filepath.Join(drawnPlan(t, aPlan(true)), train.PlanPage):  {"plan-spend", "plan-marginal", "plan-gains", "plan-changes", "plan-week-0"},
		filepath.Join(drawnPlan(t, aPlan(false)), train.PlanPage): {"plan-spend", "plan-marginal", "plan-gains", "plan-changes"},
		filepath.Join(drawnComparison(t), train.ComparePage):      {"compare-shares"},
	}
	if folder := os.Getenv("PLAN"); folder != "" { // of a plan to look at too
		pages[filepath.Join(folder, train.PlanPage)] = []string{"plan-spend"}
	}
	for _, off := range []bool{false, true} {
		b.do(emulation.SetScriptExecutionDisabled(off))
		for path, figures := range pages {
			for _, width := range []int64{1280, 390} {
				b.openPage(path, width)
				for _, id := range figures {
					require.Positive(t, value[float64](b, `document.querySelector('#`+id+` .plot > svg').getBoundingClientRect().height`), "%s at %d", id, width)
				}
				requireUncut(t, b, width)
			}
			b.do(emulation.SetEmulatedMedia().WithMedia("print"), chromedp.EmulateViewport(718, 1000)) // A4 with margins of 1 cm, at 96 dots per inch
			require.LessOrEqual(t, value[int64](b, `document.documentElement.scrollWidth`), int64(718), "%s printed", path)
			require.Empty(t, value[[]string](b, `[...document.querySelectorAll('table')].filter((a) => a.getBoundingClientRect().right > 719).map((a) => a.textContent)`))
			b.do(emulation.SetEmulatedMedia().WithMedia("screen"))
		}
	}
	require.Empty(t, b.complaints)
}

// The page is complete without the script.
func TestPageNeedsNoScript(t *testing.T) {
	b := newBrowser(t)
	b.do(emulation.SetScriptExecutionDisabled(true))
	requireDrawn(t, b, trained(t, shop(3, 60, threeChannels, []string{"price"}, nil), nil))
}

// The lines of a region are drawn to the scale that the page gives for it.
func TestRegionIsDrawnToScale(t *testing.T) {
	b := newBrowser(t)
	for _, size := range []float64{1, 1.7, 4e6, 3e-3} { // other steps on the axes, other units
		p := shop(3, 60, threeChannels, []string{"price"}, nil)
		for i := range p.Target {
			p.Target[i] *= size
		}
		p.Target[70] = nan
		for _, change := range []func(*train.Config){nil, recommended} {
			dir := trained(t, p, change)
			c := open(t, dir).data.Charts["fit-total"]
			require.Len(t, c.Views, 4)
			b.open(dir, 1280)
			for view := range c.Views {
				b.choose(view)
				drawn, err := html.Parse(strings.NewReader(value[string](b, `document.querySelector('#fit-total').outerHTML`)))
				require.NoError(t, err)
				requireToScale(t, find(drawn, "figure")[0], c, view)
			}
		}
	}
	require.Empty(t, b.complaints)
}

// choose selects an entry of the list of regions.
func (b *browser) choose(entry int) {
	b.Helper()
	b.do(chromedp.Evaluate(fmt.Sprintf(`{const list = document.querySelector('#fit-total select');
		list.selectedIndex = %d; list.dispatchEvent(new Event('change')); 0}`, entry), nil))
}

func TestReaderCanChooseSwitchAndSort(t *testing.T) {
	b := newBrowser(t)
	dir := trained(t, shop(3, 60, threeChannels, nil, nil), nil)
	b.open(dir, 1280)

	lines := `[...document.querySelectorAll('#fit-total svg .line')].map((p) => p.getAttribute('d'))`
	total := value[[]string](b, lines)
	b.choose(2)
	require.Equal(t, "region 2", value[string](b, `document.querySelector('#fit-total .chosen').textContent`))
	region := value[[]string](b, lines)
	require.Len(t, region, 2)
	require.NotEqual(t, total, region)
	b.choose(0)
	require.Equal(t, total, value[[]string](b, lines))

	areas := `[...document.querySelectorAll('#contributions-total .area')].filter((a) => a.getBoundingClientRect().height > 0).length`
	before := value[int](b, areas)
	second := `document.querySelectorAll('#contributions-total .legend button')[1]`
	b.do(chromedp.Evaluate(second+`.click()`, nil))
	require.Less(t, value[int](b, areas), before)
	require.Equal(t, "false", value[string](b, second+`.getAttribute('aria-pressed')`))
	b.do(chromedp.Evaluate(second+`.click()`, nil))
	require.Equal(t, before, value[int](b, areas))

	cells := `[...document.querySelectorAll('#contributions tbody tr')].map((r) => Number(r.cells[2].dataset.v))`
	b.do(chromedp.Click(`#contributions thead th:nth-child(3) button`))
	require.IsDecreasing(t, value[[]float64](b, cells))
	require.Equal(t, "descending",
		value[string](b, `document.querySelector('#contributions thead th:nth-child(3)').getAttribute('aria-sort')`))
	b.do(chromedp.Click(`#contributions thead th:nth-child(3) button`))
	require.IsIncreasing(t, value[[]float64](b, cells))

	b.do(chromedp.Focus(`#fit-total svg`), chromedp.KeyEvent(kb.ArrowLeft))
	shown := value[string](b, `document.querySelector('.values.on').textContent`)
	for _, said := range []string{"week 59", "actual", "predicted"} {
		require.Contains(t, shown, said)
	}
	require.Empty(t, b.complaints)
}
