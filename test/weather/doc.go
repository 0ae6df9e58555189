// Package weather holds whole runs against bad API weather: the real driver with its real adapters on client-go, an API
// server in memory that answers badly, a kubelet played by the test, and virtual time, so that an outage of ten minutes
// costs milliseconds. What the real thing does in such weather is seen in test/crash and test/soak.
//
// Invariant: whatever the weather, the run ends as it would have in good weather, each step has one attempt, and each
// Pod was made once.
package weather
