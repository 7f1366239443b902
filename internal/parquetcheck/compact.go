package parquetcheck

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// compact checks data in Thrift's compact protocol, which Parquet uses for its footer and page headers, without decoding it. A
// decoder trusts lengths, and a file of 1 kB can claim 2³¹: here no length may exceed the number of remaining bytes.
type compact struct {
	from  *bufio.Reader
	left  int64
	depth int
}

// newCompact checks the bytes from offset to end.
func newCompact(from io.ReaderAt, offset, end int64) *compact {
	return &compact{from: bufio.NewReaderSize(io.NewSectionReader(from, offset, end-offset), 1<<12), left: end - offset}
}

// maxDepth bounds the nesting of structs. Those of Parquet nest 7 deep.
const maxDepth = 32

// The types of the protocol.
const (
	typeTrue   = 1
	typeFalse  = 2
	typeByte   = 3
	typeI16    = 4
	typeI64    = 6
	typeDouble = 7
	typeBinary = 8
	typeList   = 9
	typeSet    = 10
	typeMap    = 11
	typeStruct = 12
	typeUUID   = 13
)

// structure checks one struct.
func (c *compact) structure() error {
	if c.depth++; c.depth > maxDepth {
		return errors.New("its structs nest too deeply")
	}
	defer func() { c.depth-- }()
	for {
		b, err := c.byte()
		if err != nil || b == 0 {
			return err
		}
		if b>>4 == 0 { // the id of the field follows, instead of a difference from the last
			if _, err := c.varint(); err != nil {
				return err
			}
		}
		if kind := b & 0x0f; kind != typeTrue && kind != typeFalse { // whose value is in the type
			if err := c.value(kind); err != nil {
				return err
			}
		}
	}
}

func (c *compact) value(kind byte) error {
	switch {
	case kind == typeTrue, kind == typeFalse, kind == typeByte:
		return c.skip(1)
	case kind >= typeI16 && kind <= typeI64:
		_, err := c.varint()
		return err
	case kind == typeDouble:
		return c.skip(8)
	case kind == typeUUID:
		return c.skip(16)
	case kind == typeBinary:
		n, err := c.length()
		if err != nil {
			return err
		}
		return c.skip(n)
	case kind == typeList, kind == typeSet:
		return c.list()
	case kind == typeMap:
		return c.dictionary()
	case kind == typeStruct:
		return c.structure()
	}
	return fmt.Errorf("its type %d is not a type of Thrift", kind)
}

// list checks elements, each of at least one byte.
func (c *compact) list() error {
	b, err := c.byte()
	if err != nil {
		return err
	}
	n := int64(b >> 4)
	if n == 0x0f {
		if n, err = c.length(); err != nil {
			return err
		}
	}
	if n > c.left {
		return errTooLong
	}
	for range n {
		if err := c.value(b & 0x0f); err != nil {
			return err
		}
	}
	return nil
}

func (c *compact) dictionary() error {
	n, err := c.length()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := c.byte()
	if err != nil {
		return err
	}
	for range n {
		for _, kind := range []byte{kinds >> 4, kinds & 0x0f} {
			if err := c.value(kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// length reads a count that may not exceed the number of remaining bytes.
func (c *compact) length() (int64, error) {
	n, err := c.varint()
	if err == nil && n > uint64(c.left) {
		err = errTooLong
	}
	if err != nil {
		return 0, err
	}
	return int64(n), nil
}

func (c *compact) varint() (uint64, error) { return binary.ReadUvarint(byteReader{c}) }

// byteReader reads bytes of a compact.
type byteReader struct{ c *compact }

func (r byteReader) ReadByte() (byte, error) { return r.c.byte() }

func (c *compact) byte() (byte, error) {
	c.left--
	return c.from.ReadByte()
}

func (c *compact) skip(n int64) error {
	if n > c.left {
		return errTooLong
	}
	c.left -= n
	_, err := c.from.Discard(int(n))
	return err
}
