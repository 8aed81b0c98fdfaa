// Cameras as the server sends them: rows of eight numbers (nodes/seeds.py writes them).

/** @typedef {import("./path.mjs").Camera} Camera */

/** @param {readonly (readonly number[])[]} rows x, y, z, qw, qx, qy, qz, hfov_deg @returns {Camera[]} */
export const camerasFromRows = (rows) =>
  rows.map(([x, y, z, qw, qx, qy, qz, hfov_deg]) => ({ position: [x, y, z], rotation: [qw, qx, qy, qz], hfov_deg }));
