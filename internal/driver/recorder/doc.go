// Package recorder writes the run's record and is the fence around its driver. The loop gives it updates (Save) and how far the
// logs are (Publish), workers wait for confirmation (Confirm), and a Listener learns what the record has.
//
// Invariants:
//
//   - One goroutine, that of Run, uses the Record. Save never waits: an update that was not taken yet is merged into the next.
//   - Confirm returns only if a call that proved the record to be ours was sent within the last 5 s.
//   - The head never tells of a step that no piece holds.
//   - What is written takes 64 KiB a second on average, except for what must not wait.
//   - A record that was deleted is written again as a whole; one that another driver has taken ends Run.
package recorder
