package main

import (
	"context"
	"errors"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"bench/operator/api"
)

// owner is the field manager: the same in both operators, so that one finds the other's objects as it wants them.
const owner = client.FieldOwner("bench-operator")

// label marks the children, and is what their cache selects by.
const (
	labelKey   = "app.kubernetes.io/managed-by"
	labelValue = "bench-operator"
)

type reconciler struct {
	client.Client
	events events.EventRecorder
	// lean compares with the cache before it applies, which most operators do not.
	lean bool
	// strict looks at the parent past the cache before it writes, and makes a child only where there is none, as the
	// reconcile SDK does.
	strict bool
	live   client.Reader
}

func (r *reconciler) setup(mgr ctrl.Manager, concurrency int) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&api.Bench{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&corev1.ConfigMap{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(r)
}

// Reconcile makes the child as the spec says and tells so in the status.
func (r *reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var bench api.Bench
	if err := r.Get(ctx, req.NamespacedName, &bench); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !bench.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	if err := r.applyChild(ctx, &bench); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.applyStatus(ctx, &bench)
}

func (r *reconciler) applyChild(ctx context.Context, bench *api.Bench) error {
	data := map[string]string{"value": bench.Spec.Value}
	isNew := false
	if r.lean {
		var child corev1.ConfigMap
		err := r.Get(ctx, client.ObjectKeyFromObject(bench), &child)
		if err == nil && metav1.IsControlledBy(&child, bench) && maps.Equal(child.Data, data) {
			return nil
		}
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		isNew = err != nil
	}
	if r.strict {
		if err := r.isStillSo(ctx, bench); err != nil {
			return err
		}
	}
	child := corev1ac.ConfigMap(bench.Name, bench.Namespace).
		WithLabels(map[string]string{labelKey: labelValue}).
		WithOwnerReferences(metav1ac.OwnerReference().
			WithAPIVersion(api.GroupVersion.String()).
			WithKind("Bench").
			WithName(bench.Name).
			WithUID(bench.UID).
			WithController(true).
			WithBlockOwnerDeletion(true)).
		WithData(data)
	if r.strict && isNew {
		// No object has that one: whatever stands there already refuses.
		child = child.WithResourceVersion("1")
	}
	return r.Apply(ctx, child, owner, client.ForceOwnership)
}

// isStillSo fails when the parent is another one by now or is going.
func (r *reconciler) isStillSo(ctx context.Context, seen *api.Bench) error {
	var bench api.Bench
	if err := r.live.Get(ctx, client.ObjectKeyFromObject(seen), &bench); err != nil {
		return err
	}
	if bench.UID != seen.UID || bench.Generation != seen.Generation || !bench.DeletionTimestamp.IsZero() {
		return errors.New("the parent has changed or is going")
	}
	return nil
}

func (r *reconciler) applyStatus(ctx context.Context, bench *api.Bench) error {
	status := bench.Status.DeepCopy()
	status.ObservedGeneration = bench.Generation
	changed := !meta.IsStatusConditionTrue(status.Conditions, "Ready")
	meta.SetStatusCondition(&status.Conditions, metav1.Condition{
		Type:               "Ready",
		Status:             metav1.ConditionTrue,
		Reason:             "AsExpected",
		Message:            "all is as it should be",
		ObservedGeneration: bench.Generation,
	})
	if equality.Semantic.DeepEqual(status, &bench.Status) {
		return nil
	}
	patch := api.ApplyBench(bench.Name, bench.Namespace)
	patch.Status = &api.BenchStatusApplyConfiguration{ObservedGeneration: &status.ObservedGeneration}
	for _, c := range status.Conditions {
		patch.Status.Conditions = append(patch.Status.Conditions, *metav1ac.Condition().
			WithType(c.Type).
			WithStatus(c.Status).
			WithReason(c.Reason).
			WithMessage(c.Message).
			WithObservedGeneration(c.ObservedGeneration).
			WithLastTransitionTime(c.LastTransitionTime))
	}
	if err := r.Status().Apply(ctx, patch, owner, client.ForceOwnership); err != nil {
		return err
	}
	if changed {
		r.events.Eventf(bench, nil, corev1.EventTypeNormal, "AsExpected", "Reconcile",
			"Ready is True: all is as it should be")
	}
	return nil
}
