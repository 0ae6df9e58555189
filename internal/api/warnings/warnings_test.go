package warnings

import (
	"strings"
	"testing"
)

func TestSecretName(t *testing.T) {
	for name, want := range map[string]bool{
		"PASSWORD": true, "DB_PASSWORD": true, "github_token": true, "API_KEY": true, "APIKEY": true, "AWS_SECRET_ACCESS_KEY": true, "HF_TOKEN": true, "my-secret": true, "PRIVATE_KEY": true,
		"TOKENIZERS_PARALLELISM": false, "MAX_TOKENS": false, "PASSWORD_FILE": false, "SECRET_NAME": false, "AWS_ACCESS_KEY_ID": false, "KEY": false, "KEYBOARD": false, "PARTITION_KEY": false,
		"": false, "_": false, "TOKEN_ENDPOINT": false,
	} {
		if got := secretName(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestSecretValue(t *testing.T) {
	for value, want := range map[string]bool{
		"AKIA" + strings.Repeat("A", 16): true, "--key=AKIA" + strings.Repeat("7", 16) + ",x": true, "ghp_" + strings.Repeat("a", 36): true, "https://user:pass@example.com/": true,
		"-----BEGIN RSA PRIVATE KEY-----\nx": true, "hf_" + strings.Repeat("x", 34): true, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc": true,
		"hello world, hello": false, "https://example.com:8080/a@b": false, "https://user@example.com/": false, "$(TOKEN)": false, "AKIA": false, "task-" + strings.Repeat("a", 30): false,
		"postgres://$(USER):$(PASSWORD)@db/": false,
	} {
		if got := secretValue(value); got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
}
