package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"

	"github.com/stepherd/stepherd/internal/kube"
)

// ServerVersion asks the API server for its version.
func (r *Client) ServerVersion(ctx context.Context) (major, minor int, err error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	body, err := r.client.CoreV1().RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
	if err != nil {
		return 0, 0, kube.Failed(err, "ask for the server's version")
	}
	var info version.Info
	if err := json.Unmarshal(body, &info); err != nil {
		return 0, 0, fmt.Errorf("the server's version is not JSON: %w", err)
	}
	if major, err = number(info.Major); err == nil {
		minor, err = number(info.Minor)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("the server's version is %q.%q: %w", info.Major, info.Minor, err)
	}
	return major, minor, nil
}

// number reads the digits that a version begins with: some providers say 31+.
func number(s string) (int, error) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	return strconv.Atoi(s[:end])
}

// NamespaceExists asks for a namespace.
func (r *Client) NamespaceExists(ctx context.Context, namespace string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	_, err := r.client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	return exists(kube.Failed(err, "get namespace %s", namespace))
}

// ServiceAccountExists asks for a service account.
func (r *Client) ServiceAccountExists(ctx context.Context, namespace, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	_, err := r.client.CoreV1().ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
	return exists(kube.Failed(err, "get service account %s", name))
}

func exists(err error) (bool, error) {
	if kube.KindOf(err) == kube.KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// MayCreatePods asks whether the user may create Pods.
func (r *Client) MayCreatePods(ctx context.Context, namespace string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	review, err := r.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "create", Resource: "pods"},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, kube.Failed(err, "ask for your own rights")
	}
	return review.Status.Allowed, nil
}
