// What we use of ComfyUI's browser side. Its frontend serves these two modules; its own types are a package of Vue's.

declare module "*/scripts/app.js" {
  export const app: import("./comfy").ComfyApp;
}

declare module "*/scripts/api.js" {
  export const api: import("./comfy").ComfyApi;
}
