/**
 * Tells the host that the workflow changed, so that its own undo and its mark of unsaved changes know.
 * @param {any} app
 */
export function tellHost(app) {
  const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker;
  const look = tracker?.captureCanvasState ?? tracker?.checkState;
  look?.call(tracker);
}
