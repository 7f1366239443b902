package table

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"deepcausalmmm/internal/parquetcheck"
)

// parquetTable reads cells of a Parquet file as the text that a CSV file would contain; its lines are row numbers.
type parquetTable struct {
	path    string
	file    *parquet.File
	columns []*parquet.Column // of the top level
}

var _ content = (*parquetTable)(nil)

// openParquet opens a source that is loaded.
func openParquet(s *source) (t *parquetTable, err error) {
	defer recoverDecoder(s.path, &err)
	unreadable := func(err error) error {
		return fmt.Errorf("%s: unreadable Parquet: %w (write the file again)", s.path, err)
	}
	if err := parquetcheck.Footer(s.file, s.size); err != nil {
		return nil, unreadable(err)
	}
	file, err := parquet.OpenFile(s.file, s.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, unreadable(err)
	}
	if err := parquetcheck.Pages(s.file, s.size, s.stored, file.Metadata()); err != nil {
		return nil, unreadable(err)
	}
	return &parquetTable{path: s.path, file: file, columns: file.Root().Columns()}, nil
}

// recoverDecoder returns a panic of the decoder, which some damaged files cause, as an error.
func recoverDecoder(path string, err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("%s: unreadable Parquet: %v (write the file again)", path, cause)
	}
}

func (t *parquetTable) header() ([]string, error) {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.Name()
	}
	return names, nil
}

// leaf is the cell of a wanted column, and the conversion of its values to text.
type leaf struct {
	cell   int
	text   func(parquet.Value) string
	number bool
}

func (t *parquetTable) each(wanted []int, row func(line int, cells []raw) error) (blank int, err error) {
	defer recoverDecoder(t.path, &err)
	leaves := map[int]leaf{} // by the index of the column in a row
	for i, w := range wanted {
		c := t.columns[w]
		if !c.Leaf() || c.Repeated() {
			return 0, fmt.Errorf("%s: column %q is nested (write one plain value per row)", t.path, c.Name())
		}
		leaves[c.Index()] = leaf{i, text(c.Type()), c.Type().Kind() != parquet.ByteArray}
	}
	line, cells := 0, make([]raw, len(wanted))
	for _, group := range t.file.RowGroups() {
		err := eachRow(group, func(values parquet.Row) error {
			for _, v := range values {
				if l, ok := leaves[v.Column()]; ok {
					cells[l.cell] = raw{text: l.text(v), number: l.number}
				}
			}
			line++
			return row(line, cells)
		})
		var decoding *decodeError
		if errors.As(err, &decoding) {
			return 0, fmt.Errorf("%s:%d: unreadable Parquet: %w (write the file again)", t.path, line+1, decoding.cause)
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// decodeError is an error of the Parquet reader, as opposed to one of visit.
type decodeError struct{ cause error }

func (e *decodeError) Error() string { return e.cause.Error() }

func eachRow(group parquet.RowGroup, visit func(parquet.Row) error) error {
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 256)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			if err = visit(row); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &decodeError{err}
		}
	}
}

// text returns the conversion of a column's values to text; null is an empty cell.
func text(t parquet.Type) func(parquet.Value) string {
	write := plain(t.Kind())
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DateType:
			write = func(v parquet.Value) string { return date(time.Unix(int64(v.Int32())*24*60*60, 0)) }
		case *format.TimestampType:
			write = timestamp(l.Unit)
		case *format.DecimalType:
			write = decimal(t.Kind(), int(l.Scale))
		case *format.IntType:
			if !l.IsSigned {
				write = unsigned(t.Kind())
			}
		}
	}
	return func(v parquet.Value) string {
		if v.IsNull() {
			return ""
		}
		return write(v)
	}
}

func plain(k parquet.Kind) func(parquet.Value) string {
	switch k {
	case parquet.Boolean:
		return func(v parquet.Value) string { return map[bool]string{false: "0", true: "1"}[v.Boolean()] }
	case parquet.Int32, parquet.Int64:
		return func(v parquet.Value) string { return strconv.FormatInt(integer(k, v), 10) }
	case parquet.Float: // the shortest text that gives this float32: 0.1, not 0.10000000149
		return func(v parquet.Value) string { return strconv.FormatFloat(float64(v.Float()), 'g', -1, 32) }
	case parquet.Double:
		return func(v parquet.Value) string { return strconv.FormatFloat(v.Double(), 'g', -1, 64) }
	}
	return parquet.Value.String
}

func integer(k parquet.Kind, v parquet.Value) int64 {
	if k == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

func unsigned(k parquet.Kind) func(parquet.Value) string {
	return func(v parquet.Value) string {
		if k == parquet.Int32 {
			return strconv.FormatUint(uint64(v.Uint32()), 10)
		}
		return strconv.FormatUint(v.Uint64(), 10)
	}
}

func timestamp(unit format.TimeUnit) func(parquet.Value) string {
	since := func(n int64) time.Time { return time.Unix(0, n) }
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		since = time.UnixMilli
	case *format.MicroSeconds:
		since = time.UnixMicro
	}
	return func(v parquet.Value) string { return date(since(v.Int64())) }
}

// date formats a midnight as a day. Another time of day is kept, so that the check of weeks rejects it.
func date(t time.Time) string {
	t = t.UTC()
	if t.Truncate(24*time.Hour) == t {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// decimal formats an integer multiple of 10^−scale. Byte arrays are big-endian two's complement.
func decimal(k parquet.Kind, scale int) func(parquet.Value) string {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return func(v parquet.Value) string {
		count := new(big.Int)
		switch k {
		case parquet.Int32, parquet.Int64:
			count.SetInt64(integer(k, v))
		default:
			raw := v.ByteArray()
			count.SetBytes(raw)
			if len(raw) > 0 && raw[0] >= 0x80 {
				count.Sub(count, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
			}
		}
		return new(big.Rat).SetFrac(count, unit).FloatString(scale)
	}
}
