package v1alpha1

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestReadValue(t *testing.T) {
	long := `"` + strings.Repeat("x", 200) + `"`
	for _, tt := range []struct {
		of         ValueType
		text, want string
	}{
		{"", `"x"`, `"x"`},
		{TypeString, ` "a b" `, `"a b"`},
		{TypeString, `3`, `is the number 3, not a string`},
		{TypeString, `null`, `is null, not a string`},
		{TypeString, ``, `is not JSON: unexpected end of JSON input`},
		{TypeInteger, `-3`, `-3`},
		{TypeInteger, `3.0`, `3`},
		{TypeInteger, `1e3`, `1000`},
		{TypeInteger, `-0`, `-0`},
		{TypeInteger, `9223372036854775807`, `9223372036854775807`},
		{TypeInteger, `9223372036854775808`, `is the number 9223372036854775808, which is beyond the integers of 64 bits; write it in digits, or as a string`},
		{TypeInteger, `1e1000000000`, `is the number 1e1000000000, which is beyond the integers of 64 bits; write it in digits, or as a string`},
		{TypeInteger, `9007199254740992.0`, `is the number 9007199254740992.0, which is beyond the integers of 64 bits; write it in digits, or as a string`},
		{TypeInteger, `0.5`, `is the number 0.5, not an integer`},
		{TypeInteger, `"3"`, `is the string "3", not an integer`},
		{TypeInteger, `true`, `is the boolean true, not an integer`},
		{TypeNumber, `3`, `3`},
		{TypeNumber, `0.10`, `0.10`},
		{TypeNumber, `1e400`, `is the number 1e400, which is beyond the numbers of 64 bits`},
		{TypeNumber, `NaN`, `is not JSON: invalid character 'N' looking for beginning of value`},
		{TypeNumber, `[1]`, `is an array, not a number`},
		{TypeBoolean, `false`, `false`},
		{TypeBoolean, `"false"`, `is the string "false", not a boolean`},
		{TypeArray, `[1, {"a": "<"}]`, `[1,{"a":"<"}]`},
		{TypeArray, `{"a": 1}`, `is an object, not an array`},
		{TypeObject, `{"a": [ 1 ]}`, `{"a":[1]}`},
		{TypeObject, `[1] 2`, `is not JSON: invalid character '2' after top-level value`},
		{TypeObject, long, `is the string ` + long[:80] + `..., not an object`},
	} {
		t.Run(fmt.Sprint(tt.of, tt.text[:min(20, len(tt.text))]), func(t *testing.T) {
			v, err := tt.of.Read([]byte(tt.text))
			got := string(v)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// FuzzReadValue: what is read is read again as the same, and nothing takes long.
func FuzzReadValue(f *testing.F) {
	for _, seed := range []string{`3`, `1e999999999`, `-0.0`, `"é"`, `[[[`, `{"a":{"a":1}}`, ` null`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, of := range []ValueType{TypeString, TypeInteger, TypeNumber, TypeBoolean, TypeArray, TypeObject} {
			v, err := of.Read([]byte(text))
			if err != nil {
				continue
			}
			if again, err := of.Read(v); err != nil || string(again) != string(v) || !json.Valid(v) {
				t.Errorf("%s %q is read as %q, and that as %q, %v", of, text, v, again, err)
			}
		}
	})
}
