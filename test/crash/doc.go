// Package crash kills drivers at every one of their API calls, starts others in their place, and holds that a run comes
// to the same end as one that was not disturbed: the same verdict, no step run twice, the same record but for its times.
//
// Its tests need a real API server, named by the environment variable STEPHERD_TEST_KUBECONFIG:
//
//	go test -tags cluster -v ./test/crash
//
// The drivers run in the test's own process, on the real adapters, behind a transport that counts their calls and cuts
// them off (mortal_test.go); what SIGKILL does to a driver's process it does to a driver's calls. No node takes the
// step Pods: the test plays their kubelet (player_test.go), so that a run takes as long as its API calls do. The
// Pods' logs are the test's, too: a few lines each. The drivers' outputs must hold every one, in order, and again
// only between marks.
package crash
