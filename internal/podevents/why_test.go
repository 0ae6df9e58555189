package podevents

import (
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// says is an event that was first told at one second and last at another.
func says(by string, first, last int64, kind, reason, message string) corev1.Event {
	return corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: "pod.18" + string(rune('a'+first))},
		Type:       kind, Reason: reason, Message: message, LastTimestamp: metav1.Unix(1_900_000_000+last, 0),
		Source: corev1.EventSource{Component: by}, InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: "p"},
	}
}

const warning, normal = corev1.EventTypeWarning, corev1.EventTypeNormal

func TestWhy(t *testing.T) {
	kubelet := func(first, last int64, kind, reason, message string) corev1.Event {
		return says("kubelet", first, last, kind, reason, message)
	}
	of := func(field string, e corev1.Event) corev1.Event {
		e.InvolvedObject.FieldPath = field
		return e
	}
	secret := kubelet(2, 9, warning, "FailedMount", "MountVolume.SetUp failed for volume \"v\" : secret \"nope\" not found")
	noSecret := News{"FailedMount: MountVolume.SetUp failed for volume \"v\" : secret \"nope\" not found", true}
	claim := says("resource_claim", 1, 3, warning, "FailedResourceClaimCreation", "PodResourceClaim gpu: resource claim template \"nope\" not found")
	probe := kubelet(3, 12, warning, "Unhealthy", "Startup probe failed: ")
	pulling := kubelet(11, 11, normal, "Pulling", "Pulling image \"x:1\"")
	modern := secret
	modern.Source, modern.ReportingController = corev1.EventSource{}, "kubelet"
	for _, tc := range []struct {
		name   string
		placed bool
		events []corev1.Event
		want   News
	}{
		{"nothing", true, nil, News{}},
		{"a missing Secret", true, []corev1.Event{secret}, noSecret},
		{"a reporting controller instead of a source", true, []corev1.Event{modern}, noSecret},
		{"a missing disk", true, []corev1.Event{says("attachdetach-controller", 2, 3, warning, "FailedAttachVolume", "Multi-Attach error\nfor volume \"d\"")},
			News{"FailedAttachVolume: Multi-Attach error for volume \"d\"", true}},
		{"the scheduler's words are over", true, []corev1.Event{
			secret, says("default-scheduler", 9, 10, warning, "FailedScheduling", "0/2 nodes"), says("default-scheduler", 10, 11, normal, "Scheduled", "Successfully assigned"),
		}, noSecret},
		{"the kubelet's summary says less", true, []corev1.Event{secret, kubelet(3, 12, warning, "FailedMount", "Unable to attach or mount volumes: unmounted volumes=[v]: timed out")}, noSecret},
		{"the latest", true, []corev1.Event{secret, kubelet(3, 8, warning, "FailedMount", "older")}, noSecret},
		{"healed", true, []corev1.Event{secret, pulling}, News{"Pulling image \"x:1\"", false}},
		{"failed within the second", true, []corev1.Event{kubelet(1, 1, normal, "Pulling", "p"), kubelet(2, 1, warning, "Failed", "no")}, News{"Failed: no", true}},
		{"pulled", true, []corev1.Event{pulling, kubelet(12, 12, normal, "Pulled", "Successfully pulled image")}, News{}},

		// What blocks nothing.
		{"no cluster DNS", true, []corev1.Event{kubelet(3, 12, warning, "MissingClusterDNS", "kubelet does not have ClusterDNS IP configured")}, News{}},
		{"no cluster DNS after a missing Secret", true, []corev1.Event{secret, kubelet(3, 12, warning, "MissingClusterDNS", "m")}, noSecret},
		{"long search paths", true, []corev1.Event{kubelet(3, 12, warning, "DNSConfigForming", "Search Line limits were exceeded")}, News{}},
		{"a missing pull secret", true, []corev1.Event{kubelet(3, 12, warning, "FailedToRetrieveImagePullSecret", "m")}, News{}},
		{"a probe of nobody", true, []corev1.Event{probe}, News{}},
		{"a probe of a container that does not hold main up", true, []corev1.Event{of("spec.containers{side}", probe)}, News{}},
		{"a probe of a native side container", true, []corev1.Event{of("spec.initContainers{db}", probe)}, News{"Unhealthy: side container db: Startup probe failed:", true}},

		// Before there is a node.
		{"no claim", false, []corev1.Event{claim}, News{`FailedResourceClaimCreation: PodResourceClaim gpu: resource claim template "nope" not found`, true}},
		{"no claim, and then a node", true, []corev1.Event{claim}, News{}},
		{"a node's words before there is one", false, []corev1.Event{secret}, News{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Why(tc.events, tc.placed); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestWhyQueued(t *testing.T) {
	workload := func(last int64, name, reason, message string) corev1.Event {
		e := says("kueue-admission", 1, last, warning, reason, message)
		e.InvolvedObject.Kind, e.InvolvedObject.Name = "Workload", name
		return e
	}
	const noGPU = "couldn't assign flavors to pod set main: insufficient unused quota for nvidia.com/gpu in flavor default, 1 more needed"
	pending := workload(5, "pod-p-1a2b3", "Pending", noGPU)
	group := says("pod-controller", 1, 2, warning, "ErrWorkloadCompose", "'a' group has fewer runnable pods than expected")
	for _, tc := range []struct {
		name   string
		events []corev1.Event
		want   string
	}{
		{"nothing", nil, ""},
		{"no quota", []corev1.Event{pending}, noGPU},
		{"the latest", []corev1.Event{pending, workload(3, "pod-p-1a2b3", "Pending", "older")}, noGPU},
		{"another Pod's", []corev1.Event{workload(9, "pod-p-2-1a2b3", "Pending", "no"), workload(9, "pod-pp-1a2b3", "Pending", "no"), workload(9, "job-p-1a2b3", "Pending", "no")}, ""},
		{"admitted", []corev1.Event{pending, workload(7, "pod-p-1a2b3", "Admitted", "Admitted by ClusterQueue q")}, ""},
		{"evicted, and queued again", []corev1.Event{workload(7, "pod-p-1a2b3", "EvictedDueToPreempted", "Preempted to accommodate a workload")}, "Preempted to accommodate a workload"},
		{"a group that is not complete", []corev1.Event{group}, "'a' group has fewer runnable pods than expected"},
		{"an event of the Pod that is none of Kueue's", []corev1.Event{says("kubelet", 1, 2, warning, "FailedMount", "no")}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := WhyQueued(tc.events, "p").Text; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestWhyQueuedCaptured reads what Kueue itself has written.
func TestWhyQueuedCaptured(t *testing.T) {
	text, err := os.ReadFile("testdata/queued-by-kueue.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var events corev1.EventList
	if err := yaml.UnmarshalStrict(text, &events); err != nil {
		t.Fatal(err)
	}
	const want = "couldn't assign flavors to pod set main: insufficient unused quota for cpu in flavor default, 60m more needed"
	if got := WhyQueued(events.Items, "waits-waits-1-dgw3s").Text; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
