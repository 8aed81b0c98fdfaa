// The pack's routes as the editor asks them. A refusal comes as an Error with the server's own sentence.

/** @typedef {import("../editor/context.mjs").Files} Files */

/** @param {Response} response */
async function accepted(response) {
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Error(typeof answer?.error === "string" ? answer.error : `the server answered ${response.status}`);
}

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
    preset: async (query) =>
      (
        await ask(
          `/raxel/preset?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))}`,
        )
      ).json(),
    read: async (name, bytes, { width, height }) => {
      const query = new URLSearchParams({ name, width: String(width), height: String(height) });
      return (await ask(`/raxel/trajectory/read?${query}`, { method: "POST", body: bytes })).json();
    },
    write: async (path, ending) =>
      (
        await ask("/raxel/trajectory/write", {
          method: "POST",
          body: JSON.stringify({ path, ending }),
          headers: { "Content-Type": "application/json" },
        })
      ).blob(),
  };
}
