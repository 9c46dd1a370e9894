declare global {
  /** Where the scroll lock beneath dialogs and lists looks for its nonce. */
  var __webpack_nonce__: string | undefined;
}

/** What the host's content security policy asks of style elements; absent where it asks nothing. */
export const styleNonce: string | undefined =
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce || undefined;

globalThis.__webpack_nonce__ = styleNonce;
