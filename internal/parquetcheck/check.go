// Package parquetcheck bounds what a Parquet file can make its decoder allocate. A decoder believes what the file says
// of itself, lengths, counts and runs, and allocates before it looks: 1 kB can ask for gigabytes, and memory that is not
// there ends a Go program without an error. Here all such claims are held against the file's size first. Start reading at
// Footer and Pages.
package parquetcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// What a file of so many bytes may claim. A row of a panel has a region and week that no other row has, and numbers,
// which take more than half a bit however they are packed; and pages of zeros are packed a thousandfold.
const (
	rowsPerByte  = 16
	fewRows      = 1 << 12
	bytesPerByte = 1000
	fewBytes     = 8 << 20
)

var errTooLong = errors.New("it claims to be longer than the file")

// Footer walks a file's footer, which is then safe to decode.
func Footer(from io.ReaderAt, size int64) error {
	const magic, ends = "PAR1", 8 // the last bytes are the footer's length and the magic
	var tail [ends]byte
	if size < ends+int64(len(magic)) {
		return fmt.Errorf("%d bytes are no Parquet file", size)
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

// Pages walks all pages of a file, given its decoded footer, which are then safe to decode.
func Pages(from io.ReaderAt, size int64, metadata *format.FileMetaData) error {
	c := &check{from: from, size: size, rows: fewRows + rowsPerByte*size, unpacked: fewBytes + bytesPerByte*size}
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

// check is the walk over a file's pages.
type check struct {
	from     io.ReaderAt
	size     int64
	rows     int64 // that anything may count
	unpacked int64 // bytes that are left to unpack to
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

// page checks a page, and returns where the next begins.
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
