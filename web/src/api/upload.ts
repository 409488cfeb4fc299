// Uploads a module with progress and cancel.
//
// XMLHttpRequest, because `fetch` tells nothing of bytes sent. The file goes as the body: one copy, nothing encoded.

import { language, t } from '../i18n';
import { at } from '../lib/base';
import { ProblemError, problemFrom, unreachable } from './problem';
import type { ModuleView } from './types';

export type Upload = { done: Promise<ModuleView>; cancel: () => void };

/** Thrown by `done` after `cancel`. */
export class Cancelled extends Error {}

/** Begins to upload `file`; `onProgress` hears the share sent, 0 to 1. */
export function uploadModule(file: File, onProgress: (share: number) => void): Upload {
  const xhr = new XMLHttpRequest();
  const done = new Promise<ModuleView>((resolve, reject) => {
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    xhr.onload = () => {
      if (xhr.status === 200 || xhr.status === 201) resolve(JSON.parse(xhr.responseText));
      else reject(problemFrom(xhr.status, xhr.getResponseHeader('content-type') ?? '', xhr.responseText));
    };
    xhr.onerror = () => reject(refused());
    xhr.onabort = () => reject(new Cancelled());
  });
  xhr.open('POST', at(`/api/v1/modules?name=${encodeURIComponent(file.name)}`));
  xhr.setRequestHeader('content-type', 'application/wasm');
  xhr.setRequestHeader('accept', 'application/json');
  xhr.setRequestHeader('accept-language', language());
  xhr.send(file);
  return { done, cancel: () => xhr.abort() };
}

/** A server that refuses a large body may close the connection before the browser reads why. */
function refused(): ProblemError {
  const problem = unreachable();
  return new ProblemError(0, problem.code, problem.title, t('shell.theConnectionWasClosedDuring'));
}
