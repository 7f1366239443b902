package settings

import (
	"bytes"
	"encoding/json"
	"strings"
)

// MarshalJSON writes the keys of structs as one JSON object, sections as objects in it.
func MarshalJSON(structs ...any) ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	err := writeMembers(&out, Fields(structs...), "")
	out.WriteByte('}')
	return out.Bytes(), err
}

func writeMembers(out *bytes.Buffer, fields []Field, prefix string) error {
	first := true
	for _, f := range fields {
		name, inside := strings.CutPrefix(f.Key, prefix)
		if !inside || strings.Contains(name, ".") || f.Omit && f.Value.IsZero() {
			continue
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		out.WriteString(`"` + name + `":`)
		if f.Section() {
			out.WriteByte('{')
			if err := writeMembers(out, fields, f.Key+"."); err != nil {
				return err
			}
			out.WriteByte('}')
			continue
		}
		text, err := json.Marshal(f.Value.Interface())
		if err != nil {
			return err
		}
		out.Write(text)
	}
	return nil
}

// UnmarshalJSON sets the keys of structs that an object names; it ignores other members.
func UnmarshalJSON(text []byte, structs ...any) error {
	return readMembers(text, Fields(structs...), "")
}

func readMembers(text []byte, fields []Field, prefix string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	for _, f := range fields {
		name, inside := strings.CutPrefix(f.Key, prefix)
		value, given := members[name]
		if !inside || !given || strings.Contains(name, ".") {
			continue
		}
		if f.Section() {
			if err := readMembers(value, fields, f.Key+"."); err != nil {
				return err
			}
			continue
		}
		if err := json.Unmarshal(value, f.Value.Addr().Interface()); err != nil {
			return err
		}
	}
	return nil
}
