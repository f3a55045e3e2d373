// The one policy by which the page's own scripts may write markup and start a worker.
const own = {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    if (!url.startsWith("/static/")) throw new TypeError(`${url} is not ours`);
    return url;
  },
};

export const policy = globalThis.trustedTypes?.createPolicy("towerwatch", own) ?? own;
