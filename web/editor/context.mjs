// What the parts of one editor share. Types only: createEditor (editor.mjs) puts the context together.

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Translate */

/**
 * A path computed or measured elsewhere: `[x, y, z, qw, qx, qy, qz, hfov_deg]` a frame.
 * @typedef {object} Seed
 * @property {number[][]} cameras
 * @property {number} fps
 * @property {number} width
 * @property {number} height
 * @property {"metric" | "relative"} scale
 * @property {string} fingerprint
 * @property {string[]} notes
 * @property {number} frames before thinning
 */

/** @typedef {{name: string, amount: number, unit: string, description: string}} Preset */

/**
 * The server, as the editor sees it; every call may fail with an Error whose message is a sentence.
 * @typedef {object} Files
 * @property {() => Promise<Preset[]>} presets
 * @property {(query: Record<string, string | number>) => Promise<Seed>} preset
 * @property {() => Promise<{read: string[], write: string[]}>} formats
 * @property {(name: string, bytes: Blob, size: {width: number, height: number}) => Promise<Seed>} read `size`: of the
 *   pictures, for a file that does not say
 * @property {(path: string, ending: string) => Promise<Blob>} write
 */

/** @typedef {(message: {severity: "info" | "warn" | "error" | "success", text: string}) => void} Notify */

/**
 * @typedef {object} Views the two pictures, whichever of them are there
 * @property {(name: "top" | "front" | "side" | "camera" | "perspective") => void} setView
 * @property {() => void} fit
 * @property {(space: "world" | "camera") => void} setSpace
 * @property {() => "world" | "camera"} space
 */

/**
 * @typedef {object} Surface
 * @property {HTMLElement} root takes the keyboard, holds menus
 * @property {() => void} toggleFull
 * @property {() => boolean} isFull
 * @property {() => void} openHelp
 * @property {() => void} escape the nearest thing that Escape can leave
 */

/**
 * @typedef {object} Context
 * @property {import("./store.mjs").Store} store
 * @property {import("./settings.mjs").Settings} settings
 * @property {Translate} t
 * @property {Notify} notify
 * @property {Files} files
 * @property {Views} views
 * @property {Surface} surface
 * @property {{copy(): void, paste(): void}} clipboard
 * @property {{take(): void, differs(): boolean}} seeds
 */

export {};
