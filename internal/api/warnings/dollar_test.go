package warnings

import "testing"

func TestLosesDollar(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "$": false, "echo $$": true, "echo $$ > pid": true, "$$$x": true, "$$(NAME)": false, "$$$(NAME)": false, "echo $$$$": false, "a$b$c": false,
		"$$(A) and $$": true, "kill -9 $$;": true, "$(A)$(B)": false,
	} {
		if got := losesDollar(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
