package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/rig"
)

// launcher is `launcher` in the soak's namespace.
type launcher struct{ rig.Launcher }

// get is a run as `get -o json` shows it.
func (l launcher) get(ctx context.Context, run string) (v1alpha1.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	got, err := l.Do(ctx, "", "get", run, "-o", "json")
	if err != nil {
		return v1alpha1.Run{}, err
	}
	if got.Code != 0 {
		return v1alpha1.Run{}, fmt.Errorf("launcher get %s: exit code %d: %s", run, got.Code, got.Text())
	}
	var r v1alpha1.Run
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		return r, fmt.Errorf("read what launcher get %s -o json says: %w", run, err)
	}
	return r, nil
}

// askLimit is how long one question may take.
const askLimit = 20 * time.Second
