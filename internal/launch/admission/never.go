package admission

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Excess is more of a resource than a quota will ever have room for.
type Excess struct {
	Quota    string
	Resource corev1.ResourceName
	// Asked is what the Pod asks for; Beside is what another one has at the same time, zero where the Pod alone is too much.
	Asked, Beside, Hard resource.Quantity
}

// OfPods reports whether it is the number of Pods that is too small: no Pod can ask for less.
func (e Excess) OfPods() bool {
	return e.Resource == corev1.ResourcePods || e.Resource == countPods
}

// NeverFits gives what quotas can never have room for: of the Pod alone, or of the Pod beside the driver's, which works as long
// as any step does. driver is nil when the Pod is the driver's own. One quota gives each amount once: `cpu` and `requests.cpu`
// are the same.
func NeverFits(quotas []corev1.ResourceQuota, pod, driver *corev1.Pod) []Excess {
	usage, beside := Usage(pod), corev1.ResourceList{}
	if driver != nil {
		beside = Usage(driver)
	}
	var found []Excess
	for i := range quotas {
		q := &quotas[i]
		if !Covers(q, pod) {
			continue
		}
		besideHere := driver != nil && Covers(q, driver)
		told := map[corev1.ResourceName]bool{}
		for _, name := range slices.Sorted(maps.Keys(q.Spec.Hard)) {
			e, never := excess(q.Spec.Hard[name], usage[name], beside[name], besideHere)
			same := corev1.ResourceName(strings.TrimPrefix(string(name), corev1.DefaultResourceRequestsPrefix))
			if never && !told[same] {
				told[same] = true
				e.Quota, e.Resource = q.Name, name
				found = append(found, e)
			}
		}
	}
	return found
}

func excess(hard, asked, beside resource.Quantity, besideHere bool) (Excess, bool) {
	if asked.Sign() <= 0 {
		return Excess{}, false
	}
	if asked.Cmp(hard) > 0 {
		return Excess{Asked: asked, Hard: hard}, true
	}
	both := asked.DeepCopy()
	both.Add(beside)
	return Excess{Asked: asked, Beside: beside, Hard: hard}, besideHere && both.Cmp(hard) > 0
}

// exceeded is how the API server refuses what a quota has no room for now
// (apiserver/pkg/admission/plugin/resourcequota/controller.go, CheckRequest, v1.35).
var exceeded = regexp.MustCompile(`exceeded quota: ([^,\s]+), requested: (\S+), used: \S+, limited: (\S+)`)

// NeverSaid gives what a refusal itself shows that its quota can never have room for: the request alone is above the limit, or
// with what the driver has at the same time. The latter have Beside, and hold only if that quota counts the driver's Pod, which
// the refusal does not show. driver is nil when the Pod is the driver's own.
func NeverSaid(message string, driver *corev1.Pod) []Excess {
	m := exceeded.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	asked, hard, beside := amounts(m[2]), amounts(m[3]), corev1.ResourceList{}
	if driver != nil {
		beside = Usage(driver)
	}
	var found []Excess
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		limit, limited := hard[name]
		if e, never := excess(limit, asked[name], beside[name], driver != nil); limited && never {
			e.Quota, e.Resource = m[1], name
			found = append(found, e)
		}
	}
	return found
}

// Probe gives the Pod, asking for so much more of the excess' resource that a quota which counts the Pod cannot but refuse it;
// false for a resource that no container asks for, such as the number of Pods.
func Probe(pod *corev1.Pod, e Excess) (*corev1.Pod, bool) {
	name, ofLimits := strings.CutPrefix(string(e.Resource), limitsPrefix)
	resourceName := corev1.ResourceName(strings.TrimPrefix(name, corev1.DefaultResourceRequestsPrefix))
	if !isCompute(resourceName) {
		return nil, false
	}
	probe := pod.DeepCopy()
	r := &probe.Spec.Containers[0].Resources
	if _, limited := r.Limits[resourceName]; limited || ofLimits {
		more(&r.Limits, resourceName, e.Hard)
	}
	more(&r.Requests, resourceName, e.Hard)
	return probe, true
}

func more(list *corev1.ResourceList, name corev1.ResourceName, q resource.Quantity) {
	sum := (*list)[name].DeepCopy()
	sum.Add(q)
	put(list, name, sum)
}

// Refuses reports whether a refusal is that of the excess' quota for its resource.
func (e Excess) Refuses(message string) bool {
	m := exceeded.FindStringSubmatch(message)
	if m == nil || m[1] != e.Quota {
		return false
	}
	_, named := amounts(m[2])[e.Resource]
	return named
}

// amounts reads `cpu=1,memory=2Gi`.
func amounts(text string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		if q, err := resource.ParseQuantity(value); err == nil {
			list[corev1.ResourceName(name)] = q
		}
	}
	return list
}

// Full gives the first quota that has no room now for one more object, counted under one of the names, and how much of what
// is used.
func Full(quotas []corev1.ResourceQuota, names ...corev1.ResourceName) (e Excess, full bool) {
	one := resource.MustParse("1")
	for i := range quotas {
		q := &quotas[i]
		for _, name := range names {
			hard, counted := q.Spec.Hard[name]
			used := q.Status.Used[name].DeepCopy()
			e := Excess{Quota: q.Name, Resource: name, Asked: one, Beside: used.DeepCopy(), Hard: hard}
			used.Add(one)
			if counted && used.Cmp(hard) > 0 {
				return e, true
			}
		}
	}
	return Excess{}, false
}
