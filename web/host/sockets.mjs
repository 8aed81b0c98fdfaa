// Colours of the pack's own wires, in both renderers; chosen apart from the host's and from each other.

/** @type {Record<string, string>} */
export const SOCKET_COLORS = { RAXEL_MODEL: "#b39ddb", RAXEL_TRAJECTORY: "#14c7ae", RAXELS: "#d55e00" };

/** @param {any} node */
export const hasOurSockets = (node) =>
  [...(node.inputs ?? []), ...(node.outputs ?? [])].some(({ type }) => type in SOCKET_COLORS);

const MARK = "data-raxel-sockets";

/**
 * A palette takes the colours of types that it does not know away when it is loaded, so this is called again with every
 * node and every graph.
 * @param {any} app
 */
export function colorSockets(app) {
  Object.assign(app.canvas?.default_connection_color_byType ?? {}, SOCKET_COLORS);
  Object.assign(app.canvas?.constructor?.link_type_colors ?? {}, SOCKET_COLORS);
  styleSockets();
}

/** Nodes 2.0 reads them from variables; a rule outlives what a palette writes on the element. */
function styleSockets() {
  if (document.head.querySelector(`style[${MARK}]`)) return;
  const style = document.createElement("style");
  style.setAttribute(MARK, "");
  const rules = Object.entries(SOCKET_COLORS).map(([type, color]) => `--color-datatype-${type}: ${color};`);
  style.textContent = `:root { ${rules.join(" ")} }`;
  document.head.append(style);
}
