// The picture that the camera starts from, loaded from an address of the host.

/**
 * @param {(image: HTMLImageElement | null) => void} show
 */
export function createSourceImage(show) {
  /** @type {string | null} */
  let wanted = null;
  return {
    /** @param {string | null} url null takes the picture away */
    set(url) {
      if (url === wanted) return;
      wanted = url;
      if (!url) return show(null);
      const image = new Image();
      // An answer that comes late must not replace a newer picture.
      image.onload = () => void (wanted === url && show(image));
      image.onerror = () => void (wanted === url && show(null));
      image.src = url;
    },
    dispose() {
      wanted = null;
    },
  };
}
