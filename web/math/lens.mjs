// Lenses: angle of view in degrees, millimetres on film 36 mm wide, focal length in pixels; mirrors geometry/rays.py.

export const FILM_WIDTH_MM = 36;

/**
 * Focal length in the unit of `size` of a lens that sees `fovDeg` across it.
 * @param {number} fovDeg @param {number} size
 */
export const focalFromFov = (fovDeg, size) => (0.5 * size) / Math.tan((fovDeg * Math.PI) / 360);

/** Full angle of view in degrees across `size`, in the unit of `focal`. @param {number} focal @param {number} size */
export const fovFromFocal = (focal, size) => (Math.atan2(0.5 * size, focal) * 360) / Math.PI;

/** 90 degrees -> 18 mm. @param {number} hfovDeg */
export const mmFromHfov = (hfovDeg) => focalFromFov(hfovDeg, FILM_WIDTH_MM);

/** 50 mm -> 39.6 degrees. @param {number} mm */
export const hfovFromMm = (mm) => fovFromFocal(mm, FILM_WIDTH_MM);

/**
 * Vertical angle of view of a picture with square pixels.
 * @param {number} hfovDeg @param {number} width @param {number} height
 */
export const vfovDeg = (hfovDeg, width, height) => fovFromFocal(focalFromFov(hfovDeg, width), height);
