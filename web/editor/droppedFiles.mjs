// Files let go over something of ours, also out of a folder: of a reconstruction the two files that hold its cameras, of any
// other folder those that may be camera files.

/** How deep a folder is searched (a COLMAP project has its model in sparse/0), and how much of it is looked at. */
const [DEEPEST, MOST_SEEN] = [4, 5000];
/** More files than this are no camera path. */
const MOST_FILES = 16;

const CAMERA_FILE = /\.(json|txt|bin|csv|log|tum|chan|glb|gltf|usda|usd)$/i;
const MODEL_FILE = /^(cameras|images)\.(txt|bin)$/;

/** A file, and the folders that it lay in. @typedef {{file: File, folder: string}} Found */

/**
 * Must be called while the event is being handled; what it found comes later.
 * @param {DataTransfer | null} transfer @returns {Promise<{files: File[], folder: string}>} `folder` that was dropped, or ""
 */
export async function droppedFiles(transfer) {
  const entries = [...(transfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...(transfer?.files ?? [])];
  const folder = entries.find((entry) => entry?.isDirectory);
  if (!folder) return { files: plain, folder: "" };
  const found = await filesIn(/** @type {FileSystemDirectoryEntry} */ (folder));
  return { files: cameraFiles(found), folder: folder.name };
}

/**
 * The files of a path among those of a folder.
 * @param {readonly Found[]} found nearest to the top first @returns {File[]}
 */
export function cameraFiles(found) {
  for (const { folder } of found) {
    const model = found.filter((each) => each.folder === folder && MODEL_FILE.test(each.file.name)).map(({ file }) => file);
    if (new Set(model.map(({ name }) => name.split(".")[0])).size === 2) return model;
  }
  return found.map(({ file }) => file).slice(0, MOST_FILES);
}

/** Level by level. @param {FileSystemDirectoryEntry} top @returns {Promise<Found[]>} */
async function filesIn(top) {
  /** @type {Found[]} */
  const found = [];
  let [level, seen] = [[top], 0];
  for (let depth = 0; level.length && depth < DEEPEST; depth++) {
    /** @type {FileSystemDirectoryEntry[]} */
    const next = [];
    for (const folder of level) {
      for (const entry of await entriesOf(folder)) {
        if (++seen > MOST_SEEN) return found;
        if (entry.isDirectory) next.push(/** @type {FileSystemDirectoryEntry} */ (entry));
        else if (CAMERA_FILE.test(entry.name)) found.push({ folder: folder.fullPath, file: await fileOf(/** @type {FileSystemFileEntry} */ (entry)) });
      }
    }
    level = next;
  }
  return found;
}

/** The browser hands them out a hundred at a time. @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length || all.length > MOST_SEEN) return all;
    all.push(...some);
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
const fileOf = (entry) => new Promise((done, fail) => entry.file(done, fail));
