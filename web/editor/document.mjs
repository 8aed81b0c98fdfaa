// The document: the keys of a camera path and what they are about, as text in a node's `path` input.
// docs/path-json.md is its page, docs/path.schema.json its schema, raxel_core/formats/raxel_path.py its other reader.
// Documents are frozen values: an edit makes a new one (reduce.mjs).

import { EASING_NAMES } from "../math/easing.mjs";
import { PathError, integer, number, oneOf, quaternion, vector } from "./checks.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/rotation.mjs").Quat} Quat */
/** @typedef {import("../math/easing.mjs").Easing} Easing */
/** @typedef {"smooth" | "linear" | "round"} Interpolation */
/** @typedef {"metric" | "relative"} Scale */
/** @typedef {"free" | "subject"} Aim */

/**
 * A camera at a frame. `interpolation`, `easing` and `hold` (frames) are of the way to the next key.
 * @typedef {object} Key
 * @property {number} frame
 * @property {Vec3} position world, scene units
 * @property {Quat} rotation camera-to-world, wxyz, unit length
 * @property {number} hfov_deg
 * @property {Interpolation} interpolation
 * @property {Easing} easing
 * @property {number} hold
 */

/**
 * @typedef {object} PathDocument
 * @property {"raxel-path"} format
 * @property {1} version
 * @property {number} frames
 * @property {number} fps
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {Scale} scale
 * @property {Vec3} subject world, scene units
 * @property {Aim} aim
 * @property {boolean} edited
 * @property {readonly Key[]} keys ascending frames
 */

/**
 * @typedef {{document: PathDocument, error?: undefined} | {document?: undefined, error: string, text: string}} Parsed
 */

/** @type {"raxel-path"} */
export const FORMAT = "raxel-path";
/** @type {1} */
export const VERSION = 1;

/** What the numbers of a document may be; both ends belong to them. */
export const LIMITS = Object.freeze({
  characters: 2_000_000,
  nesting: 64,
  keys: 1000,
  frames: /** @type {[number, number]} */ ([1, 10_000]),
  fps: /** @type {[number, number]} */ ([0.001, 240]),
  size: /** @type {[number, number]} */ ([32, 8192]),
  hfovDeg: /** @type {[number, number]} */ ([1, 170]),
  hold: /** @type {[number, number]} */ ([0, 10_000]),
  coordinate: /** @type {[number, number]} */ ([-1e9, 1e9]),
});

/** @type {Interpolation[]} */
export const INTERPOLATIONS = ["smooth", "linear", "round"];

/** What stands for a value that is left out; `keys`, and a key's frame, position and rotation, cannot be. */
const DOCUMENT_DEFAULTS = {
  fps: 16,
  width: 832,
  height: 480,
  scale: "metric",
  subject: [0, 0, 1],
  aim: "free",
  edited: false,
};
const KEY_DEFAULTS = { hfov_deg: 60, interpolation: "smooth", easing: "linear", hold: 0 };

/**
 * The document of a text, or one sentence that says what is wrong with it. Never throws, whatever the text.
 * @param {unknown} text @returns {Parsed}
 */
export function parseDocument(text) {
  try {
    return { document: documentFrom(parsedJson(text)) };
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    return { error: error.message, text: typeof text === "string" ? text : "" };
  }
}

/** Text with one line a key; `parseDocument` reads the same document back. @param {PathDocument} document */
export function serializeDocument(document) {
  const keys = document.keys.map((key) => `  ${JSON.stringify(key)}`).join(",\n");
  const lines = Object.entries(document).map(([name, value]) =>
    name === "keys" ? ` "keys": [\n${keys}\n ]` : ` ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** @param {unknown} text @returns {unknown} */
function parsedJson(text) {
  if (typeof text !== "string") throw new PathError("the path must be text");
  if (text.length > LIMITS.characters) {
    throw new PathError(`the text has ${text.length} characters, a path has at most ${LIMITS.characters}`);
  }
  const body = text.replace(/^\ufeff/, "");
  if (!body.trim()) throw new PathError("the text is empty");
  if (nestingOf(body) > LIMITS.nesting) {
    throw new PathError(`the text is nested more than ${LIMITS.nesting} levels deep`);
  }
  try {
    return JSON.parse(body);
  } catch {
    const constant = loneConstant(body);
    throw new PathError(
      `the text is not valid JSON${constant ? `: ${constant} is no JSON number` : "; was it cut off?"}`,
    );
  }
}

const CONSTANT = /(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.])/y;

/**
 * The first of NaN and the infinities in a text that would be JSON without them; Python writes them, no JSON has them.
 * @param {string} text
 */
function loneConstant(text) {
  let [first, numbers, from, inString] = ["", "", 0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) inString = !inString;
    else if (inString && code === 92) i++;
    CONSTANT.lastIndex = i;
    const [constant] = (!inString && (code === 45 || code === 73 || code === 78) && CONSTANT.exec(text)) || [""];
    if (!constant) continue;
    first ||= constant;
    numbers += `${text.slice(from, i)}0`;
    from = i + constant.length;
    i = from - 1;
  }
  return first && isJson(numbers + text.slice(from)) ? first : "";
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Deepest level of brackets outside strings: what is kept but not understood must not exhaust the stack.
 * @param {string} text
 */
function nestingOf(text) {
  let [depth, deepest, inString] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++; // a backslash and what it protects
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}

/**
 * The frozen document of a plain object; throws a PathError with one sentence. Unknown entries are kept.
 * @param {unknown} value @returns {PathDocument}
 */
export function documentFrom(value) {
  if (!isObject(value) || value.format !== FORMAT) {
    throw new PathError(`this is no camera path: it has no "format": "${FORMAT}"`);
  }
  checkVersion(value.version);
  /** @type {Record<string, unknown>} */
  const { keys, ...raw } = { ...DOCUMENT_DEFAULTS, ...value };
  const head = {
    format: FORMAT,
    version: VERSION,
    frames: integer(raw.frames, '"frames"', LIMITS.frames),
    fps: number(raw.fps, '"fps"', LIMITS.fps),
    width: integer(raw.width, '"width"', LIMITS.size),
    height: integer(raw.height, '"height"', LIMITS.size),
    scale: oneOf(raw.scale, '"scale"', ["metric", "relative"]),
    subject: vector(raw.subject, '"subject"', LIMITS.coordinate),
    aim: oneOf(raw.aim, '"aim"', ["free", "subject"]),
    edited: oneOf(raw.edited, '"edited"', [false, true]),
  };
  // Named twice: the first sets the order of the text, the second wins over the raw values.
  return freeze({ ...head, ...raw, ...head, keys: keysFrom(keys, head.frames) });
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {unknown} version */
function checkVersion(version) {
  integer(version, '"version"', [1, Number.MAX_SAFE_INTEGER]);
  if (Number(version) > VERSION) {
    throw new PathError(
      `this path has version ${version}, this Raxel reads up to version ${VERSION}; please update Raxel`,
    );
  }
}

/** @param {unknown} value @param {number} frames @returns {Key[]} */
function keysFrom(value, frames) {
  if (!Array.isArray(value) || value.length === 0) throw new PathError('"keys" must be a list of at least one key');
  if (value.length > LIMITS.keys) {
    throw new PathError(`the path has ${value.length} keys, at most ${LIMITS.keys} are possible`);
  }
  const keys = value.map((key, index) => keyFrom(key, index, frames));
  keys.forEach((key, index) => {
    if (index && key.frame <= keys[index - 1].frame) {
      throw new PathError(
        `key ${index}: its frame ${key.frame} must come after frame ${keys[index - 1].frame} of the key before`,
      );
    }
  });
  return keys;
}

/** Keys that were checked once; they are frozen, so an edit of one key need not check the others again. */
const checkedKeys = new WeakSet();

/** @param {unknown} value @param {number} index @param {number} frames @returns {Key} */
function keyFrom(value, index, frames) {
  if (!isObject(value)) throw new PathError(`key ${index} must be an object`);
  if (checkedKeys.has(value) && Number(value.frame) < frames) {
    return /** @type {Key} */ (/** @type {unknown} */ (value));
  }
  try {
    return checkedKey(value, frames);
  } catch (error) {
    throw error instanceof PathError ? new PathError(`key ${index}: ${error.message}`) : error;
  }
}

/** @param {Record<string, unknown>} value @param {number} frames @returns {Key} */
function checkedKey(value, frames) {
  /** @type {Record<string, unknown>} */
  const raw = { ...KEY_DEFAULTS, ...value };
  const known = {
    frame: integer(raw.frame, '"frame"', [0, frames - 1]),
    position: vector(raw.position, '"position"', LIMITS.coordinate),
    rotation: quaternion(raw.rotation, '"rotation"'),
    hfov_deg: number(raw.hfov_deg, '"hfov_deg"', LIMITS.hfovDeg),
    interpolation: oneOf(raw.interpolation, '"interpolation"', INTERPOLATIONS),
    easing: oneOf(raw.easing, '"easing"', EASING_NAMES),
    hold: integer(raw.hold, '"hold"', LIMITS.hold),
  };
  const key = Object.freeze({ ...known, ...raw, ...known });
  Object.freeze(key.position);
  Object.freeze(key.rotation);
  checkedKeys.add(key);
  return key;
}

/** The document itself, with all that we understand of it made unchangeable. @param {PathDocument} document */
function freeze(document) {
  Object.freeze(document.keys);
  Object.freeze(document.subject);
  return Object.freeze(document);
}

/** What a new node holds: an arc of 30 degrees to the right, aimed at the subject, that starts and stops softly. */
export const DEFAULT_TEXT = `{
 "format": "raxel-path",
 "version": 1,
 "frames": 81,
 "fps": 16,
 "width": 832,
 "height": 480,
 "scale": "metric",
 "subject": [0,0,1],
 "aim": "subject",
 "edited": false,
 "keys": [
  {"frame":0,"position":[0,0,0],"rotation":[1,0,0,0],"hfov_deg":60,"interpolation":"smooth","easing":"ease_in","hold":0},
  {"frame":40,"position":[0.2588190451,0,0.0340741737],"rotation":[0.9914448613738104,0,-0.13052619222005157,0],"hfov_deg":60,"interpolation":"smooth","easing":"ease_out","hold":0},
  {"frame":80,"position":[0.5,0,0.1339745962],"rotation":[0.9659258262890683,0,-0.25881904510252074,0],"hfov_deg":60,"interpolation":"smooth","easing":"linear","hold":0}
 ]
}
`;

/** @type {PathDocument} */
export const DEFAULT = documentFrom(JSON.parse(DEFAULT_TEXT));
