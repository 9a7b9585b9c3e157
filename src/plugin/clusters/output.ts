/** What programs read. */
import { stringify } from 'yaml';

/** The forms of -o. */
export type OutputForm = 'text' | 'json' | 'yaml' | 'name' | 'wide';

/** How a command prints. */
export interface OutputFlags {
  readonly output: OutputForm;
}

/** C1 control characters, which JSON leaves as they are; terminals may take them for the beginning of a sequence. */
const controls = /[\u007f-\u009f]/g;

/** As JSON, or as YAML where that is the form. Control characters are written with backslashes. */
export function data(value: unknown, form: OutputForm): string {
  const text = form === 'yaml' ? stringify(value, { lineWidth: 0 }) : `${JSON.stringify(value, undefined, 2)}\n`;
  return text.replace(controls, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether the form is for programs. */
export const isData = (form: OutputForm): boolean => form === 'json' || form === 'yaml';

/** What `-o name` prints of objects of ours: "kubedirectorcluster.kubedirector.hpe.com/spark". @param kind in lower case */
export const nameLine = (kind: string, name: string): string => `${kind}.kubedirector.hpe.com/${name}\n`;
