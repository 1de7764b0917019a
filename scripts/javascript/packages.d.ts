// The parts of the bundled npm packages that the page uses; see PACKAGES of scripts/assets/interpreter.py.

declare module "micropython" {
  export interface FileSystem {
    mkdirTree(path: string): void;
    writeFile(path: string, data: Uint8Array | string): void;
  }

  export interface Interpreter {
    FS: FileSystem;
    registerJsModule(name: string, module: object): void;
    runPython(code: string): unknown;
  }

  export interface Options {
    url: string;
    pystack: number;
    heapsize: number;
    stdout(line: string): void;
    linebuffer: boolean;
    /** Added by a patch of scripts/assets/interpreter.py. */
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object;
    /** Added by another patch: whether a snapshot of the memory is in place, so that nothing is to be started. */
    restored(): boolean;
  }

  export function loadMicroPython(options: Options): Promise<Interpreter>;
}

declare module "idiomorph" {
  export const Idiomorph: {
    morph(element: Element, html: string, options: object): void;
  };
}
