package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"deepcausalmmm/simulate"
)

// intervention reads --do, --lever and --from; nil if neither of the first two is given.
func (o options) intervention() (*simulate.Intervention, error) {
	if len(o.do)+len(o.lever) == 0 {
		switch {
		case o.from != "":
			return nil, fmt.Errorf("--from %s: give what changes from then on, by --do or --lever", o.from)
		case o.to != "":
			return nil, fmt.Errorf("--to %s: give what changes until then, by --do or --lever", o.to)
		}
		return nil, nil
	}
	var change simulate.Intervention
	var err error
	if change.Do, err = factors("do", o.do); err != nil {
		return nil, err
	}
	if change.Lever, err = factors("lever", o.lever); err != nil {
		return nil, err
	}
	if o.from != "" {
		if change.From, err = date("from", o.from); err != nil {
			return nil, err
		}
	}
	if o.to != "" {
		change.To, err = date("to", o.to)
	}
	return &change, err
}

// factors reads channel=factor pairs.
func factors(flag string, given []string) (map[string]float64, error) {
	read := map[string]float64{}
	for _, pair := range given {
		channel, text, _ := strings.Cut(pair, "=")
		factor, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("--%s %s: write channel=factor, such as tv_impressions=0.5", flag, pair)
		}
		if _, twice := read[channel]; twice {
			return nil, fmt.Errorf("--%s %s: %s is given twice", flag, pair, channel)
		}
		read[channel] = factor
	}
	return read, nil
}

func date(flag, text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("--%s %s: write the week as its Monday, such as 2024-01-01", flag, text)
	}
	return day, nil
}

// addExperiments reads --experiment.
func addExperiments(c *simulate.Config, given []string) error {
	for _, text := range given {
		e, err := experiment(text)
		if err != nil {
			return fmt.Errorf("--experiment %s: %w", text, err)
		}
		c.Experiments = append(c.Experiments, e)
	}
	return nil
}

// experiment reads channel[+channel]=factor,regions=…,from=…,weeks=….
func experiment(text string) (simulate.Experiment, error) {
	var e simulate.Experiment
	for i, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		var err error
		switch {
		case i == 0:
			e.Channels = strings.Split(key, "+")
			e.Factor, err = strconv.ParseFloat(value, 64)
		case key == "regions":
			if e.Count, err = strconv.Atoi(value); err != nil {
				e.Regions, err = strings.Split(value, "+"), nil
			}
		case key == "from":
			e.From, err = time.Parse(time.DateOnly, value)
		case key == "weeks":
			e.Weeks, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("unknown key")
		}
		if err != nil {
			return e, fmt.Errorf("%q is not understood: write it as tv_impressions=0,regions=6,from=2024-03-04,weeks=8", part)
		}
	}
	if e.From.IsZero() || e.Weeks == 0 {
		return e, fmt.Errorf("give its first week and their number, such as from=2024-03-04,weeks=8")
	}
	return e, nil
}
