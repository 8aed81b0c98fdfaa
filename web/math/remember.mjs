// Answers that are kept for the few documents at hand. An editor's history holds hundreds of documents, and the cameras of
// a long clip weigh megabytes, so they are not kept for as long as a document lives.

/** The documents of the editors that a page shows, and what a fit tries on its way. */
const MOST = 12;

/**
 * The function with its last answers remembered. Documents are frozen values; do not change an answer either.
 * @template {object} K @template {object} V @param {(document: K) => V} compute @returns {(document: K) => V}
 */
export function remembering(compute) {
  /** @type {Map<K, V>} oldest first */
  const kept = new Map();
  return (document) => {
    const known = kept.get(document);
    if (known) return known;
    const answer = compute(document);
    kept.set(document, answer);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST) break;
      kept.delete(oldest);
    }
    return answer;
  };
}
