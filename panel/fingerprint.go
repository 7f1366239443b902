package panel

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
)

// Fingerprint identifies a panel without its numbers: two fingerprints show whether, and where, two panels differ.
type Fingerprint struct {
	Regions []string            `json:"regions"`
	Weeks   []string            `json:"weeks"`
	Columns []ColumnFingerprint `json:"columns"` // in the panel's order
}

// ColumnFingerprint is a column's role, its name and the SHA-256 of its values.
type ColumnFingerprint struct {
	Role   string `json:"role"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Fingerprint returns the fingerprint of the panel. That of the target also depends on which values were filled.
func (p *Panel) Fingerprint() Fingerprint {
	f := Fingerprint{Regions: p.Regions, Weeks: p.Weeks}
	for _, b := range p.blocks() {
		for i, name := range b.names {
			hash := sha256.New()
			var bytes [8]byte
			for at := i; at < len(b.cells); at += len(b.names) {
				binary.LittleEndian.PutUint64(bytes[:], math.Float64bits(b.cells[at]))
				hash.Write(bytes[:])
			}
			for at, filled := range p.Filled {
				if filled && b.role == targetRole {
					hash.Write(binary.LittleEndian.AppendUint64(bytes[:0], uint64(at)))
				}
			}
			f.Columns = append(f.Columns, ColumnFingerprint{string(p.roleOf(b, i)), name, hex.EncodeToString(hash.Sum(nil))})
		}
	}
	return f
}

// Difference describes the first difference from another panel. It is empty if there is none.
func (f Fingerprint) Difference(other Fingerprint) string {
	for _, c := range []struct {
		what      string
		one, here []string
	}{
		{"region", f.Regions, other.Regions}, {"week", f.Weeks, other.Weeks}, {"column", f.names(), other.names()},
	} {
		for i, name := range c.one {
			if !slices.Contains(c.here, name) {
				return fmt.Sprintf("it has %s %q, which the other does not have", c.what, name)
			}
			if len(c.one) == len(c.here) && c.here[i] != name && slices.Contains(c.one, c.here[i]) {
				return fmt.Sprintf("its %ss are in another order from %q on", c.what, name)
			}
		}
		for _, name := range c.here {
			if !slices.Contains(c.one, name) {
				return fmt.Sprintf("it lacks %s %q, which the other has", c.what, name)
			}
		}
	}
	for i, column := range f.Columns {
		if column != other.Columns[i] {
			return fmt.Sprintf("the values of its %s differ", column.words())
		}
	}
	return ""
}

func (f Fingerprint) names() []string {
	names := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i] = c.words()
	}
	return names
}

// words names a column by its role. The panel does not know the name of the target.
func (c ColumnFingerprint) words() string {
	if c.Role == string(targetRole) {
		return c.Role
	}
	return c.Role + " " + c.Name
}
