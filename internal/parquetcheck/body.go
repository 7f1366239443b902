package parquetcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// body checks the unpacked size of a page, and the counts and runs in it.
func (c *check) body(h *format.PageHeader, codec format.CompressionCodec, l levels, content []byte) error {
	switch {
	case h.DictionaryPageHeader.Valid:
		if err := c.count(h.DictionaryPageHeader.V.NumValues); err != nil {
			return err
		}
		_, err := unpack(codec, content, h.UncompressedPageSize) // its values are plain
		return err
	case h.DataPageHeader.Valid:
		p := h.DataPageHeader.V
		if err := c.count(p.NumValues); err != nil {
			return err
		}
		content, err := unpack(codec, content, h.UncompressedPageSize)
		if err != nil {
			return err
		}
		for _, level := range []int{l.repetition, l.definition} {
			if content, err = prefixedRuns(content, level, p.NumValues); err != nil {
				return err
			}
		}
		return values(content, p.Encoding, p.NumValues)
	case h.DataPageHeaderV2.Valid:
		p := h.DataPageHeaderV2.V
		if err := c.count(p.NumValues, p.NumNulls, p.NumRows); err != nil {
			return err
		}
		for i, n := range []int32{p.RepetitionLevelsByteLength, p.DefinitionLevelsByteLength} {
			if n < 0 || int(n) > len(content) {
				return errTooLong
			}
			if err := runs(content[:n], width([]int{l.repetition, l.definition}[i]), p.NumValues); err != nil {
				return err
			}
			content = content[n:]
		}
		if !p.IsCompressed.Valid || p.IsCompressed.V {
			levels := p.RepetitionLevelsByteLength + p.DefinitionLevelsByteLength
			var err error
			if content, err = unpack(codec, content, h.UncompressedPageSize-levels); err != nil {
				return err
			}
		}
		return values(content, p.Encoding, p.NumValues)
	}
	return nil // an index page, which is not decoded
}

func (c *check) count(counts ...int32) error {
	for _, n := range counts {
		if n < 0 || int64(n) > c.rows {
			return fmt.Errorf("it claims %d values in a file of %d bytes", n, c.size)
		}
	}
	return nil
}

// unpack decompresses a page after checking its unpacked size.
func unpack(codec format.CompressionCodec, content []byte, size int32) ([]byte, error) {
	if codec == format.Uncompressed {
		return content, nil
	}
	atMost, err := unpackedSize(codec, content)
	if err != nil {
		return nil, err
	}
	if size < 0 || atMost > int64(size) {
		return nil, fmt.Errorf("it would unpack to more than the %d bytes that it claims", size)
	}
	return parquet.LookupCompressionCodec(codec).Decode(make([]byte, 0, size), content)
}

// width returns the number of bits of a level.
func width(level int) int { return bits.Len(uint(level)) }

// prefixedRuns checks runs that are preceded by their length in bytes, and returns the content after them. If the level can
// only be 0, there are none.
func prefixedRuns(content []byte, level int, count int32) ([]byte, error) {
	if level == 0 {
		return content, nil
	}
	if len(content) < 4 {
		return nil, errTooLong
	}
	n := binary.LittleEndian.Uint32(content)
	if content = content[4:]; uint64(n) > uint64(len(content)) {
		return nil, errTooLong
	}
	return content[n:], runs(content[:n], width(level), count)
}

var errTooMany = errors.New("it holds more values than it claims")

// runs checks the hybrid of run-length encoding and bit packing used for levels, dictionary indices and booleans.
func runs(content []byte, width int, count int32) error {
	if width > 32 {
		return fmt.Errorf("its values would have %d bits", width)
	}
	for left := int64(count); len(content) > 0 && left > 0; {
		header, n := binary.Uvarint(content)
		if n <= 0 {
			return errTooLong
		}
		content = content[n:]
		length, bytes := header>>1, uint64(width+7)/8
		if header&1 == 1 { // groups of eight; the last may be padded
			bytes = length * uint64(width)
			length *= 8
		}
		if length > uint64(left)+7 {
			return errTooMany
		}
		left -= int64(length)
		content = content[min(bytes, uint64(len(content))):]
	}
	return nil
}

// values checks the number of values that the encoding of a page claims. Plain values claim none.
func values(content []byte, e format.Encoding, count int32) error {
	switch e {
	case format.Plain, format.ByteStreamSplit:
		return nil
	//lint:ignore SA1019 older programs write it
	case format.PlainDictionary, format.RLEDictionary:
		if len(content) == 0 {
			return nil // all are missing
		}
		return runs(content[1:], int(content[0]), count)
	case format.RLE:
		_, err := prefixedRuns(content, 1, count)
		return err
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray, format.DeltaByteArray:
		return deltas(content, count)
	}
	return fmt.Errorf("its encoding %v is not read here (write plain values, or a dictionary)", e)
}

// deltas checks the header of a delta encoding: the sizes of its blocks and the number of values.
func deltas(content []byte, count int32) error {
	const blockSize, miniBlocks, total = 0, 1, 2
	var header [3]uint64
	for i := range header {
		x, n := binary.Uvarint(content)
		if n <= 0 {
			return errTooLong
		}
		header[i], content = x, content[n:]
	}
	if header[total] > uint64(count) {
		return errTooMany
	}
	if header[blockSize] > 1<<16 || header[miniBlocks] > header[blockSize] {
		return fmt.Errorf("its blocks of %d values are too large", header[blockSize])
	}
	return nil
}
