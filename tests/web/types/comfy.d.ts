// The parts of ComfyUI's frontend and of LiteGraph that Raxel touches, as they are from 1.27 on.

export interface ComfyApi extends EventTarget {
  apiURL(route: string): string;
  fetchApi(route: string, options?: RequestInit): Promise<Response>;
  addEventListener(type: string, listener: (event: CustomEvent<any>) => void, options?: AddEventListenerOptions): void;
  removeEventListener(type: string, listener: (event: CustomEvent<any>) => void): void;
  clientId?: string;
}

export interface ComfyWidget {
  name: string;
  type: string;
  value: any;
  hidden?: boolean;
  label?: string;
  options: Record<string, any>;
  serialize?: boolean;
  element?: HTMLElement;
  computedHeight?: number;
  y?: number;
  callback?: ((value: any, ...rest: any[]) => void) | null;
  serializeValue?: (node: ComfyNode, index: number) => unknown;
  computeSize?: (width?: number) => [number, number];
  computeLayoutSize?: (node: ComfyNode) => { minHeight: number; maxHeight?: number; minWidth: number };
  onRemove?: () => void;
  [other: string]: any;
}

export interface ComfyLink {
  id: number;
  origin_id: number | string;
  origin_slot: number;
  target_id: number | string;
  target_slot: number;
}

export interface ComfySlot {
  name: string;
  type: string | number;
  link?: number | null;
  links?: number[] | null;
  widget?: { name: string };
}

export interface ComfyNode {
  id: number | string;
  type: string;
  title: string;
  mode: number;
  comfyClass?: string;
  constructor: Function & { comfyClass?: string; nodeData?: any };
  graph: ComfyGraph | null;
  widgets?: ComfyWidget[];
  inputs: ComfySlot[];
  outputs: ComfySlot[];
  size: [number, number];
  pos: [number, number];
  flags: Record<string, any>;
  properties: Record<string, any>;
  imgs?: HTMLImageElement[];
  addDOMWidget(name: string, type: string, element: HTMLElement, options?: Record<string, any>): ComfyWidget;
  addWidget(type: string, name: string, value: any, callback: any, options?: Record<string, any>): ComfyWidget;
  getInputNode(slot: number): ComfyNode | null;
  getInputLink(slot: number): ComfyLink | null;
  isSubgraphNode?(): boolean;
  subgraph?: ComfyGraph;
  computeSize(): [number, number];
  setSize(size: [number, number]): void;
  setDirtyCanvas(foreground: boolean, background?: boolean): void;
  onExecuted?(output: any): void;
  onConfigure?(data: any): void;
  onConnectionsChange?(...args: any[]): void;
  onRemoved?(): void;
  onDrawForeground?(...args: any[]): void;
  onResize?(size: [number, number]): void;
  [other: string]: any;
}

export interface ComfyGraph {
  id?: string;
  nodes: ComfyNode[];
  _nodes: ComfyNode[];
  links: Map<number, ComfyLink> & Record<number, ComfyLink>;
  isRootGraph?: boolean;
  rootGraph?: ComfyGraph;
  subgraphs?: Map<string, ComfyGraph>;
  getNodeById(id: number | string | null | undefined): ComfyNode | null;
  getLink?(id: number | null | undefined): ComfyLink | undefined;
  setDirtyCanvas(foreground: boolean, background?: boolean): void;
  change(): void;
  beforeChange(node?: ComfyNode): void;
  afterChange(node?: ComfyNode): void;
  [other: string]: any;
}

export interface ComfyExtension {
  name: string;
  settings?: Record<string, any>[];
  commands?: Record<string, any>[];
  keybindings?: Record<string, any>[];
  menuCommands?: { path: string[]; commands: string[] }[];
  aboutPageBadges?: Record<string, any>[];
  getCustomWidgets?(app: ComfyApp): any;
  beforeRegisterNodeDef?(nodeType: any, nodeData: any, app: ComfyApp): void | Promise<void>;
  init?(app: ComfyApp): void | Promise<void>;
  setup?(app: ComfyApp): void | Promise<void>;
  nodeCreated?(node: ComfyNode, app: ComfyApp): void;
  loadedGraphNode?(node: ComfyNode, app: ComfyApp): void;
  [other: string]: any;
}

export interface ComfyApp {
  api: ComfyApi;
  canvas: any;
  graph: ComfyGraph;
  rootGraph?: ComfyGraph;
  ui: { settings: any; [other: string]: any };
  nodeOutputs: Record<string, any>;
  extensionManager: {
    setting: { get(id: string): any; set(id: string, value: any): Promise<void> };
    toast: { add(message: Record<string, any>): void };
    dialog?: any;
    [other: string]: any;
  };
  registerExtension(extension: ComfyExtension): void;
  graphToPrompt(): Promise<any>;
  [other: string]: any;
}
