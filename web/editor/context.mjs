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
 * @property {number[] | null} [confidence] how sure each camera is, 0..1; null where nobody estimated them
 */

/** @typedef {{name: string, amount: number, unit: string, description: string}} Preset */

/** A format that is written. @typedef {{name: string, title: string, file: string}} FileFormat */

/** What a file may not say of itself. @typedef {{width: number, height: number, fps: number, hfov_deg?: number}} FileWishes */

/** Why the server refused; `needs` names a wish with which it would not. @typedef {Error & {needs?: string}} Refusal */

/**
 * The server, as the editor sees it; every call may fail with an Error whose message is a sentence.
 * @typedef {object} Files
 * @property {() => Promise<Preset[]>} presets
 * @property {(query: Record<string, string | number>) => Promise<Seed>} preset
 * @property {() => Promise<{read: string[], write: FileFormat[]}>} formats endings that are read, formats that are written
 * @property {(files: readonly File[], wishes: FileWishes) => Promise<Seed>} read one file, or those of a folder that is one
 *   path; may fail with a Refusal
 * @property {(path: string, format: string) => Promise<{blob: Blob, name: string, lost: string[]}>} write `lost`: what of the
 *   path the format does not hold
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
