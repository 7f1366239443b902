package panel

// AreTimes reports whether the labels of a column are dates, months, weeks or numbers of weeks, in one notation throughout. It is
// true, too, if two notations read them, and a table needs data.date_format.
func AreTimes(labels []string) bool {
	c, all := &weekColumn{}, []int(nil)
	for i, label := range labels {
		all = append(all, c.add(i+1, label))
	}
	texts := make([]string, len(c.labels))
	for i, label := range c.labels {
		var ok bool
		if texts[i], ok = withoutTime(label); !ok || len(label) > longestWeek {
			return false
		}
	}
	return len(texts) > 0 && len(c.fitting("", texts, [][]int{all}, Resolution{})) > 0
}
