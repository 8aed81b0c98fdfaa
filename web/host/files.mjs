// The pack's routes as the editor asks them. A refusal comes as an Error with the server's own sentence.

/** @typedef {import("../editor/context.mjs").Files} Files */

/** @param {Response} response */
async function accepted(response) {
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  const words = typeof answer?.error === "string" ? answer.error : `the server answered ${response.status}`;
  throw Object.assign(new Error(words), { needs: answer?.needs });
}

/** @param {Record<string, string | number | undefined>} values */
const queryOf = (values) =>
  new URLSearchParams(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

/** One file as it is, several as a form. @param {readonly File[]} files */
function bodyOf(files) {
  if (files.length === 1) return files[0];
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  return form;
}

/** What a file's answer says beside the file. @param {Response} response */
const written = async (response) => ({
  blob: await response.blob(),
  name: /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "camera-path",
  lost: JSON.parse(response.headers.get("X-Raxel-Lost") ?? "[]"),
});

/**
 * @param {any} api of the host
 * @returns {Files}
 */
export function createFiles(api) {
  const ask = async (/** @type {string} */ route, /** @type {RequestInit} */ options = {}) =>
    accepted(await api.fetchApi(route, options));
  /** Presets and formats are the same as long as the server runs. @type {Map<string, Promise<any>>} */
  const kept = new Map();
  const once = (/** @type {string} */ route) => {
    const known = kept.get(route);
    if (known) return known;
    const answer = ask(route).then((response) => response.json());
    kept.set(route, answer);
    answer.catch(() => kept.delete(route));
    return answer;
  };
  return {
    presets: () => once("/raxel/presets"),
    formats: () => once("/raxel/formats"),
    preset: async (query) => (await ask(`/raxel/preset?${queryOf(query)}`)).json(),
    read: async (files, wishes) => {
      const query = queryOf({ name: files.length === 1 ? files[0].name : "", ...wishes });
      return (await ask(`/raxel/trajectory/read?${query}`, { method: "POST", body: bodyOf(files) })).json();
    },
    write: async (path, format) =>
      written(
        await ask("/raxel/trajectory/write", {
          method: "POST",
          body: JSON.stringify({ path, format }),
          headers: { "Content-Type": "application/json" },
        }),
      ),
  };
}
