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

	"deepcausalmmm/train"
)

// browser opens pages without a network and notes whatever they ask for or complain of.
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
	options := []chromedp.ExecAllocatorOption{ // with a user data folder of its own, which chromedp makes and removes
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
	b.do(log.Enable(), network.Enable(), network.EmulateNetworkConditions(true, 0, 0, 0))
	return b
}

func (b *browser) do(actions ...chromedp.Action) {
	b.Helper()
	require.NoError(b, chromedp.Run(b.ctx, actions...))
}

// open opens a folder's dashboard in a window of a width.
func (b *browser) open(dir string, width int64) {
	b.Helper()
	b.requests = nil
	url := "file://" + filepath.Join(dir, train.Dashboard)
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(url), chromedp.WaitReady("main"))
	b.mutex.Lock()
	defer b.mutex.Unlock()
	require.Equal(b, []string{url}, b.requests, "the page asks for itself alone")
}

// value evaluates an expression.
func value[T any](b *browser, expression string) T {
	b.Helper()
	var v T
	b.do(chromedp.Evaluate(expression, &v))
	return v
}

// DASHBOARDS names folders of trainings, as PATH does, whose dashboards are looked at too.
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
			[...s.querySelectorAll('svg')].map((v) => v.getBoundingClientRect())
				.filter((v) => v.height > 60 && v.width > 120).length]))`)
		for _, id := range sections {
			require.Contains(t, drawn, id)
			require.Positive(t, drawn[id], "%s at %d", id, width)
		}
		require.Zero(t, value[int](b,
			`[...document.querySelectorAll('svg')].filter((v) => v.getBoundingClientRect().height < 60).length`))
		require.LessOrEqual(t, value[int64](b, `document.documentElement.scrollWidth`), width, "nothing sticks out")
		require.Empty(t, value[[]string](b, `[...document.querySelectorAll('.bars text, .heatmap text, .network text')].filter((a) => {
			const [text, frame] = [a.getBoundingClientRect(), a.closest('svg').getBoundingClientRect()];
			return text.left < frame.left - 1 || text.right > frame.right + 1 || text.top < frame.top - 4;
		}).map((a) => a.textContent)`), "labels are cut off at %d", width)
		require.Empty(t, value[[]string](b, `[...document.querySelectorAll('.axes .x')].filter((a) => {
			const next = a.nextElementSibling;
			return next && next.matches('.x') && next.getBoundingClientRect().left < a.getBoundingClientRect().right + 2;
		}).map((a) => a.closest('figure').id + ': ' + a.textContent)`), "labels touch at %d", width)
	}
	require.Empty(t, b.complaints)
}

// The script draws as the page does without it: at the page's own width both are the same.
func TestScriptDrawsWhatThePageDraws(t *testing.T) {
	b := newBrowser(t)
	paths := func() map[string][]string {
		return value[map[string][]string](b, `Object.fromEntries([...document.querySelectorAll('figure[data-chart]')].map((f) =>
			[f.id, [...f.querySelectorAll('svg .line, svg .area, .axes text')].map((e) => e.getAttribute('d') || e.textContent)]))`)
	}
	for _, size := range []float64{1, 1.7, 4e6, 3e-3} { // other steps on the axes, other units
		p := shop(3, 60, threeChannels, []string{"price"}, nil)
		for i := range p.Target {
			p.Target[i] *= size
		}
		compareDrawings(b, trained(t, p, nil), paths)
	}
	require.Empty(t, b.complaints)
}

func compareDrawings(b *browser, dir string, paths func() map[string][]string) {
	b.do(emulation.SetScriptExecutionDisabled(true))
	b.open(dir, 1280)
	b.do(emulation.SetScriptExecutionDisabled(false))
	static := paths()
	b.open(dir, 1280)
	// Each chart at the width that the page gives it.
	b.do(chromedp.Evaluate(`document.querySelectorAll('figure[data-chart]').forEach((f) => {
		const width = f.classList.contains('small') ? 320 : f.closest('.columns') ? 480 : 960;
		f.style.width = f.querySelector('.plot').style.width = width + 'px'; });
		window.dispatchEvent(new Event('beforeprint'))`, nil))
	drawn := paths()
	require.Equal(b, len(static), len(drawn))
	for id := range static {
		require.Len(b, drawn[id], len(static[id]), id)
		for i := range static[id] {
			requireSamePath(b.T, static[id][i], drawn[id][i], id)
		}
	}
}

// requireSamePath compares paths to a tenth, which the two languages round differently.
func requireSamePath(t *testing.T, want, got, id string) {
	split := func(path string) []string {
		return strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("MLZh ", r) })
	}
	if want == "" || want[0] != 'M' {
		require.Equal(t, want, got, id)
		return
	}
	a, b := split(want), split(got)
	require.Len(t, b, len(a), id)
	for i := range a {
		require.InDelta(t, float(t, a[i]), float(t, b[i]), 0.11, id)
	}
}

func TestReaderCanChooseSwitchAndSort(t *testing.T) {
	b := newBrowser(t)
	dir := trained(t, shop(3, 60, threeChannels, nil, nil), nil)
	b.open(dir, 1280)

	lines := `[...document.querySelectorAll('#fit-total svg .line')].map((p) => p.getAttribute('d'))`
	total := value[[]string](b, lines)
	choose := func(region string) {
		b.do(chromedp.SetValue(`#fit-total select`, region),
			chromedp.Evaluate(`document.querySelector('#fit-total select').dispatchEvent(new Event('change'))`, nil))
	}
	choose("region 2")
	require.Equal(t, "region 2", value[string](b, `document.querySelector('#fit-total .chosen').textContent`))
	region := value[[]string](b, lines)
	require.Len(t, region, 2)
	require.NotEqual(t, total, region)
	choose("all regions")
	require.Equal(t, total, value[[]string](b, lines))

	areas := `document.querySelectorAll('#contributions-total svg .area').length`
	before := value[int](b, areas)
	second := `document.querySelectorAll('#contributions-total .legend button')[1]`
	b.do(chromedp.Evaluate(second+`.click()`, nil))
	require.Equal(t, before-1, value[int](b, areas))
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
