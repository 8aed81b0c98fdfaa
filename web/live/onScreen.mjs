// Whether somebody can see an element: in the window, drawn, and in a tab that is shown. Nothing moves otherwise.

/**
 * @param {Element} element @param {() => void} changed
 * @returns {{visible(): boolean, dispose(): void}}
 */
export function watchVisibility(element, changed) {
  let inWindow = false;
  const observer = new IntersectionObserver((entries) => {
    inWindow = entries[entries.length - 1].isIntersecting;
    changed();
  });
  observer.observe(element);
  const owner = element.ownerDocument;
  owner.addEventListener("visibilitychange", changed);
  return {
    visible: () => inWindow && owner.visibilityState !== "hidden",
    dispose() {
      observer.disconnect();
      owner.removeEventListener("visibilitychange", changed);
    },
  };
}
