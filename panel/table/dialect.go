package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// sampled is how much of a file decides its dialect.
const sampled = 1 << 16

// decoded returns the text of a CSV file in UTF-8 without a byte order mark, with lines that end in LF: from UTF-16 if its
// byte order mark says so, and from lone CRs if it has no other ends of lines. The first sampled bytes are buffered.
func decoded(from io.Reader) (*bufio.Reader, error) {
	text := bufio.NewReaderSize(from, sampled)
	start, err := peek(text)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(start, []byte("\ufeff")):
		_, _ = text.Discard(3) // cannot fail: the bytes are buffered
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		wide := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		text = bufio.NewReaderSize(wide.Reader(text), sampled)
	}
	if start, err = peek(text); err != nil {
		return nil, err
	}
	if bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0 {
		text = bufio.NewReaderSize(carriageReturns{text}, sampled)
	}
	return text, nil
}

// peek returns the first bytes, up to the size of the buffer.
func peek(text *bufio.Reader) ([]byte, error) {
	start, err := text.Peek(text.Size())
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return start, err
}

// carriageReturns reads CR as LF.
type carriageReturns struct{ io.Reader }

func (c carriageReturns) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// separators are those that a file may have; of two that fit equally, it has the first.
const separators = ",;\t|"

// separator returns what separates the cells of a table, of which sample is the beginning: the separator for which most rows
// have as many cells as the first, and of those the one of most cells.
func separator(sample []byte) rune {
	best, bestFit, bestWidth := ',', 0.0, 1
	for _, s := range separators {
		widths := widths(sample, s)
		if len(widths) == 0 || widths[0] < 2 {
			continue
		}
		fit := 0.0
		for _, w := range widths {
			if w == widths[0] {
				fit += 1 / float64(len(widths))
			}
		}
		if fit > bestFit+1e-9 || fit > bestFit-1e-9 && widths[0] > bestWidth {
			best, bestFit, bestWidth = s, fit, widths[0]
		}
	}
	return best
}

// widths returns the numbers of cells of the first rows with any, without empty ones at their end.
func widths(sample []byte, separator rune) (widths []int) {
	const rows = 100
	r := csv.NewReader(bytes.NewReader(sample))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator, -1, true
	for len(widths) < rows {
		record, err := r.Read()
		if err != nil {
			if !errors.Is(err, io.EOF) || len(sample) < sampled || len(widths) < 2 {
				return widths
			}
			return widths[:len(widths)-1] // the sample may end within a row
		}
		if !isBlank(record) {
			widths = append(widths, len(record))
		}
	}
	return widths
}

// isBlank reports whether a row has no cell with text.
func isBlank(record []string) bool {
	for _, cell := range record {
		if cell != "" && strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}
