package report

import (
	"fmt"
	"math"
	"strings"

	"deepcausalmmm/train/model"
)

// warnings are reasons to doubt the page.
type warnings []string

// when adds a warning if it applies.
func (w *warnings) when(applies bool, form string, args ...any) {
	if applies {
		*w = append(*w, fmt.Sprintf(form, args...))
	}
}

// Limits beyond which figures are suspicious.
const (
	muchWorse     = 1.5   // ratio of holdout to training error: the model overfits
	priorDistance = 0.03  // distance of media's share from its prior, below which the share looks assumed
	cancelling    = -0.05 // share below which components cancel each other out
	crowded       = 0.75  // share of the possible edges above which a graph says little
)

func (d *drawing) warnings() []string {
	var w warnings
	for _, n := range d.Details.Notices {
		w = append(w, sentence(n.Text))
	}
	d.warnOfChecks(&w)
	d.warnOfFit(&w)
	d.warnOfFilling(&w)
	d.warnOfShares(&w)
	d.warnOfGraph(&w)
	d.warnOfPanel(&w)
	return w
}

func (d *drawing) warnOfFit(w *warnings) {
	held, fitted := d.Metrics.Holdout, d.Metrics.Train
	if held == nil {
		return
	}
	w.when(held.R2MedianByRegion < 0, "In at least half of the regions, the model forecasts the holdout worse than its "+
		"plain average would (median R² of the regions %s).", fixed(held.R2MedianByRegion, 2))
	w.when(held.R2MedianByRegion < 0 && held.R2 > 0.5, "The R² of all regions together, %s, only shows that regions "+
		"differ in size.", fixed(held.R2, 2))
	w.when(held.WMAPE > muchWorse*fitted.WMAPE, "The error in the holdout is %s times that of the %ss fitted to: the "+
		"model has learned what does not last.", fixed(held.WMAPE/fitted.WMAPE, 1), d.noun())
}

func (d *drawing) warnOfFilling(w *warnings) {
	w.when(d.unrecorded() > 0, "%s had no recorded value: they count neither in the fit nor in the figures.",
		plural(d.unrecorded(), "region-"+d.noun()))
	trained, held := d.filledCounts()
	regions := len(d.Details.Regions)
	w.when(held > 0, "%s of the holdout's %s had no recorded value and were filled in: the figures of the holdout are "+
		"partly figures of the filling.", grouped(fmt.Sprint(held)), plural(d.held()*regions, "region-"+d.noun()))
	w.when(trained > 0, "%s of the %s fitted to had no recorded value and were filled in.", grouped(fmt.Sprint(trained)),
		plural(d.Details.HoldoutFrom*regions, "region-"+d.noun()))
}

func (d *drawing) warnOfShares(w *warnings) {
	media, prior := 0.0, d.Config.MediaContributionPrior
	for _, i := range d.ofKind(model.Media) {
		media += d.shares[i]
	}
	w.when(d.Notes.Prior && math.Abs(media-prior) < priorDistance, "All channels' share of %s is about "+
		"what the configuration expects beforehand (media_contribution_prior %s): how much media does altogether is "+
		"assumed here as much as learned.", percent(media), percent(prior))
	for i := range d.Details.Components {
		w.when(d.shares[i] < cancelling, "%s has a share of %s: components that cancel each other out are a sign that their "+
			"parts are not identified.", d.long[i], percent(d.shares[i]))
	}
}

func (d *drawing) warnOfGraph(w *warnings) {
	if d.Graph.Pruned == nil {
		return
	}
	g := d.Metrics.Graph
	n := d.Graph.Pruned.Nodes()
	possible := n * (n - 1) / 2
	w.when(len(g.Removed) > 0, "Pruning took %s out of the graph to break cycles: the learned network is not acyclic by "+
		"itself.", plural(len(g.Removed), "edge"))
	w.when(g.Stuck != "", "The penalty on cycles will not make the learned network acyclic: %s.", g.Stuck)
	w.when(n > 2 && float64(g.Edges) > crowded*float64(possible), "%d of at most %d edges are left: a graph in which almost "+
		"everything drives everything says little.", g.Edges, possible)
}

func (d *drawing) warnOfPanel(w *warnings) {
	if own := d.Inference; own != nil {
		w.when(!own.Converged, "The fit had not converged after %s: shares may still move.", plural(own.Iterations, "step"))
	}
	r := d.Details.Report
	w.when(len(r.NoTarget) > 0, "%s without any recorded value: better leave out (%s).",
		plural(len(r.NoTarget), "region"), listed(r.NoTarget))
	w.when(len(r.Spacing.Gaps) > 0, "The %ss are not evenly spaced (%s): what carries over across a gap is wrong.", d.noun(),
		plural(len(r.Spacing.Gaps), "gap"))
}

// sentence is text with a capital and a full stop.
func sentence(text string) string {
	text = capital(text)
	if !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}

// listed names the first few.
func listed(names []string) string {
	const most = 8
	var short []string
	for _, name := range names[:min(most, len(names))] {
		short = append(short, shortened(oneLine(name), 40))
	}
	if len(names) > most {
		short = append(short, fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(short, ", ")
}
