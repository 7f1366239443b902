package report

import "deepcausalmmm/train"

// checks is the section on attempts to refute the result.
type checks struct {
	Count, Rule string
	Rows        []checkRow
	Failed      int
	Assumed     bool // what was found, of one of them
}

// checkRow is a row of the table of checks. Effects are shares of the prediction.
type checkRow struct {
	Kind, Channel   string
	What            string // was done, or why it is not applicable
	Verdict         train.Verdict
	Failed, Applies bool
	Original, Found float64
	Interval        string // of what was found, or that it is assumed; empty without
	Allowed         string
	Failure         string // what a failure means
}

func (d *drawing) checks() *checks {
	r := d.Refutation
	if r == nil {
		return nil
	}
	s := &checks{Count: r.Count(), Rule: r.Rule(), Failed: len(r.Failed())}
	for _, c := range r.Checks {
		row := checkRow{
			Kind: string(c.Kind), Channel: oneLine(c.Channel), What: oneLine(c.What), Verdict: c.Verdict, Failed: c.Verdict == train.Failed,
			Applies: c.Verdict != train.NotApplicable, Original: c.Original, Found: c.Found, Allowed: span(c.Low, c.High), Failure: oneLine(c.Failure),
		}
		if !row.Applies {
			row.What = oneLine(c.Reason)
		}
		switch {
		case c.Assumed:
			row.Interval = "assumed"
		case c.FoundLow != nil && c.FoundHigh != nil:
			row.Interval = span(*c.FoundLow, *c.FoundHigh)
		}
		s.Rows, s.Assumed = append(s.Rows, row), s.Assumed || c.Assumed
	}
	return s
}

// span writes two shares.
func span(low, high float64) string { return percent(low) + " to " + percent(high) }

func (d *drawing) warnOfChecks(w *warnings) {
	if d.Refutation != nil {
		failed := len(d.Refutation.Failed())
		w.when(failed > 0, "%s of the result failed: the section “Checks” says what that means.", plural(failed, "check"))
	}
}
