/** Runs Lua as Argo CD does: with the libraries that it opens, and the object as the global obj. Source: Argo CD, util/lua/lua.go. */
import { LuaFactory, LuaLibraries } from 'wasmoon';

const factory = new LuaFactory();
/** Of the library os, Argo CD has only these; it has neither string nor math. */
const safeOs = 'os = { time = os.time, date = os.date }; package.loaded.os = os';
/** What Lua has had since 5.1, which is the language of Argo CD's engine: this one takes 5.4. */
const newer = /\bgoto\b|\/\/|<<|>>|[&|]|~(?!=)|::|<(?:const|close)>|\butf8\b|table\.(?:un)?pack\b/;

/**
 * What the script returns, without tables' metatables: lists are arrays, other tables objects.
 * @throws Error if the script fails, or is no Lua 5.1
 */
export async function runLua(script: string, obj: unknown): Promise<unknown> {
  const code = script.replace(/--.*$/gm, '').replace(/"[^"\n]*"/g, '""');
  const found = newer.exec(code);
  if (found !== null) throw new Error(`no Lua 5.1: ${found[0]}`);
  const engine = await factory.createEngine({ openStandardLibs: false, injectObjects: false, enableProxy: false });
  try {
    for (const library of [LuaLibraries.Base, LuaLibraries.Package, LuaLibraries.Table, LuaLibraries.OS]) {
      engine.global.loadLibrary(library);
    }
    engine.doStringSync(safeOs);
    engine.global.set('obj', obj);
    return engine.doStringSync(script);
  } finally {
    engine.global.close();
  }
}
