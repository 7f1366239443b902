// Package parquetcheck bounds the memory that decoding a Parquet file allocates. A decoder trusts the lengths, counts and runs
// in the file and allocates before it reads: a file of 1 kB can claim gigabytes, and a Go program that runs out of memory
// ends without an error. This package first compares all such claims with the size of the file. Start reading at Footer and
// Pages.
package parquetcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds on the claims of a file, by its size. A row of a panel has a unique region and week, and numbers, and takes more than
// half a bit in any encoding; pages of zeros are compressed up to a thousandfold.
const (
	rowsPerByte  = 16
	fewRows      = 1 << 12
	bytesPerByte = 1000
	fewBytes     = 8 << 20
)

var errTooLong = errors.New("it claims to be longer than the file")

// Footer checks the footer of a file, which is then safe to decode.
func Footer(from io.ReaderAt, size int64) error {
	const magic, ends = "PAR1", 8 // the last bytes are the footer's length and the magic
	var tail [ends]byte
	if size < ends+int64(len(magic)) {
		return fmt.Errorf("%d bytes are not a Parquet file", size)
	}
	if _, err := from.ReadAt(tail[:], size-ends); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if string(tail[4:]) != magic || n > size-ends-int64(len(magic)) {
		return errors.New("it does not end as a Parquet file does")
	}
	if err := newCompact(from, size-ends-n, size-ends).structure(); err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	return nil
}

// Pages checks all pages of a file, given its decoded footer. They are then safe to decode. Stored is the size on disk, which
// is less than size if the whole file is packed.
func Pages(from io.ReaderAt, size, stored int64, metadata *format.FileMetaData) error {
	c := &check{from: from, size: size, rows: fewRows + rowsPerByte*stored, unpacked: fewBytes + bytesPerByte*stored}
	levels, err := levelsOf(metadata.Schema)
	if err != nil {
		return err
	}
	for _, group := range metadata.RowGroups {
		if group.NumRows < 0 || group.NumRows > c.rows {
			return fmt.Errorf("it claims %d rows in %d bytes", group.NumRows, size)
		}
		if len(group.Columns) > len(levels) {
			return errors.New("a row group has more columns than the schema")
		}
		for i, column := range group.Columns {
			if err := c.column(&column.MetaData, levels[i]); err != nil {
				return fmt.Errorf("column %v: %w", column.MetaData.PathInSchema, err)
			}
		}
	}
	return nil
}

// check is the state of Pages.
type check struct {
	from     io.ReaderAt
	size     int64
	rows     int64 // the largest valid count
	unpacked int64 // bytes that the remaining pages may unpack to
}

func (c *check) column(m *format.ColumnMetaData, l levels) error {
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	end := at + m.TotalCompressedSize
	if at < 0 || end < at || end > c.size {
		return fmt.Errorf("it would end at byte %d of %d", end, c.size)
	}
	if m.NumValues < 0 || m.NumValues > c.rows {
		return fmt.Errorf("it claims %d values in %d bytes", m.NumValues, c.size)
	}
	for at < end {
		next, err := c.page(m.Codec, l, at, end)
		if err != nil {
			return fmt.Errorf("page at byte %d: %w", at, err)
		}
		at = next
	}
	return nil
}

// page checks a page and returns the offset of the next.
func (c *check) page(codec format.CompressionCodec, l levels, at, end int64) (next int64, err error) {
	walk := newCompact(c.from, at, end)
	if err := walk.structure(); err != nil {
		return 0, fmt.Errorf("header: %w", err)
	}
	body := end - walk.left
	var h format.PageHeader
	var protocol thrift.CompactProtocol
	if err := thrift.NewDecoder(protocol.NewReader(io.NewSectionReader(c.from, at, body-at))).Decode(&h); err != nil {
		return 0, fmt.Errorf("header: %w", err)
	}
	packed, unpacked := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	if packed < 0 || unpacked < 0 || packed > end-body {
		return 0, errTooLong
	}
	if c.unpacked -= unpacked; c.unpacked < 0 {
		return 0, errors.New("the file would unpack to far more than its size")
	}
	content := make([]byte, packed)
	if _, err := c.from.ReadAt(content, body); err != nil {
		return 0, err
	}
	return body + packed, c.body(&h, codec, l, content)
}
